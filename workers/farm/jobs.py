"""The local farm's jobs: what was submitted, and how far it is. Plain data, no clock, no disk, no network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import IntEnum, StrEnum
from typing import Any, get_type_hints

from flatiron_tasks.backburner.assumptions import PRIORITY_SUSPENDED, RETRY_COUNT, WireJobState, is_job_name
from flatiron_tasks.contracts.errors import FarmRefusedError

_MESSAGES_KEPT = 100
_NUMBER_LIMIT = 1e9  # cmdjob's, for every number that has no limit of its own


class OnCompletion(StrEnum):
    """What becomes of a complete job. DEFAULT: whatever the manager is set to."""

    DEFAULT = "default"
    LEAVE = "leave"
    ARCHIVE = "archive"
    DELETE = "delete"


class TaskState(IntEnum):
    """A task's state, numbered as in Backburner's API."""

    WAITING = 0
    ASSIGNED = 1
    COMPLETE = 2


@dataclass(frozen=True)
class JobSpec:
    """One submission. `words` is the command with its tokens; `rows` holds the columns of each task.

    `task_name_column`: column that names a task, from 1; 0 for none. `parameters`: values of `%jp1`, `%jp2` ….
    `group` wins over `servers`; both empty means every server. `server_count`: how many servers may work on the job at
    once, 0 for no limit; `nonconcurrent` means one. `log_path`: existing folder for the tasks' output, or empty.
    `completion_days`: how long a complete job stays before it is archived or deleted, 0 for as long as the manager is
    set to. `dependencies`: names or decimal handles of jobs that must be complete first.
    """

    name: str
    words: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    description: str = ""
    priority: int = 50
    task_name_column: int = 0
    parameters: tuple[str, ...] = ()
    timeout_minutes: float = 60.0
    group: str = ""
    servers: tuple[str, ...] = ()
    server_count: int = 0
    log_path: str = ""
    suspended: bool = False
    on_completion: OnCompletion = OnCompletion.DEFAULT
    completion_days: float = 0.0
    adjust_name: bool = False
    user: str = ""
    computer: str = ""
    dependencies: tuple[str, ...] = ()
    nonconcurrent: bool = False

    def to_json(self) -> dict[str, Any]:
        """The same as JSON data."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Any) -> JobSpec:
        """Read `to_json` back. Raises FarmRefusedError on unknown or missing keys, wrong types and unusable values."""
        known = {entry.name for entry in fields(cls)}
        if not isinstance(data, dict) or set(data) != known:
            raise FarmRefusedError("A job document must have exactly the keys " + ", ".join(sorted(known)))
        spec = cls(**{name: _typed(name, kind, data[name]) for name, kind in get_type_hints(cls).items()})
        if not spec.words or not spec.rows or not spec.name:
            raise FarmRefusedError("A job needs a name, a command and at least one task")
        _check_values(spec)
        return spec


@dataclass
class Task:
    """One row of a job. `number` counts from 1; `assignment` says which attempt holds it, 0 for none."""

    number: int
    state: TaskState = TaskState.WAITING
    server: str = ""
    assignment: int = 0


@dataclass
class Standing:
    """How one server does on one job. A failed server gets the job again at `retry_at`, while retries are left.

    `assigned`: whether a person put the server on the job (True) or took it off (False); None leaves it to the job.
    """

    failed: bool = False
    retries_left: int = RETRY_COUNT
    retry_at: float = 0.0
    tasks: int = 0
    task_ms: float = 0.0
    assigned: bool | None = None


