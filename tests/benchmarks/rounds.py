"""Contenders side by side: interleaved rounds, checked results, and what each one cost."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.benchmarks.measure import Run, Spread

STOPPED = "stopped"
MOST_DEVIATION = 2
"""Steps of 255 by which a peer's opaque texels may differ from ours."""

_EXACT_ROLES = ("ours", "bound")
_SLOW_SECONDS = 30.0
_VERY_SLOW_SECONDS = 120.0

Say = Callable[[str], None]


@dataclass(frozen=True)
class Entry:
    """A contender in a comparison: what people call it, its version, how it is called, and its parts as functions.

    `check` compares the result of the first run with ours: see `contenders.deviation`. Without `run` it is not
    installed.
    """

    name: str
    role: str
    how: str
    run: Callable[[], Run] | None = None
    version: str = ""
    check: Callable[[], Mapping[str, float]] | None = None


@dataclass
class Result:
    """What an entry cost. `failure` is empty if it counts."""

    entry: Entry
    runs: list[Run] = field(default_factory=list)
    deviation: Mapping[str, float] | None = None
    failure: str = ""

    @property
    def counts(self) -> bool:
        """Whether its costs may be compared: also if it was stopped, for then they are too low, in its favour."""
        return bool(self.runs) and (not self.failure or self.failure.startswith(STOPPED))

    @property
    def seconds(self) -> Spread:
        """Wall time."""
        return Spread.of(run.seconds for run in self.runs)

    @property
    def cpu_seconds(self) -> Spread:
        """CPU time of all threads and processes."""
        return Spread.of(run.cpu_seconds for run in self.runs)

    @property
    def peak_mb(self) -> float:
        """The greatest peak memory of all runs."""
        return max(run.peak_mb for run in self.runs)

    @property
    def others(self) -> float | None:
        """The greatest share of the processors that others took during a run."""
        return max((run.others for run in self.runs if run.others is not None), default=None)

    def fact(self, name: str) -> list[float]:
        """A fact of every run."""
        return [run.facts[name] for run in self.runs if name in run.facts]


def interleave(entries: Sequence[Entry], rounds: int, say: Say) -> list[Result]:
    """Run every entry once, check its result, then again round by round; slow ones drop out early."""
    results = [Result(entry, failure="" if entry.run else "not installed") for entry in entries]
    for number in range(rounds):
        for result in results:
            if not result.failure and number < _wanted(result.runs, rounds):
                _run_once(result, say)
    return results


def _wanted(runs: Sequence[Run], rounds: int) -> int:
    """A contender that needs minutes is far from any target: its spread matters less than everybody's time."""
    first = runs[0].seconds if runs else 0.0
    if first > _VERY_SLOW_SECONDS:
        return 1
    return min(rounds, 2) if first > _SLOW_SECONDS else rounds


def _run_once(result: Result, say: Say) -> None:
    entry = result.entry
    if entry.run is None:
        return
    # What the one before left to be written to the disk must not cost this one time.
    os.sync()
    run = entry.run()
    result.failure = run.failure
    if not run.failure or run.failure.startswith(STOPPED):
        result.runs.append(run)
    if not run.failure and entry.check and result.deviation is None:
        result.deviation = entry.check()
        result.failure = _wrong(entry, result.deviation)
    say(f"{entry.name}: {run.seconds:.2f} s {result.failure}")


def _wrong(entry: Entry, deviation: Mapping[str, float]) -> str:
    """Why a result does not count, empty if it does. Ours must be the reference itself, whatever way it was made."""
    if entry.role in _EXACT_ROLES and not deviation["identical"]:
        return "wrong: differs from the reference"
    if deviation["opaque"] > MOST_DEVIATION:
        return f"wrong: opaque texels differ by up to {deviation['opaque']:.0f} of 255"
    return ""


def cheapest(results: Iterable[Result], cost: Callable[[Result], float]) -> Result | None:
    """The one that costs least of those that count; None if none does."""
    return min((result for result in results if result.counts), key=cost, default=None)
