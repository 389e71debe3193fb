"""Hear what becomes of jobs: read the Redis stream of events from a bookmark. Events are hints, the record is true.

Never reads "from now on": what happened while nobody listened is read later. Each program has its place in the stream
for itself; the file only says where the next one begins, so that two panels on one machine both hear everything. A job
whose last events were cut off the stream is silent, so a caller reads the records of its jobs once when it starts, and
again at every `GapFound`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from flatiron_tasks.contracts.channels import EVENT_FIELD, EVENT_STREAM
from flatiron_tasks.contracts.document import Document, Options, rule, schema_version
from flatiron_tasks.contracts.errors import ContractError, TransportError
from flatiron_tasks.contracts.event import Event
from flatiron_tasks.share.atomic import share_error, write_atomically

_FIRST: Final = "0-0"
_PER_READ: Final = 500
_MOST_JOBS: Final = 1000
"""Jobs whose last event is remembered: the newest, as ids sort by time."""

Entry = tuple[bytes, Mapping[bytes, bytes]]
"""Id of a stream entry and its fields."""


class StreamClient(Protocol):
    """The part of `redis.Redis` (RESP2, bytes) that the listener uses."""

    def xread(self, streams: dict[str, str], *, count: int, block: int) -> list[tuple[bytes, list[Entry]]]:
        """Entries after an id; waits `block` milliseconds for one."""
        ...

    def close(self) -> None:
        """Give the connection back."""
        ...


@dataclass(frozen=True)
class GapFound:
    """Events of a job are missing, or its count began anew: read its record again."""

    job_id: str
    expected: int
    found: int


@dataclass(frozen=True)
class UnreadableEvent:
    """An entry that is no event of a version we know; it was skipped."""

    entry_id: str
    error: ContractError


Heard = Event | GapFound | UnreadableEvent


@dataclass(frozen=True)
class Bookmark(Document):
    """How far the stream was read by the programs of this machine that ended, or by the one that is ahead."""

    schema_version: int = schema_version(1)
    last_id: str = rule("Id of the last entry that was read.", pattern=r"[0-9]+-[0-9]+")
    sequences: Options = rule("Job id -> number of its last event.")


_AT_FIRST: Final = Bookmark(1, _FIRST, {})


class EventListener:
    """Reads events in rounds. Not for two threads at once."""

    def __init__(
        self,
        connect: Callable[[], StreamClient],
        bookmark: Path,
        *,
        stream: str = EVENT_STREAM,
        block_seconds: float = 5,
    ) -> None:
        """`connect` makes a client (see `connection`); `bookmark` is a file that programs of one account share.

        A bookmark that cannot be understood is a missing one: events are hints, hearing them twice does no harm.
        """
        self._connect = connect
        self._client: StreamClient | None = None
        self._path = bookmark
        self._stream = stream
        self._block_ms = round(block_seconds * 1000)
        self._place: Bookmark | None = None
        self._is_lost = False

    def begin(self) -> None:
        """Find the place where to begin: what happens from now on is heard. Raises ShareError."""
        if self._place is None:
            self._place = self._load()

    def hear(self, job_ids: Collection[str] | None = None) -> Iterator[Heard]:
        """One round: what happened to these jobs (to all, without any) since the last one, waiting `block_seconds`.

        The bookmark moves on when all of it was taken: a round that was left half-way comes again.
        Raises TransportError if Redis does not answer (the next round connects anew), ShareError if the bookmark cannot
        be read or written.
        """
        self.begin()
        bookmark = self._place or _AT_FIRST
        sequences = {
            job_id: number
            for job_id, number in sorted(bookmark.sequences.items())[-_MOST_JOBS:]
            if job_ids is None or job_id in job_ids
        }
        entries = self._read(bookmark.last_id)
        last_id = bookmark.last_id
        for entry_id, fields in entries:
            last_id = entry_id.decode()
            yield from _judge(last_id, fields, job_ids, sequences)
        if last_id != bookmark.last_id:
            self._place = Bookmark(1, last_id, sequences)
            self._keep(self._place)

    def close(self) -> None:
        """Drop the connection."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def _load(self) -> Bookmark:
        try:
            return Bookmark.from_json(self._path.read_bytes(), source=str(self._path))
        except (FileNotFoundError, ContractError):
            return _AT_FIRST
        except OSError as error:
            raise share_error(f"{self._path} cannot be read.", error) from error

    def _keep(self, place: Bookmark) -> None:
        """Write the place down, unless another program is ahead. Raises ShareError."""
        written = self._load()
        if self._is_lost or _position(written) < _position(place):
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise share_error(f"{self._path.parent} cannot be made.", error) from error
            write_atomically(self._path, place.to_json())
            self._is_lost = False

    def _read(self, last_id: str) -> list[Entry]:
        from redis.exceptions import RedisError  # noqa: PLC0415 - not there in every 3ds Max

        try:
            if self._client is None:
                self._client = self._connect()
            answer = self._ask(self._client, last_id)
        except (OSError, RedisError) as error:
            self.close()
            raise TransportError(
                "Redis does not tell what became of the jobs.",
                why=f"{type(error).__name__}: {error}",
                advice="The jobs go on meanwhile. Check that Redis runs and that this machine may connect.",
            ) from error
        return [entry for _, entries in answer for entry in entries]

    def _ask(self, client: StreamClient, last_id: str) -> list[tuple[bytes, list[Entry]]]:
        """Entries after an id. A place that Redis calls impossible is none: it is left for good."""
        from redis.exceptions import ResponseError  # noqa: PLC0415 - not there in every 3ds Max

        try:
            return client.xread({self._stream: last_id}, count=_PER_READ, block=self._block_ms)
        except ResponseError as error:
            if last_id == _FIRST or "invalid stream id" not in str(error).lower():
                raise
        self._place, self._is_lost = _AT_FIRST, True
        return client.xread({self._stream: _FIRST}, count=_PER_READ, block=self._block_ms)


def _judge(
    entry_id: str,
    fields: Mapping[bytes, bytes],
    job_ids: Collection[str] | None,
    sequences: dict[str, int | float | str | bool],
) -> Iterator[Heard]:
    try:
        event = Event.from_json(fields.get(EVENT_FIELD.encode(), b""), source=f"Entry {entry_id} of the events")
    except ContractError as error:
        yield UnreadableEvent(entry_id, error)
        return
    if job_ids is not None and event.job_id not in job_ids:
        return
    known = sequences.get(event.job_id, 0)
    expected = (known if isinstance(known, int) else 0) + 1
    if event.sequence == expected - 1:
        return  # the same event twice
    if event.sequence != expected:
        yield GapFound(event.job_id, expected, event.sequence)
    sequences[event.job_id] = event.sequence
    yield event


def _position(place: Bookmark) -> tuple[int, ...]:
    """Ids of entries sort by their two numbers."""
    return tuple(int(number) for number in place.last_id.split("-"))