@dataclass
class Job:
    """A job in the queue. Times are seconds since the epoch, 0.0 for not yet. `handle` is an unsigned 32-bit number.

    `priority` may differ from the one it was submitted with; `waits_for`: handles of jobs that must be complete first
    and are not yet.
    """

    handle: int
    spec: JobSpec
    submitted: float
    tasks: list[Task]
    priority: int = 50
    waits_for: frozenset[int] = frozenset()
    suspended: bool = False
    started: float = 0.0
    ended: float = 0.0
    standings: dict[str, Standing] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)

    @property
    def tasks_done(self) -> int:
        """How many tasks are complete."""
        return sum(task.state is TaskState.COMPLETE for task in self.tasks)

    @property
    def active_servers(self) -> frozenset[str]:
        """Names of the servers that hold a task of this job."""
        return frozenset(task.server for task in self.tasks if task.state is TaskState.ASSIGNED)

    def task_name(self, number: int) -> str:
        """What people call task `number` (from 1): the column that the job chose, or the number."""
        column, row = self.spec.task_name_column, self.spec.rows[number - 1]
        return row[column - 1] if 1 <= column <= len(row) else str(number)

    @property
    def wire_state(self) -> WireJobState:
        """The state number that the manager tells. There is none for a job on which every server failed."""
        if self.ended:
            return WireJobState.COMPLETE
        if self.suspended:
            return WireJobState.SUSPENDED
        if any(task.state is TaskState.ASSIGNED for task in self.tasks):
            return WireJobState.ACTIVE
        return WireJobState.WAITING if self.started else WireJobState.NOT_STARTED

    def report(self, message: str) -> None:
        """Remember what went wrong; the oldest messages are forgotten."""
        self.messages = [*self.messages, message][-_MESSAGES_KEPT:]


def new_job(handle: int, spec: JobSpec, now: float, waits_for: frozenset[int] = frozenset()) -> Job:
    """A job as it enters the queue."""
    tasks = [Task(number) for number in range(1, len(spec.rows) + 1)]
    suspended = spec.suspended or spec.priority >= PRIORITY_SUSPENDED
    return Job(handle, spec, now, tasks, spec.priority, waits_for, suspended)


def progress_to_json(job: Job) -> dict[str, Any]:
    """What changes in a job, apart from its tasks, as JSON data."""
    return {
        "priority": job.priority,
        "waits_for": sorted(job.waits_for),
        "suspended": job.suspended,
        "started": job.started,
        "ended": job.ended,
        "messages": job.messages,
        "standings": {name: asdict(standing) for name, standing in job.standings.items()},
    }


def apply_progress(job: Job, data: Mapping[str, Any]) -> None:
    """Read `progress_to_json` back into a job; what an older manager did not write keeps its value."""
    job.priority, job.waits_for = data.get("priority", job.priority), frozenset(data.get("waits_for", ()))
    job.suspended, job.started, job.ended = data["suspended"], data["started"], data["ended"]
    job.messages = list(data["messages"])
    job.standings = {name: Standing(**standing) for name, standing in data["standings"].items()}


def _check_values(spec: JobSpec) -> None:
    """Refuse what cmdjob would refuse, and names that the console could not tell."""
    if not is_job_name(spec.name):
        raise FarmRefusedError(f"A job document has a wrong name: {spec.name!r}")
    for name in (spec.group, spec.user, spec.computer, *spec.servers):
        if not name.isprintable():  # no control character, no half of a surrogate pair
            raise FarmRefusedError(f"A job document has a name that cannot be printed: {name!r}")
    if any("\ud800" <= sign <= "\udfff" for sign in spec.description):
        raise FarmRefusedError(f"A job document has a wrong description: {spec.description!r}")
    if not 0 <= spec.priority <= PRIORITY_SUSPENDED:
        raise FarmRefusedError(f"A job document has a wrong priority: {spec.priority}")
    for key in ("timeout_minutes", "completion_days", "server_count", "task_name_column"):
        value = getattr(spec, key)
        if not 0 <= value < _NUMBER_LIMIT:  # NaN is not, either
            raise FarmRefusedError(f"A job document has a wrong {key}: {str(value)[:20]}")


def _typed(name: str, kind: Any, value: Any) -> Any:
    if kind == tuple[tuple[str, ...], ...]:
        return tuple(_texts(name, row) for row in _listed(name, value))
    if kind == tuple[str, ...]:
        return _texts(name, value)
    if kind is OnCompletion and value in set(OnCompletion):
        return OnCompletion(value)
    if kind is float and type(value) is int and abs(value) < _NUMBER_LIMIT:
        return float(value)
    if type(value) is not kind:
        raise FarmRefusedError(f"A job document has a wrong {name}: {value!r}")
    return value


def _listed(name: str, value: Any) -> list[Any] | tuple[Any, ...]:
    if not isinstance(value, (list, tuple)):
        raise FarmRefusedError(f"A job document has a wrong {name}: {value!r}")
    return value


def _texts(name: str, value: Any) -> tuple[str, ...]:
    if not all(isinstance(text, str) for text in _listed(name, value)):
        raise FarmRefusedError(f"A job document has a wrong {name}: {value!r}")
    return tuple(value)
