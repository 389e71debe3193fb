"""Runs and entries that no process made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tests.benchmarks.measure import Run
from tests.benchmarks.rounds import Entry, Result

SAME = {"opaque": 0.0, "edges": 0.0, "padded_same": 1.0, "identical": 1.0}


def run(seconds: float, *, cpu: float = 0.0, peak: float = 100.0, failure: str = "", others: float = 0.0) -> Run:
    """A run that took `seconds`."""
    return Run(seconds, cpu or seconds, peak, others, failure=failure)


def entry(
    name: str,
    runs: Sequence[Run],
    *,
    role: str = "peer",
    deviation: Mapping[str, float] | None = None,
    order: list[str] | None = None,
) -> Entry:
    """An entry whose runs are known beforehand; `order` notes who ran when."""
    left: Iterator[Run] = iter(runs)

    def next_run() -> Run:
        if order is not None:
            order.append(name)
        return next(left)

    return Entry(name, role, f"how {name} is called", next_run, "1.0", (lambda: deviation) if deviation else None)


def result(name: str, runs: Sequence[Run], *, role: str = "peer", failure: str = "") -> Result:
    """A result with these runs."""
    return Result(entry(name, [], role=role), list(runs), failure=failure)
