"""What browsers may see of a job folder: previews, the logs of attempts, how attempts ended. Reads, never writes.

Names are matched against the grammar of our own file names, and every folder is held open while it is read: no link
and no `..` leads anywhere else, not even one that appears in between.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from flatiron_tasks.contracts.errors import ContractError, FlatironError
from flatiron_tasks.contracts.identity import ATTEMPT_PATTERN, read_time
from flatiron_tasks.contracts.layout import PREVIEWS, folder_name, preview_name
from flatiron_tasks.contracts.receipt import AttemptResult
from flatiron_tasks.pipeline.job_files import open_job
from flatiron_tasks.share.bounded_read import LARGEST_RECORD
from flatiron_tasks.share.held_folder import HeldFolder, hold, is_file

LOG_NAME = re.compile(rf"t([0-9]{{5,}})\.({ATTEMPT_PATTERN})\.log")
_RESULT_NAME = re.compile(rf"t([0-9]{{5,}})\.({ATTEMPT_PATTERN})\.json")
_TAIL_BYTES = 64 * 1024
_MOST_PREVIEW_BYTES = 32 * 1024 * 1024
_MOST_RESULTS = 20_000


@dataclass(frozen=True)
class Attempt:
    """One attempt at a farm task. `state` is running, succeeded or failed; `log` names its log, empty without one."""

    task: int
    pass_index: int
    strip: int
    token: str
    state: str
    host: str
    began: datetime
    seconds: float | None
    reason: str
    log: str


@dataclass(frozen=True)
class LogTail:
    """The end of a log as text; `size` is that of the whole file in bytes."""

    text: str
    size: int
    is_whole: bool


class JobShare:
    """The network folders of this machine. What it does not see is not there: no method raises for a missing file."""

    def __init__(self, network_folders: Sequence[Path]) -> None:
        self._roots = tuple(network_folders)
        self._results: dict[tuple[str, str, int], AttemptResult | None] = {}
        self._strips: dict[str, int] = {}

    def preview_versions(self, job_id: str) -> dict[str, int]:
        """Names of the previews of a job, each with a number that changes with the picture."""
        with self._folder(job_id, PREVIEWS) as folder:
            entries = folder.entries() if folder else {}
        return {name: status.st_mtime_ns for name, status in entries.items() if is_file(status)}

    def preview(self, job_id: str, file_name: str) -> bytes | None:
        """The preview of the texture with this file name, a PNG."""
        name = preview_name(file_name)
        with self._folder(job_id, PREVIEWS) as folder:
            try:
                status = folder.status(name) if folder else None
                is_readable = status is not None and is_file(status)
                return folder.read(name, _MOST_PREVIEW_BYTES) if folder and is_readable else None
            except (OSError, ValueError, ContractError):  # gone meanwhile, or a name that no file can have
                return None

    def log_tail(self, job_id: str, name: str) -> LogTail | None:
        """The end of the log of an attempt."""
        if not LOG_NAME.fullmatch(name):
            return None
        with self._folder(job_id, "logs") as folder:
            try:
                status = folder.status(name) if folder else None
                if folder is None or status is None or not is_file(status):
                    return None
                tail = folder.tail(name, _TAIL_BYTES)
            except (OSError, ValueError):  # as in `preview`
                return None
        is_whole = status.st_size <= len(tail)
        text = (tail if is_whole else tail.partition(b"\n")[2]).decode("utf-8", "replace")
        return LogTail(text, max(status.st_size, len(tail)), is_whole)

    def attempts(self, job_id: str) -> tuple[Attempt, ...]:
        """All attempts that left a log or a result in the job folder, oldest first."""
        with self._folder(job_id, "logs") as folder:
            if folder is None:
                return ()
            entries = folder.entries()
            results = [self._result(folder, job_id, name, entries[name]) for name in sorted(entries)]
        ended = [item for result in results if result and (item := _ended(result, entries))]
        told = {(item.task, item.token) for item in ended}
        running = [item for name in entries if (item := self._running(job_id, name)) and _key(item) not in told]
        return tuple(sorted([*ended, *running], key=lambda item: item.token))

    def _result(self, folder: HeldFolder, job_id: str, name: str, status: os.stat_result) -> AttemptResult | None:
        """How an attempt ended. Such a file appears whole and never changes, so each is read once."""
        if not _RESULT_NAME.fullmatch(name) or not is_file(status):
            return None
        if len(self._results) > _MOST_RESULTS:
            self._results.clear()
        key = job_id, name, status.st_mtime_ns
        if key not in self._results:
            try:
                self._results[key] = AttemptResult.from_json(folder.read(name, LARGEST_RECORD), source=name)
            except (OSError, ContractError):
                self._results[key] = None
        return self._results[key]

    def _running(self, job_id: str, name: str) -> Attempt | None:
        found = LOG_NAME.fullmatch(name)
        strips = self._strips_of(job_id) if found else 0
        if not found or not strips:
            return None
        task, token = int(found[1]), found[2]
        began = _began(token)
        if began is None:
            return None
        place = (task - 1) // strips, (task - 1) % strips
        return Attempt(task, *place, token, "running", "", began, None, "", name)

    def _strips_of(self, job_id: str) -> int:
        """Into how many strips the passes of a job are cut; 0 if its description cannot be read."""
        if job_id not in self._strips:
            try:
                self._strips[job_id] = open_job(job_id, self._roots).job.strips
            except FlatironError:
                return 0
        return self._strips[job_id]

    @contextmanager
    def _folder(self, job_id: str, subfolder: str) -> Iterator[HeldFolder | None]:
        """A subfolder of the job folder, wherever below our network folders it is; None if it is nowhere."""
        for root in self._roots:
            with ExitStack() as opened:
                try:
                    held = opened.enter_context(hold(root))
                    held = opened.enter_context(held.enter(folder_name(job_id)))
                    held = opened.enter_context(held.enter(subfolder))
                except OSError:
                    continue
                yield held
                return
        yield None


def _key(item: Attempt) -> tuple[int, str]:
    return item.task, item.token


def _began(token: str) -> datetime | None:
    """When an attempt began, by its token; None for a time that no calendar has, whose attempt is none of ours."""
    try:
        return datetime.fromtimestamp(int(token.partition("-")[0], 16) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _ended(result: AttemptResult, names: object) -> Attempt | None:
    """The attempt that a result tells of; None if its times are none, as above."""
    try:
        began, finished = read_time(result.started_at), read_time(result.finished_at)
    except ValueError:
        return None
    log = f"t{result.task:05d}.{result.attempt}.log"
    return Attempt(
        task=result.task,
        pass_index=result.pass_index,
        strip=result.strip,
        token=result.attempt,
        state="succeeded" if result.succeeded else "failed",
        host=result.host,
        began=began,
        seconds=max(0.0, (finished - began).total_seconds()),
        reason=result.reason,
        log=log if isinstance(names, dict) and log in names else "",
    )
