"""What nodes told about attempts that failed: their result files and the ends of their logs. Judges no piece.

Result files appear whole and never change, so each is read once per process.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from flatiron_tasks.contracts import paths
from flatiron_tasks.contracts.errors import ContractError
from flatiron_tasks.contracts.layout import folder_name
from flatiron_tasks.contracts.receipt import AttemptResult
from flatiron_tasks.pipeline.failure_table import UNKNOWN, FailureTable
from flatiron_tasks.pipeline.job_files import JobFiles
from flatiron_tasks.share.bounded_read import read_bounded, read_tail

_LOG_TAIL_BYTES = 8192
_NO_FAILURE = ("none", "revoked")


@dataclass(frozen=True)
class Failure:
    """A failed attempt at a farm task. `kind` is the name of a class in the failure table.

    `log` is the canonical path of what the attempt wrote, empty if it wrote nothing.
    """

    task: int
    attempt: str
    host: str
    kind: str
    reason: str
    advice: str
    log: str = ""

    @property
    def at(self) -> float:
        """When the attempt began, in seconds since the epoch by the node's clock."""
        return int(self.attempt.partition("-")[0], 16) / 1000


def failures_of(
    files: JobFiles, tasks: Collection[int], table: FailureTable, forgiven: Collection[str] = ()
) -> tuple[Failure, ...]:
    """Failed attempts at these tasks in the order of their tokens, without forgiven ones and those that were revoked.

    A file that nobody can read tells nothing, nor does a folder that is not there (yet).
    """
    found = (_failure(files, path, table) for path in _results(files, set(tasks), set(forgiven)))
    return tuple(item for item in found if item is not None)


def attempts_so_far(files: JobFiles, tasks: Collection[int]) -> tuple[str, ...]:
    """Tokens of all attempts at these tasks that have a result."""
    return tuple(path.name.split(".")[1] for path in _results(files, set(tasks), set()))


def _results(files: JobFiles, tasks: set[int], forgiven: set[str]) -> list[Path]:
    try:
        with os.scandir(files.folder.logs) as entries:
            names = sorted(entry.name for entry in entries if entry.name.endswith(".json"))
    except OSError:
        return []
    return [files.folder.logs / name for name in names if _concerns(name, tasks, forgiven)]


def _concerns(name: str, tasks: set[int], forgiven: set[str]) -> bool:
    """Names are `t<task>.<attempt>.json`; anything else is not ours."""
    parts = name.split(".")
    number = parts[0].removeprefix("t")
    return len(parts) == 3 and number.isdecimal() and int(number) in tasks and parts[1] not in forgiven


def _failure(files: JobFiles, path: Path, table: FailureTable) -> Failure | None:
    try:
        result, log = _read(path)
    except (OSError, ContractError):
        return None
    if result.succeeded or result.failure_class in _NO_FAILURE:
        return None
    found = table.classify(result.reason, _told(result), log)
    advice = result.advice or found.advice
    told = (result.task, result.attempt, result.host, found.name, result.reason, advice)
    return Failure(*told, log=_canonical_log(files, path) if log else "")


def _canonical_log(files: JobFiles, result: Path) -> str:
    """Where people find the log, from whatever machine they look."""
    folder, logs = folder_name(files.job.job_id), files.folder.logs.name
    return paths.join(files.job.network_folder, folder, logs, result.with_suffix(".log").name)


@lru_cache(maxsize=4096)
def _read(path: Path) -> tuple[AttemptResult, str]:
    result = AttemptResult.from_json(read_bounded(path), source=path.name)
    return result, "" if result.succeeded else _tail(path.with_suffix(".log"))


def _tail(path: Path) -> str:
    try:
        return read_tail(path, _LOG_TAIL_BYTES).decode("utf-8", "replace")
    except (OSError, ContractError):
        return ""


def _told(result: AttemptResult) -> str:
    """What the node itself took it for; `renderer`, `timeout` and `no-progress` say no more than that it failed."""
    return result.failure_class if result.failure_class in ("licence", "share", "scene", "node") else UNKNOWN
