"""Jobs page by page and the history of each, for people who look at many. Reads what the scripts of the record keep.

A page costs a few round trips, however many jobs there are: it walks the sorted sets from a bookmark on and stops when
it is full, or when it has looked at `LOOKS` jobs; then its bookmark says where to go on.
"""

from __future__ import annotations

import heapq
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from flatiron_tasks.contracts.channels import artist_key
from flatiron_tasks.contracts.errors import BadInputError, ContractError
from flatiron_tasks.contracts.event import Event
from flatiron_tasks.pipeline.states import JobState

log = logging.getLogger(__name__)
LOOKS = 1000
"""So many jobs a page looks at, at most, while it seeks those that pass its filters."""

_CHUNK = 100
_FIELDS = (
    "state",
    "job_name",
    "artist",
    "manager",
    "passes_total",
    "passes_merged",
    "textures_total",
    "textures_done",
    "created_at",
    "updated_at",
    "reason",
    "suspended",
)
_Place = tuple[float, str]
"""Score and member of a sorted set; a page goes down in this order, as ZREVRANGE does."""


@dataclass(frozen=True)
class JobRow:
    """One job in a list. Times are seconds since the epoch by the clock of Redis; `reason` is why it failed.

    `state` is a `JobState`, or whatever another version of the pipeline calls it.
    """

    job_id: str
    state: str
    job_name: str
    artist: str
    farm: str
    passes_total: int
    passes_merged: int
    textures_total: int
    textures_done: int
    created_at: float
    updated_at: float
    reason: str
    suspended: bool


@dataclass(frozen=True)
class JobPage:
    """Some jobs. `after` is the bookmark of the next page, empty at the end; `looked_at` counts unfit ones too."""

    rows: tuple[JobRow, ...]
    after: str
    looked_at: int


class JobIndex:
    """The lists of jobs."""

    def __init__(self, client: Any, prefix: str) -> None:
        self._redis = client
        self._prefix = prefix

    def page(self, *, states: Sequence[JobState], artist: str, farm: str, text: str, after: str, count: int) -> JobPage:
        """The next `count` jobs behind a bookmark that pass all filters. Raises BadInputError for a bad bookmark."""
        fits = _Filter(artist_key(artist) if artist.strip() else "", farm.strip(), text.strip().casefold())
        begin = _read_bookmark(after)
        keys = [f"{self._prefix}:state:{state}" for state in states] or [f"{self._prefix}:jobs"]
        places = heapq.merge(*(self._down(key, begin) for key in keys), reverse=True)
        rows: list[JobRow] = []
        looked_at = 0
        while looked_at < LOOKS and (chunk := list(islice(places, _CHUNK))):
            for place, row in zip(chunk, self._rows([job_id for _, job_id in chunk]), strict=True):
                looked_at += 1
                if row is None or not fits(row) or (states and row.state not in states):
                    continue
                rows.append(row)
                if len(rows) == count:
                    is_last = place == chunk[-1] and next(places, None) is None
                    return JobPage(tuple(rows), "" if is_last else _bookmark(place), looked_at)
        more = looked_at >= LOOKS and next(places, None) is not None
        return JobPage(tuple(rows), _bookmark(chunk[-1]) if more else "", looked_at)

    def counts(self) -> dict[JobState, int]:
        """How many jobs are in each state."""
        pipe = self._redis.pipeline(transaction=False)
        for state in JobState:
            pipe.zcard(f"{self._prefix}:state:{state}")
        return dict(zip(JobState, pipe.execute(), strict=True))

    def unknown(self, job_ids: Sequence[str]) -> list[str]:
        """Which of these jobs have no record. Costs one command for each `_CHUNK` of jobs that all have one."""
        keys = [f"{self._prefix}:job:{job_id}" for job_id in job_ids]
        pipe = self._redis.pipeline(transaction=False)
        for begin in range(0, len(keys), _CHUNK):
            pipe.exists(*keys[begin : begin + _CHUNK])
        doubtful: list[str] = []
        for number, known in enumerate(pipe.execute()):
            some = job_ids[number * _CHUNK : (number + 1) * _CHUNK]
            doubtful += some if known < len(some) else ()
        for job_id in doubtful:
            pipe.exists(f"{self._prefix}:job:{job_id}")
        return [job_id for job_id, known in zip(doubtful, pipe.execute(), strict=True) if not known]

    def history(self, job_id: str) -> tuple[Event, ...]:
        """The last events of a job, oldest first, without those that this version cannot read."""
        texts = self._redis.lrange(f"{self._prefix}:job:{job_id}:history", 0, -1)
        return tuple(event for text in texts if (event := _event(text, job_id)))

    def last_event_id(self) -> str:
        """Where the stream of all events ends now."""
        newest = self._redis.xrevrange(f"{self._prefix}:events", count=1)
        return str(newest[0][0]) if newest else "0-0"

    def _down(self, key: str, begin: _Place | None) -> Iterator[_Place]:
        """The places of a sorted set below a bookmark, from the top down."""
        top, offset = ("+inf", 0) if begin is None else (repr(begin[0]), 0)
        while chunk := self._redis.zrevrangebyscore(key, top, "-inf", start=offset, num=_CHUNK, withscores=True):
            for job_id, score in chunk:
                place = (float(score), str(job_id))
                if begin is None or place < begin:
                    yield place
            offset += len(chunk)

    def _rows(self, job_ids: Sequence[str]) -> list[JobRow | None]:
        pipe = self._redis.pipeline(transaction=False)
        for job_id in job_ids:
            pipe.hmget(f"{self._prefix}:job:{job_id}", _FIELDS)
        return [_readable_row(job_id, values) for job_id, values in zip(job_ids, pipe.execute(), strict=True)]


