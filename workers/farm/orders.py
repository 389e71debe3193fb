"""What the manager orders a server to run: one task of a job as one message, and whether that message can be sent."""

from __future__ import annotations

import json
from typing import Final

from flatiron_tasks.contracts.errors import FarmRefusedError
from workers.farm.jobs import JobSpec
from workers.farm.node_link import LINE_LIMIT, Message, encoded

_LARGEST_NUMBER: Final = 2**63  # longer than any assignment or task number
_BYTES_PER_SIGN: Final = 12  # JSON in ASCII writes a sign beyond the first 65536 as two escapes


def order(spec: JobSpec, row: tuple[str, ...], *, number: int, assignment: int, minute_s: float) -> Message:
    """The `run` message for task `number` (from 1), whose columns are `row`. `minute_s`: see NodeTable."""
    return {
        "do": "run",
        "assignment": assignment,
        "job": spec.name,
        "description": spec.description,
        "task": number,
        "row": row,
        "parameters": spec.parameters,
        "words": spec.words,
        "time_limit_s": spec.timeout_minutes * minute_s,
        "log_path": spec.log_path,
    }


def refuse_oversized(spec: JobSpec) -> None:
    """Raise FarmRefusedError if the order of any task is a longer line than a server reads."""
    empty = order(spec, (), number=_LARGEST_NUMBER, assignment=_LARGEST_NUMBER, minute_s=1 / 3)
    room = LINE_LIMIT - len(encoded(empty))
    for number, row in enumerate(spec.rows, 1):
        if _at_most(row) > room and len(json.dumps(row)) > room:
            raise FarmRefusedError(f"The order of task {number} would be longer than {LINE_LIMIT} bytes")


def _at_most(row: tuple[str, ...]) -> int:
    """A limit of a row's length as JSON that is found without encoding it, as a job may have a million rows."""
    return _BYTES_PER_SIGN * sum(map(len, row)) + 4 * len(row) + 2
