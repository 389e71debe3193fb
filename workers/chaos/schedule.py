"""Which fault comes when: drawn from a seed, in numbers of ended jobs and not in seconds, so that a seed repeats it.

What a fault meets still depends on the machine; that it comes, what it does, to whom and for how long does not.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flatiron_tasks.contracts.errors import BadInputError

WORKERS, NODES, SUBMITTERS = 3, 4, 2
SKEW = "clock-skew"
"""No fault that comes and goes: machines whose clocks are wrong from the beginning."""
_WORKERS = tuple(f"worker-{number}" for number in range(1, WORKERS + 1))
_POOLS = tuple(f"{name}/child" for name in _WORKERS)
_NODES = tuple(f"node-{number}" for number in range(1, NODES + 1))
_TASKS = tuple(f"{name}/child" for name in _NODES)
_SUBMITTERS = tuple(f"submitter-{number}" for number in range(1, SUBMITTERS + 1))
_PROCESSES = (*_WORKERS, *_POOLS, *_NODES, *_TASKS, *_SUBMITTERS, "sweep", "manager")


@dataclass(frozen=True)
class Fault:
    """`after` jobs have ended, `kind` strikes `target` for `seconds`, or `amount` times."""

    number: int
    after: int
    kind: str
    target: str
    seconds: float
    amount: int

    def __str__(self) -> str:
        """One line for the log."""
        much = f" {self.amount} times" if self.amount else f" for {self.seconds:g} s" if self.seconds else ""
        return f"{self.kind}{f' {self.target}' if self.target else ''}{much}"


@dataclass(frozen=True)
class Kind:
    """A kind of fault: how often it is drawn, whom it may strike, how long or how often. `needs` is a privilege."""

    weight: int
    does: str
    targets: tuple[str, ...] = ("",)
    seconds: tuple[float, float] = (0.0, 0.0)
    amount: tuple[int, int] = (0, 0)
    needs: str = ""


KINDS: Mapping[str, Kind] = {
    "kill": Kind(10, "SIGKILL", _PROCESSES),
    "terminate": Kind(5, "SIGTERM", _PROCESSES),
    "pause": Kind(6, "SIGSTOP, later SIGCONT", _PROCESSES, (2.0, 12.0)),
    "redis-kill": Kind(2, "SIGKILL to Redis, which comes back with its file", seconds=(0.5, 4.0)),
    "redis-pause": Kind(1, "SIGSTOP to Redis, later SIGCONT", seconds=(1.0, 6.0)),
    "redis-flush": Kind(1, "FLUSHALL"),
    "connections-cut": Kind(3, "every connection to Redis is reset"),
    "clients-killed": Kind(2, "CLIENT KILL of every client of Redis"),
    "messages-dropped": Kind(3, "20 % of the task messages vanish", seconds=(5.0, 15.0)),
    "messages-doubled": Kind(3, "every task message comes twice", seconds=(5.0, 15.0)),
    "messages-late": Kind(2, "half of the task messages come 3 s late", seconds=(5.0, 15.0)),
    "queue-lost": Kind(1, "the farm's manager dies and its queue is deleted"),
    "jobs-deleted": Kind(2, "somebody deletes jobs in the Monitor", amount=(1, 4)),
    "node-dies": Kind(3, "renderers die in the middle of a file", amount=(1, 3)),
    "node-slow": Kind(2, "renderers take 4 s longer", amount=(1, 4)),
    "node-garbage": Kind(2, "renderers write noise", amount=(1, 2)),
    "node-truncates": Kind(2, "renderers write two thirds of a file", amount=(1, 2)),
    "node-lies": Kind(3, "receipts name another size or hash", amount=(1, 3)),
    "old-attempt": Kind(3, "an attempt from long ago comes back", amount=(1, 3)),
    "share-slow": Kind(2, "every flush and rename on the share takes 0.3 s", seconds=(3.0, 8.0), needs="seam"),
    "listings-late": Kind(3, "new files are not listed for 3 s", seconds=(5.0, 12.0), needs="seam"),
    "share-read-only": Kind(2, "the share takes no change", seconds=(2.0, 8.0), needs="mount"),
    "share-full": Kind(2, "the share has no space left", seconds=(3.0, 10.0), needs="mount"),
    "old-worker": Kind(1, "messages for tasks that nobody knows", amount=(1, 3)),
    "old-panel": Kind(1, "a job folder of a version that nobody knows", amount=(1, 1)),
    "press-killed": Kind(
        4, "SIGKILL to an artist's program between two changes of a disk", amount=(1, 60), needs="seam"
    ),
    "cancel": Kind(2, "an artist cancels a job", amount=(1, 2)),
}


def documented() -> str:
    """What `--faults` takes, for `--help`."""
    kinds = [f"{name}: {kind.does}" for name, kind in KINDS.items()]
    return "\n\n".join([*kinds, f"{SKEW}: half of the machines have a wrong clock, up to an hour"])


def choose_kinds(names: tuple[str, ...], privileges: frozenset[str]) -> tuple[str, ...]:
    """The kinds to draw from: those named, or all, as far as the machine allows them. Raises BadInputError."""
    if names == ("none",):
        return ()
    unknown = [name for name in names if name not in (*KINDS, SKEW)]
    if unknown:
        raise BadInputError(f"There is no fault {unknown[0]!r}.", advice=f"Choose from {', '.join(KINDS)}.")
    wanted = [name for name in names if name != SKEW] or list(KINDS) * (not names)
    return tuple(name for name in wanted if not KINDS[name].needs or KINDS[name].needs in privileges)


def draw_faults(seed: int, kinds: tuple[str, ...], *, jobs_per_fault: float) -> Iterator[Fault]:
    """Faults without an end, in order; every kind comes once before any comes twice."""
    draw = random.Random(f"faults {seed}")  # noqa: S311 - a repeatable draw, not a secret
    first = list(kinds)
    draw.shuffle(first)
    weights = [KINDS[name].weight for name in kinds]
    after, number = 2.0, 0
    while kinds:
        name = first.pop() if first else draw.choices(kinds, weights)[0]
        kind = KINDS[name]
        seconds = round(draw.uniform(*kind.seconds), 1)
        yield Fault(number, int(after), name, draw.choice(kind.targets), seconds, draw.randint(*kind.amount))
        after += draw.uniform(0.2, 1.8) * jobs_per_fault
        number += 1


def draw_skews(seed: int) -> dict[str, float]:
    """Seconds by which the clocks of machines are wrong: half of them are right."""
    draw = random.Random(f"clocks {seed}")  # noqa: S311 - a repeatable draw, not a secret
    names = [name for name in (*_WORKERS, *_NODES, *_SUBMITTERS) if draw.random() < 0.5]
    return {
        name: round(draw.choice((-1, 1)) * draw.choice((5.0, 90.0, 3600.0)) * draw.uniform(0.5, 1), 1) for name in names
    }