@dataclass(frozen=True)
class _Filter:
    """What a row must be; empty texts ask for nothing."""

    artist: str
    farm: str
    text: str

    def __call__(self, row: JobRow) -> bool:
        return (
            (not self.artist or artist_key(row.artist) == self.artist)
            and (not self.farm or row.farm == self.farm)
            and (not self.text or self.text in row.job_name.casefold() or self.text in row.job_id)
        )


def _event(text: str, job_id: str) -> Event | None:
    try:
        return Event.from_json(text, source=f"history of {job_id}")
    except ContractError as error:
        log.warning("An event is left out: %s", error)
        return None


def _readable_row(job_id: str, values: Sequence[str | None]) -> JobRow | None:
    """A row, or None for a job whose record is gone or cannot be read."""
    try:
        return _row(job_id, values)
    except ValueError as error:
        log.warning("Job %s is left out of a list: %s", job_id, error)
        return None


def _row(job_id: str, values: Sequence[str | None]) -> JobRow | None:
    """A row, or None for a job whose record is gone."""
    of = dict(zip(_FIELDS, values, strict=True))
    if not of["state"]:
        return None
    return JobRow(
        job_id=job_id,
        state=of["state"],
        job_name=of["job_name"] or "",
        artist=of["artist"] or "",
        farm=of["manager"] or "",
        passes_total=int(of["passes_total"] or 0),
        passes_merged=int(of["passes_merged"] or 0),
        textures_total=int(of["textures_total"] or 0),
        textures_done=int(of["textures_done"] or 0),
        created_at=float(of["created_at"] or 0),
        updated_at=float(of["updated_at"] or 0),
        reason=of["reason"] or "",
        suspended=of["suspended"] == "1",
    )


def _bookmark(place: _Place) -> str:
    return f"{place[0]!r}~{place[1]}"


def _read_bookmark(text: str) -> _Place | None:
    if not text:
        return None
    score, tilde, job_id = text.partition("~")
    try:
        if tilde and job_id and float(score) > 0:
            return float(score), job_id
    except ValueError:
        pass
    raise BadInputError(f"{text!r} is no bookmark of a page.", advice="Begin again at the first page.")
