"""A whole installation to make ill: one stack, workers by role, a small share of its own, and each fault once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Self

import psutil

from flatiron_tasks.pipeline.clock import RedisClock
from flatiron_tasks.pipeline.store import JobStore, connect
from flatiron_tasks.settings import Settings
from flatiron_tasks.tasks.queues import DELIVER, POLL
from tests.waiting import wait_until
from workers.doctor.doctor import examine
from workers.doctor.finding import HealthReport, State
from workers.embedded import readiness
from workers.embedded.processes import environment_without_settings
from workers.embedded.stack import EmbeddedStack

LEAST_FREE_MB = 2
SHARE_MB = 8
_DEADLINE_S = 90.0


class Clinic:
    """Everything is well when it is entered."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.share = folder / "share"
        self._lie = folder / "lie.txt"
        changes = {"share_probe_free_mb": LEAST_FREE_MB}
        self.stack = EmbeddedStack(
            folder / "stack", workers=0, nodes=0, flower=False, network_folder=self.share, changes=changes
        )
        self.programs: dict[str, psutil.Process] = {}

    def __enter__(self) -> Self:
        self.share.mkdir()
        with ExitStack() as opened:
            self.is_mounted = opened.enter_context(_small_disk(self.share))
            opened.enter_context(self.stack)
            self.redis: Any = opened.enter_context(connect(self.settings.redis_url))
            self._start_workers()
            self._opened = opened.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    @property
    def settings(self) -> Settings:
        return self.stack.settings

    @property
    def manager(self) -> str:
        return ":".join(map(str, self.stack.manager))

    @property
    def store(self) -> JobStore:
        return JobStore(self.redis, RedisClock(self.redis))

    @property
    def folder_check(self) -> str:
        """Name of the finding about the share."""
        return f"folder {self.share}"

    def examine(self, *, manager: str = "", settings: Settings | None = None) -> HealthReport:
        return examine(settings or self.settings, managers=[manager or self.manager])

    @contextmanager
    def lying(self, lie: str) -> Iterator[None]:
        """One of the workers reports something else than the truth."""
        self._lie.write_text(lie, encoding="utf-8")
        try:
            yield
        finally:
            self._lie.unlink()

    @contextmanager
    def configured(self, name: str, value: str | int) -> Iterator[None]:
        """Redis has another value of one of its settings."""
        before = self.redis.config_get(name)[name]
        self.redis.config_set(name, value)
        try:
            yield
        finally:
            self.redis.config_set(name, before)

    @contextmanager
    def stopped(self, name: str) -> Iterator[None]:
        """A process stands still, as on a machine that hangs."""
        process = self.programs[name]
        process.send_signal(signal.SIGSTOP)
        try:
            wait_until(lambda: process.status() == psutil.STATUS_STOPPED, what=f"{name} stands still")
            yield
        finally:
            process.send_signal(signal.SIGCONT)

    @contextmanager
    def no_beat(self) -> Iterator[None]:
        """The clock of the sweeps stands, and its last sign of life is over."""
        with self.stopped("sweep"):
            wait_until(
                lambda: not self.redis.llen(POLL) and not self.redis.hlen("unacked"), what="no tick is under way"
            )
            self.redis.delete("flatiron:alive")
            yield
        wait_until(lambda: self.redis.exists("flatiron:alive"), what="the clock ticks again")

    def _start_workers(self) -> None:
        by_name = {process.cmdline()[-1]: process for process in self.stack.processes.processes}
        self.programs["sweep"] = by_name["sweep"]
        self._start_worker("desk", "--queues=front-desk", "--queues=dispatch", "--queues=poll")
        self._start_worker("merge", "--queues=merge")
        program = ("tests.integration.doctor.acting_worker", str(self.stack.config), DELIVER, "deliver@clinic")
        self._start("deliver", *program, str(self._lie))
        url, processes = self.settings.redis_url, self.stack.processes
        processes.wait_until("The workers", lambda: readiness.workers_answer(url, 3), deadline_s=_DEADLINE_S)
        wait_until(lambda: self.redis.exists("flatiron:alive"), what="the clock ticks")

    def _start_worker(self, name: str, *queues: str) -> None:
        options = ("worker", f"--hostname={name}@clinic", "--concurrency=1", *queues)
        self._start(name, "workers.cli", "--config", str(self.stack.config), *options)

    def _start(self, name: str, module: str, *arguments: str) -> None:
        command = (sys.executable, "-m", module, *arguments)
        self.programs[name] = self.stack.processes.start(name, command, env=environment_without_settings()).process


def faults(report: HealthReport) -> set[str]:
    """The things with which anything is the matter."""
    return {item.check for item in report.findings if item.state in (State.WARNING, State.WRONG)}


@contextmanager
def _small_disk(folder: Path) -> Iterator[bool]:
    """A file system of its own, if this account may mount one."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={SHARE_MB}m", "tmpfs", str(folder)]
    may_mount = hasattr(os, "geteuid") and os.geteuid() == 0
    is_mounted = may_mount and not subprocess.run(command, capture_output=True, check=False).returncode
    try:
        yield is_mounted
    finally:
        if is_mounted:
            subprocess.run(["umount", "--lazy", str(folder)], capture_output=True, check=True)


@contextmanager
def read_only(folder: Path, *, is_mounted: bool) -> Iterator[None]:
    """Nobody may write into a folder. Root may always, but not where the file system says no."""
    if is_mounted:
        _remount(folder, "ro")
    else:
        folder.chmod(0o555)
    try:
        yield
    finally:
        if is_mounted:
            _remount(folder, "rw")
        else:
            folder.chmod(0o755)


def _remount(folder: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(folder)], capture_output=True, check=True)
