"""Read what the workers publish of an artist's jobs. Reads only this artist's keys, and the clock of Redis."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timezone
from typing import Final, Protocol, TypeVar

from flatiron_tasks.contracts.channels import artist_views
from flatiron_tasks.contracts.errors import ContractError, TransportError
from flatiron_tasks.contracts.job_view import JobView
from max_submitter.giving_way import giving_way

log = logging.getLogger(__name__)
_PER_READ: Final = 200
_VERSION: Final = 1
"""Of the views that are read here."""
_T = TypeVar("_T")


class ViewClient(Protocol):
    """The part of `redis.Redis` (RESP2, bytes) that the reader uses."""

    def hgetall(self, name: str) -> Mapping[bytes, bytes]:
        """All fields of a hash."""
        ...

    def hmget(self, name: str, keys: Sequence[str]) -> list[bytes | None]:
        """Some fields of a hash."""
        ...

    def time(self) -> tuple[int, int]:
        """The clock of Redis: seconds, microseconds."""
        ...

    def close(self) -> None:
        """Give the connection back."""
        ...


class ViewReader:
    """Views of one artist's jobs. Not for two threads at once; connects anew after an error."""

    def __init__(self, connect: Callable[[], ViewClient], artist: str) -> None:
        self._connect = connect
        self._client: ViewClient | None = None
        self._key = artist_views(artist)
        self._left_out = ""

    @property
    def left_out(self) -> str:
        """A sentence on jobs that `all` could not read the last time; empty without any."""
        return self._left_out

    def all(self) -> dict[str, JobView]:
        """Every job of the artist that Redis keeps. Raises TransportError."""
        texts = self._ask(lambda client: client.hgetall(self._key))
        views = _read(texts)
        self._left_out = _left_out(
            [text for job_id, text in texts.items() if job_id.decode(errors="replace") not in views]
        )
        return views

    def some(self, job_ids: Collection[str]) -> dict[str, JobView]:
        """These jobs, as far as they are published. Raises TransportError."""
        wanted, found = sorted(job_ids), dict[str, JobView]()
        for begin in range(0, len(wanted), _PER_READ):
            found |= self._some(wanted[begin : begin + _PER_READ])
        return found

    def _some(self, job_ids: list[str]) -> dict[str, JobView]:
        texts = self._ask(lambda client: client.hmget(self._key, job_ids))
        return _read({job_id.encode(): text for job_id, text in zip(job_ids, texts, strict=True) if text is not None})

    def now(self) -> datetime:
        """The clock that dates views. Raises TransportError."""
        seconds, microseconds = self._ask(lambda client: client.time())
        return datetime.fromtimestamp(seconds + microseconds / 1e6, timezone.utc)

    def close(self) -> None:
        """Drop the connection."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def _ask(self, question: Callable[[ViewClient], _T]) -> _T:
        from redis.exceptions import RedisError  # noqa: PLC0415 - not there in every 3ds Max

        try:
            if self._client is None:
                self._client = self._connect()
            return question(self._client)
        except (OSError, RedisError) as error:
            self.close()
            raise TransportError(
                "Redis does not tell how the jobs stand.",
                why=f"{type(error).__name__}: {error}",
                advice="The jobs go on meanwhile. Check that Redis runs and that this machine may connect.",
            ) from error


def _left_out(texts: Sequence[bytes]) -> str:
    """What to say of views that cannot be read here."""
    newer = sum(_is_newer(text) for text in texts)
    newer_jobs = "1 job is" if newer == 1 else f"{newer} jobs are"
    broken_jobs = "1 job" if len(texts) - newer == 1 else f"{len(texts) - newer} jobs"
    told = []
    if newer:
        told.append(f"{newer_jobs} shown by a newer version only: update Flatiron on this machine.")
    if len(texts) > newer:
        told.append(f"{broken_jobs} cannot be read; the log says why.")
    return " ".join(told)


def _is_newer(text: bytes) -> bool:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return False
    version = data.get("schema_version") if isinstance(data, dict) else None
    return isinstance(version, int) and version > _VERSION


def _read(texts: Mapping[bytes, bytes]) -> dict[str, JobView]:
    """Views by job id; one of another version is left out, because one new worker must not empty the whole list."""
    views = {}
    for job_id, text in giving_way(texts.items()):
        try:
            view = JobView.from_json(text, source=f"The view of job {job_id.decode(errors='replace')}")
        except ContractError as error:
            log.warning("%s", error)
            continue
        views[view.job_id] = view
    return views
