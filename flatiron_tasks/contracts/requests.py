"""Messages to the front desk: which tasks there are, and what each takes. Checked before sending and on arrival.

Every message names a job first. Whoever may write to the queue may write anything: nothing is guessed or converted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from flatiron_tasks.contracts import channels
from flatiron_tasks.contracts.errors import BadInputError
from flatiron_tasks.contracts.identity import JOB_ID_PATTERN
from flatiron_tasks.contracts.paths import canonical_path

Argument = int | str | tuple[int, ...]

_MOST_PASSES = 100_000
_LONGEST_PATH = 4_096


class _Parameter(NamedTuple):
    """One argument of a task; None for `default` means that it must be given."""

    name: str
    check: Callable[[object], Argument]
    default: Argument | None = None


@dataclass(frozen=True)
class Request:
    """One valid message: a task of the front desk, a job, and what the task takes besides."""

    task: str
    job_id: str
    arguments: tuple[Argument, ...] = ()

    @property
    def shown(self) -> str:
        """The arguments as dashboards show them: `job 20260131-142501-7f3a9c0d passes 1, 2`."""
        pairs = zip(_PARAMETERS[self.task], self.arguments, strict=True)
        parts = (_shown(parameter.name, value) for parameter, value in pairs)
        return " ".join((f"job {self.job_id}", *(part for part in parts if part)))


def read_request(task: str, arguments: Sequence[object], named: Mapping[str, object] | None = None) -> Request:
    """Check a message: the arguments of a task of the front desk, the job id first. Raises BadInputError."""
    if task not in _PARAMETERS:
        raise BadInputError(f"{task!r:.80} is nothing that the front desk does.")
    values = _by_name(task, arguments, named or {})
    checked = tuple(parameter.check(values[parameter.name]) for parameter in _PARAMETERS[task])
    return Request(task, _job_id(values["job_id"]), checked)


def _by_name(task: str, arguments: Sequence[object], named: Mapping[str, object]) -> dict[str, object]:
    """Every parameter with its value."""
    parameters = _PARAMETERS[task]
    names = ["job_id", *(parameter.name for parameter in parameters)]
    values = dict(zip(names, arguments))  # noqa: B905 - too many and too few are told apart below
    surplus = len(arguments) > len(names) or bool(set(named) - set(names)) or bool(set(named) & set(values))
    defaults = {parameter.name: parameter.default for parameter in parameters if parameter.default is not None}
    values = {**defaults, **values, **named}
    if surplus or len(values) != len(names):
        raise BadInputError(f"{task} takes {', '.join(names)}.", why="The message has other arguments.")
    return values


def _job_id(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(JOB_ID_PATTERN, value):
        raise BadInputError(f"{value!r:.80} is not the id of a bake job.")
    return value


def _is_number(value: object, most: int) -> bool:
    return type(value) is int and 0 <= value <= most  # True is no number here


def _passes(value: object) -> tuple[int, ...]:
    if (
        not isinstance(value, (list, tuple))
        or len(value) > _MOST_PASSES
        or not all(_is_number(item, _MOST_PASSES) for item in value)
    ):
        raise BadInputError(f"{value!r:.80} is not a list of passes.", why="Passes are whole numbers from 0.")
    return tuple(value)


def _some_passes(value: object) -> tuple[int, ...]:
    passes = _passes(value)
    if not passes:
        raise BadInputError("No pass is named.", advice="Name the passes that the farm is to render again.")
    return passes


def _priority(value: object) -> int:
    if not _is_number(value, 99) or not isinstance(value, int):
        raise BadInputError(f"{value!r:.80} is not a priority.", why="Priorities go from 0, the most urgent, to 99.")
    return value


def _texture(value: object) -> int:
    if not _is_number(value, _MOST_PASSES) or not isinstance(value, int):
        raise BadInputError(f"{value!r:.80} is not a texture.", why="Textures are whole numbers from 0.")
    return value


def _path(value: object) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST_PATH:
        raise BadInputError(f"{value!r:.80} is not a path.")
    return canonical_path(value)


def _shown(name: str, value: Argument) -> str:
    if not isinstance(value, tuple):
        return f"{name} {value}"
    return f"{name} {', '.join(map(str, value))}" if value else ""


_PARAMETERS: Mapping[str, tuple[_Parameter, ...]] = {
    channels.ACCEPT_TASK: (),
    channels.REQUEUE_TASK: (_Parameter("passes", _passes, default=()),),
    channels.RERENDER_TASK: (_Parameter("passes", _some_passes),),
    channels.CANCEL_JOB_TASK: (),
    channels.SUSPEND_TASK: (),
    channels.GO_ON_TASK: (),
    channels.SET_PRIORITY_TASK: (_Parameter("priority", _priority),),
    channels.COLLECTED_TASK: (_Parameter("texture", _texture), _Parameter("path", _path)),
}
"""Task -> its parameters behind the job id."""
