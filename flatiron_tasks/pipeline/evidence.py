"""What is known of a job on the farm: the input of `fate.judge`. Plain data and plain predicates."""

from __future__ import annotations

from dataclasses import dataclass

from flatiron_tasks.pipeline.failure_table import FailureTable
from flatiron_tasks.pipeline.farm_port import FarmJobState
from flatiron_tasks.pipeline.node_failures import Failure


@dataclass(frozen=True)
class MissingPass:
    """A pass without all its pieces: its farm tasks that have no complete attempt, and their names for people."""

    index: int
    label: str
    tasks: tuple[int, ...]
    pieces: tuple[str, ...]


@dataclass(frozen=True)
class Crew:
    """Servers by name. `on_job`, `active` and `failed` concern this job; `idle` and `absent` the whole farm.

    `total` is the number of servers of the farm, None if it was not asked.
    """

    on_job: tuple[str, ...] = ()
    active: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    idle: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    total: int | None = None


@dataclass(frozen=True)
class Ages:
    """For how many seconds something has been so; None if it is not so.

    `over`: the farm calls the job over. `stuck`: every server has failed. `idle`: no server works on it. `readded`:
    since failed servers were put on the job again.
    """

    over: float | None = None
    stuck: float | None = None
    idle: float | None = None
    readded: float | None = None


@dataclass(frozen=True)
class Patience:
    """Seconds. `share`: until the share must show what a node wrote; `stuck`: what the farm may need to get over
    failures by itself; `idle`: until somebody should ask why no server takes the job.
    """

    share: float = 15.0
    stuck: float = 60.0
    idle: float = 300.0


@dataclass(frozen=True)
class Evidence:
    """All that is known. `view` is None if the farm does not list the job.

    `done` is how many tasks the farm calls done. `abandoned`: passes of this farm job were given up, and nodes still
    try them. `queue_lost`: the farm has most likely lost its queue and the job with it, for which the job was submitted
    again `resubmitted` times so far. `readded`: how often failed servers were put on the job again. `witnesses` tell,
    as sentences, which node wrote where; `messages` are the farm's.
    """

    manager: str
    view: FarmJobState | None
    table: FailureTable
    missing: tuple[MissingPass, ...] = ()
    failures: tuple[Failure, ...] = ()
    crew: Crew = Crew()
    ages: Ages = Ages()
    patience: Patience = Patience()
    done: int = 0
    abandoned: bool = False
    archived: bool = False
    queue_lost: bool = False
    resubmitted: int = 0
    suspended_by_us: bool = False
    readded: int = 0
    witnesses: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()

    @property
    def is_over(self) -> bool:
        """Whether the farm says that it will not work on the job any more."""
        return says_over(self.view)

    @property
    def is_settling(self) -> bool:
        """Whether the farm has just said so: the last pieces may still show on the share."""
        return self.is_over and is_early(self.ages.over, self.patience.share)


def says_over(view: FarmJobState | None) -> bool:
    """Whether the farm says that it will not work on the job any more."""
    return view is None or view is FarmJobState.COMPLETE


def every_server_failed(crew: Crew) -> bool:
    """Whether all servers that had to do with the job, and are there, have failed on it."""
    present = set(crew.on_job) - set(crew.absent)
    return bool(crew.failed) and not crew.active and set(crew.failed) >= present


def is_early(age: float | None, patience: float) -> bool:
    """Nothing is given up at first sight, nor before the patience is over."""
    return not age or age < patience
