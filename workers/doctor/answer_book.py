"""Where workers write what the doctor asked them: one hash per run in Redis, gone soon after. And what they write.

Pings stand under `queue <name>`, reports under `worker <name>`. A field that cannot be read comes of another version.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

NONCE = re.compile(r"[0-9a-f]{32}")
KEPT_S = 120
QUEUE, WORKER = "queue ", "worker "

_AnswerT = TypeVar("_AnswerT", bound=BaseModel)


class Answer(BaseModel):
    """Base of what workers write. A newer worker may say more."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class PingAnswer(Answer):
    """Who took a ping from a queue."""

    worker: str
    host: str
    pid: int


class FolderReport(Answer):
    """One network folder as a worker sees it. `trouble` is empty if it could write, rename, read back and delete.

    `is_full` if there was no room for a small file; then, and with a `trouble`, nothing else is known. `free_bytes`
    and `rename_ms` are what they were; `clock_off_s` is how far the share's clock is ahead of Redis'.
    """

    path: str
    target: str = ""
    trouble: str = ""
    is_full: bool = False
    free_bytes: int = 0
    rename_ms: int = 0
    clock_off_s: float = 0.0


class WorkerReport(Answer):
    """One worker. `clock_off_s` is how far its clock is ahead of Redis'; `formats`: image format -> trouble, or ""."""

    worker: str
    host: str
    pid: int
    versions: dict[str, str]
    clock_off_s: float
    folders: tuple[FolderReport, ...]
    formats: dict[str, str]


class Answers(BaseModel):
    """All answers that are there; `unreadable` names workers whose report has another form."""

    model_config = ConfigDict(frozen=True)

    pings: dict[str, PingAnswer] = {}
    reports: dict[str, WorkerReport] = {}
    unreadable: tuple[str, ...] = ()


def key_of(nonce: str) -> str:
    """The hash of one run."""
    return f"flatiron:doctor:{nonce}"


def write(client: Any, nonce: str, field: str, answer: Answer) -> None:
    """Write an answer. Raises the errors of redis-py."""
    pipe = client.pipeline(transaction=False)
    pipe.hset(key_of(nonce), field, answer.model_dump_json()).expire(key_of(nonce), KEPT_S).execute()


def read(client: Any, nonce: str) -> Answers:
    """What has been written so far. Raises the errors of redis-py."""
    kept: Mapping[str, str] = client.hgetall(key_of(nonce))
    pings = _answers(kept, QUEUE, PingAnswer)
    reports = _answers(kept, WORKER, WorkerReport)
    return Answers(
        pings={name: item for name, item in pings.items() if item},
        reports={name: item for name, item in reports.items() if item},
        unreadable=tuple(sorted(name for name, item in reports.items() if item is None)),
    )


def _answers(kept: Mapping[str, str], prefix: str, kind: type[_AnswerT]) -> dict[str, _AnswerT | None]:
    return {name.removeprefix(prefix): _read(text, kind) for name, text in kept.items() if name.startswith(prefix)}


def _read(text: str, kind: type[_AnswerT]) -> _AnswerT | None:
    try:
        return kind.model_validate_json(text)
    except ValidationError:
        return None
