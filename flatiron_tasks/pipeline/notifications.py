"""Tell people that a job has ended: once per end and way of telling, however often this runs.

Sending comes before noting that it was sent, so a process that dies between the two sends again, with the same key: a
receiver may get an end twice and never misses one. A receiver that is down costs one attempt per pause, whatever is
owed, and an end that it did not take within a day is given up. Nothing here holds up a job.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from time import monotonic
from typing import Protocol

import redis

from flatiron_tasks.contracts import paths
from flatiron_tasks.contracts.errors import FlatironError, StateError
from flatiron_tasks.contracts.identity import utc_text
from flatiron_tasks.contracts.layout import folder_name
from flatiron_tasks.contracts.notice import Notice
from flatiron_tasks.pipeline.context import Context
from flatiron_tasks.pipeline.measured import NOTIFICATIONS
from flatiron_tasks.pipeline.notice_book import OwedNotice
from flatiron_tasks.pipeline.states import PassState, TextureState

log = logging.getLogger(__name__)
GIVE_UP_S = 86_400.0
SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 30.0, 900.0
BUDGET_S = 20.0
"""After so long a run begins with no further end."""

CLAIM_S = 120.0
"""Longer than a run takes: the budget, and one end more in every way, none of which takes longer than
`notify.time_limit` says.
"""

REST_FACTOR = 4.0
"""A receiver that is slow rests for so many times as long as it took: whatever it does, it holds up a worker for a
fifth of the time at most, and the steps that wait for the same worker go on.
"""

SLOW_S = 2.0

MOST_NOTICES = 100
SENT, GIVEN_UP = "sent", "given up"


class Way(Protocol):
    """One way of telling, and its one receiver."""

    @property
    def name(self) -> str:
        """Short name, for the record and for metrics."""
        ...

    def send(self, notice: Notice) -> None:
        """Tell. Raises FlatironError if the receiver did not take it."""
        ...


def notify(context: Context, ways: Sequence[Way]) -> None:
    """Tell of every end that is due, unless another worker does so now."""
    with context.store.claims.only_one("notify", seconds=CLAIM_S) as mine:
        if mine:
            _Round(context, ways).run()


class _Round:
    def __init__(self, context: Context, ways: Sequence[Way]) -> None:
        self._context = context
        self._book = context.store.notices
        self._ways = ways
        self._now = context.clock.now().timestamp()
        self._health = {way.name: self._book.resting(way.name) for way in ways}

    def run(self) -> None:
        deadline = monotonic() + BUDGET_S
        for key in self._book.due(self._now, MOST_NOTICES):
            if monotonic() >= deadline:
                return
            try:
                self._tell(key)
            except redis.RedisError:
                raise
            except self._context.interruptions:
                raise
            except Exception:
                log.exception("the end %s cannot be told of", key)  # it holds up no other
                self._book.postpone(key, self._now + LONGEST_PAUSE_S)

    def _tell(self, key: str) -> None:
        owed = self._book.load(key)
        missing = [way for way in self._ways if owed is not None and way.name not in owed.told]
        if owed is None or not missing or owed.state not in self._context.settings.notifications.events:
            self._book.settle(key)
            return
        notice = _notice(self._context, owed)
        if notice is None:
            self._book.settle(key)
            return
        later = [at for way in missing if (at := self._tell_by(way, owed, notice)) is not None]
        if later:
            self._book.postpone(key, min(later))
        else:
            self._book.settle(key)

    def _tell_by(self, way: Way, owed: OwedNotice, notice: Notice) -> float | None:
        """Tell in one way. Returns when to try again, None if it is settled."""
        failures, until = self._health[way.name]
        if until > self._now:
            if not self._is_too_old(owed):
                return until
            self._give_up(way, owed)
            return None
        if not self._book.claim(owed.key, way.name, CLAIM_S):
            return self._now + CLAIM_S
        begun = monotonic()
        try:
            way.send(notice)
        except FlatironError as error:
            return self._put_off(way, owed, failures + 1, error, monotonic() - begun)
        self._book.note(owed.key, way.name, SENT)
        took = monotonic() - begun
        self._keep_health(way, 0, self._now + _rest(took) if took > SLOW_S else 0.0)
        self._count(way, SENT)
        log.info("the end %s was told by %s", owed.key, way.name)
        return None

    def _put_off(self, way: Way, owed: OwedNotice, failures: int, error: FlatironError, took: float) -> float | None:
        """Rest the receiver; an end that it refuses comes after those that it has not been told of yet."""
        self._book.give_back(owed.key, way.name)
        self._keep_health(way, failures, self._now + max(_pause(failures), _rest(took)))
        log.warning("the end %s could not be told by %s: %s", owed.key, way.name, error)
        if self._is_too_old(owed):
            self._give_up(way, owed)
            return None
        self._count(way, "again")
        return self._now + 2 * _pause(self._book.count_failure(owed.key))

    def _is_too_old(self, owed: OwedNotice) -> bool:
        return self._now - owed.ended_at >= GIVE_UP_S

    def _give_up(self, way: Way, owed: OwedNotice) -> None:
        self._book.note(owed.key, way.name, GIVEN_UP)
        self._count(way, GIVEN_UP)
        log.error("nobody is told of the end %s by %s: its receiver took nothing for a day", owed.key, way.name)

    def _keep_health(self, way: Way, failures: int, until: float) -> None:
        if self._health[way.name] != (failures, until):
            self._health[way.name] = (failures, until)
            self._book.rest(way.name, failures, until)

    def _count(self, way: Way, outcome: str) -> None:
        self._context.measures.count(NOTIFICATIONS, {"way": way.name, "outcome": outcome})


def _rest(took: float) -> float:
    """For how long a receiver that took so many seconds rests, from the beginning of the run."""
    return took * (1.0 + REST_FACTOR)


def _pause(failures: int) -> float:
    return min(LONGEST_PAUSE_S, SHORTEST_PAUSE_S * 2.0 ** min(failures - 1, 20))


def _notice(context: Context, owed: OwedNotice) -> Notice | None:
    """What is told; None for a job that has no record any more."""
    try:
        record = context.store.load(owed.job_id)
    except StateError:
        log.warning("the end %s is told to nobody: its job has no record any more", owed.key)
        return None
    finished = record.textures_in(TextureState.DELIVERED, TextureState.BESIDE, TextureState.COLLECTABLE)
    return Notice(
        schema_version=1,
        key=owed.key,
        event=owed.state,
        job_id=record.job_id,
        job_name=record.job_name,
        artist=record.artist,
        host=record.host,
        sentence=owed.sentence,
        reason=owed.reason,
        advice=owed.advice,
        passes_total=len(record.passes),
        passes_merged=len(record.passes_in(PassState.MERGED)),
        textures_total=len(record.textures),
        textures_done=len(finished),
        output_folder=record.output_folder,
        job_folder=paths.join(record.network_folder, folder_name(record.job_id)),
        farm=record.manager,
        created_at=utc_text(datetime.fromtimestamp(record.created_at, UTC)),
        ended_at=utc_text(datetime.fromtimestamp(owed.ended_at, UTC)),
        link=context.settings.notifications.link.replace("{job_id}", record.job_id),
    )
