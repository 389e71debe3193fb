"""Runs contenders, each in a process of its own, and keeps what they cost: wall time, CPU time, peak memory, noise.

POSIX only: CPU time and peak memory are what the kernel says about the finished process (`wait4`). This process imports
nothing big, because a child's peak begins with what its parent held.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import psutil

ROOT = Path(__file__).resolve().parents[2]
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024
_STAT = Path("/proc/stat")
_IDLE_FIELDS = (3, 4)  # idle and iowait
_GUEST_FIELDS = 8  # guest time is already in user time


@dataclass(frozen=True)
class Run:
    """One run: seconds of wall and CPU time, peak memory in MB (10^6 bytes), what the contender said about itself.

    `others` is the share of all processors' time that other processes used meanwhile, None where the system does not
    tell. `failure` is empty if the run counts; a run that was stopped keeps what it had cost until then.
    """

    seconds: float
    cpu_seconds: float
    peak_mb: float
    others: float | None = None
    facts: Mapping[str, float] = field(default_factory=dict)
    failure: str = ""


@dataclass(frozen=True)
class Spread:
    """Median, least and greatest of repeated values."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread:
        """Raises ValueError without a value."""
        ordered = sorted(values)
        if not ordered:
            raise ValueError("no run, no median")
        return cls(median(ordered), ordered[0], ordered[-1])


def run_worker(contender: str, request: Mapping[str, object], *, limit: float) -> Run:
    """Run a Python contender. Its wall and CPU time are those of the call itself, without imports and warming up."""
    run, output = _run([sys.executable, "-m", "tests.benchmarks.worker", contender, json.dumps(request)], limit)
    if run.failure:
        return run
    facts: dict[str, float] = json.loads(output.splitlines()[-1])
    seconds, cpu_seconds = facts.pop("seconds"), facts.pop("cpu_seconds")
    return Run(seconds, cpu_seconds, run.peak_mb, run.others, facts)


def run_command(arguments: Sequence[str], *, limit: float, environment: Mapping[str, str] | None = None) -> Run:
    """Run a program from start to end, with `environment` added to ours; it is killed after `limit` seconds."""
    return _run(arguments, limit, environment)[0]


def _run(arguments: Sequence[str], limit: float, environment: Mapping[str, str] | None = None) -> tuple[Run, str]:
    before, started = _processor_ticks(), time.perf_counter()
    with subprocess.Popen(
        arguments,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        start_new_session=True,
    ) as process:
        stopped: list[float] = []
        timer = threading.Timer(limit, _stop, (process.pid, stopped))
        timer.start()
        output = process.stdout.read() if process.stdout else ""
        _, status, usage = os.wait4(process.pid, 0)
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - started
    cpu_seconds = max([usage.ru_utime + usage.ru_stime, *stopped])
    others = _share_of_others(before, _processor_ticks(), cpu_seconds)
    failure = ""
    if stopped:
        failure = f"stopped after {limit:.0f} s"
    elif process.returncode:
        failure = f"exit code {process.returncode}: {(output.splitlines() or ['no word'])[-1]}"
    return Run(seconds, cpu_seconds, usage.ru_maxrss * _RSS_UNIT / 1e6, others, failure=failure), output


def _stop(group: int, stopped: list[float]) -> None:
    """Kill a process and its children, and note the CPU time that all of them had used.

    What the kernel tells of the killed process leaves out children that it had not waited for: `oiiotool` of the
    OpenImageIO wheel, for one, is a script that starts the program.
    """
    stopped.append(sum(_cpu_seconds(process) for process in psutil.process_iter() if _session(process.pid) == group))
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


def _session(pid: int) -> int:
    try:
        return os.getsid(pid)
    except OSError:
        return 0


def _cpu_seconds(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.Error:
        return 0.0
    return float(times.user + times.system + times.children_user + times.children_system)


def _processor_ticks() -> tuple[int, int] | None:
    """Ticks so far of all processors: (busy, all). None where the system does not tell."""
    if not _STAT.exists():
        return None
    fields = [int(value) for value in _STAT.read_text("ascii").splitlines()[0].split()[1:]][:_GUEST_FIELDS]
    return sum(fields) - sum(fields[index] for index in _IDLE_FIELDS), sum(fields)


def _share_of_others(before: tuple[int, int] | None, after: tuple[int, int] | None, own: float) -> float | None:
    if before is None or after is None or after[1] <= before[1]:
        return None
    busy = (after[0] - before[0]) / os.sysconf("SC_CLK_TCK") - own
    every = (after[1] - before[1]) / os.sysconf("SC_CLK_TCK")
    return max(0.0, busy / every)
