"""Attempts at a step that can go wrong: counted, so that trouble which passes by itself is tried again a few times,
and nothing is tried for ever without telling anybody.
"""

from __future__ import annotations

import logging
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import redis

from flatiron_tasks.contracts.errors import (
    FlatironError,
    ShareError,
    StaleLeaseError,
    UnexpectedError,
    sentences,
)
from flatiron_tasks.pipeline.context import Context
from flatiron_tasks.pipeline.measured import ATTEMPTS
from flatiron_tasks.pipeline.next_steps import DISPATCH, Step
from flatiron_tasks.pipeline.record import JobRecord
from flatiron_tasks.pipeline.share_trouble import share_pause, share_sentence, share_trouble

log = logging.getLogger(__name__)
DEATHS_BEFORE_FAILED = 10
"""So often may a worker die in the middle of one step before the step itself is suspected (memory, a bad library)."""

LONGEST_DISPATCH_PAUSE_S = 600.0
_SHOWN_IN_STATUS = 300


@dataclass(frozen=True)
class Subject:
    """What is worked on: `kind` is "passes" or "textures", `name` is for people."""

    step: Step
    kind: str
    index: int
    name: str

    @property
    def job_id(self) -> str:
        """The job that it belongs to."""
        return str(self.step.arguments[0])

    @property
    def requeue_command(self) -> str:
        """What a person types to have it done again."""
        chosen = f" --pass {self.index}" if self.kind == "passes" else ""
        return f"flatiron requeue {self.job_id}{chosen}"


@contextmanager
def attempt(context: Context, subject: Subject, give_up: Callable[[FlatironError], None]) -> Iterator[None]:
    """Run a block as one attempt. `give_up` notes the failure once no further attempt makes sense.

    Every error leaves as a FlatironError, after the record was written, and says how it goes on; except those of Redis:
    without it nothing can be noted, and the sweep starts the step again. A share that is full, read-only or away uses
    up no attempt, for `share_patience_hours`.
    """
    _refuse_poison(context, subject, give_up)
    try:
        yield
    except redis.RedisError:
        raise
    except StaleLeaseError:
        _count_end(context, subject.step.name, "overtaken")
        raise
    except Exception as error:
        known = _known(error, subject.name)
        known = share_trouble(known, error, subject.job_id, context.settings.network_folders) or known
        if known.patient:
            raise _wait_for_share(context, subject, known, give_up) from error
        failures = context.store.steps.count_attempt(subject.job_id, subject.kind, subject.index, "attempts")
        most = context.settings.max_attempts
        is_over = not known.retryable or failures >= most
        _count_end(context, subject.step.name, "failed" if is_over else "again")
        if is_over:
            give_up(known)
            raise _with_command(known, subject) from error
        known.advice = sentences(known.advice, f"This was try {failures} of {most}; the next one comes by itself")
        raise known from error
    else:
        _count_end(context, subject.step.name, "done")
        context.store.steps.share_is_back(subject.job_id, "Merging and delivering go on.")


def _wait_for_share(
    context: Context, subject: Subject, error: FlatironError, give_up: Callable[[FlatironError], None]
) -> FlatironError:
    """Put the steps of the job off, later and later, or give up after hours. Returns the error as people see it."""
    now, hours = context.clock.now().timestamp(), context.settings.share_patience_hours
    since = context.store.load(subject.job_id).share_away_since or now
    is_over = now - since >= hours * 3600
    _count_end(context, subject.step.name, "failed" if is_over else "again")
    if is_over:
        context.store.note(subject.job_id, "share_after", "")  # for the others it is the last try, too: all at once
        error = type(error)(error.what, why=sentences(f"{error.why}, for {hours:g} hours", error.advice))
        give_up(error)
        return _with_command(error, subject)
    pause = share_pause(now - since, context.settings.step_stalled_seconds)
    _put_off_steps(context, subject, error, since=since, after=now + pause)
    error.advice = sentences(error.advice, f"The next try comes by itself in {round(pause)} s and uses up no attempt")
    return error


def _put_off_steps(context: Context, subject: Subject, error: FlatironError, *, since: float, after: float) -> None:
    context.store.steps.wait_for_share(
        subject.job_id,
        subject.kind,
        subject.index,
        subject.step.key,
        since=since,
        after=after,
        why=error.why,
        sentence=share_sentence(error, since),
    )


def _count_end(context: Context, step: str, end: str) -> None:
    context.measures.count(ATTEMPTS, {"step": step, "end": end})


@contextmanager
def told(context: Context, job_id: str, what: str) -> Iterator[None]:
    """Run a block whose failure is only delay: the job's record says why, and the sweep starts the step again."""
    try:
        yield
    except redis.RedisError:
        raise
    except Exception as error:
        known = _known(error, what)
        context.store.note(job_id, "farm_note", str(known), sentence=str(known))
        raise known from error


@contextmanager
def dispatch_attempt(context: Context, record: JobRecord, give_up: Callable[[FlatironError], None]) -> Iterator[None]:
    """Run a dispatch. A failure that counts (`errors.py`) is tried again a few times, after growing pauses.

    One that no further attempt can mend, or the last of those, goes to `give_up`. While somebody is away the record
    says who, for as long as it takes.
    """
    try:
        yield
    except redis.RedisError:
        raise
    except Exception as error:
        known = _known(error, "Handing the job to the farm")
        _count_end(context, DISPATCH, "again" if known.retryable else "failed")
        if not known.retryable:
            give_up(known)
        elif known.counted:
            _put_off(context, record, known, give_up)
        else:
            context.store.note(record.job_id, "farm_note", str(known), sentence=str(known))
        raise known from error
    else:
        _count_end(context, DISPATCH, "done")


def dispatch_pause(failures: int, shortest: float) -> float:
    """Seconds until the next attempt at a dispatch that has failed so often in a row: doubling, within bounds."""
    return min(shortest * 2.0 ** min(failures - 1, 30), max(shortest, LONGEST_DISPATCH_PAUSE_S))


def _put_off(
    context: Context, record: JobRecord, error: FlatironError, give_up: Callable[[FlatironError], None]
) -> None:
    failures, limit = record.dispatch_failures + 1, context.settings.max_attempts
    if failures >= limit:
        often = f"{failures} attempts" if failures > 1 else "its only attempt"
        give_up(type(error)(f"Handing the job to the farm failed in {often}.", why=error.reason, advice=error.advice))
        return
    after = context.clock.now().timestamp() + dispatch_pause(failures, context.settings.step_stalled_seconds)
    why = textwrap.shorten(error.reason, _SHOWN_IN_STATUS, placeholder=" …")
    sentence = f"Attempt {failures} of {limit} to hand the job to the farm failed and is repeated: {why}"
    context.store.steps.put_off_dispatch(record.job_id, failures, after, sentence)


def _refuse_poison(context: Context, subject: Subject, give_up: Callable[[FlatironError], None]) -> None:
    """Fail a step in whose middle workers keep dying, before another one does."""
    starts = context.store.steps.count_attempt(subject.job_id, subject.kind, subject.index, "starts")
    if starts > DEATHS_BEFORE_FAILED + context.settings.max_attempts:
        error = UnexpectedError(
            f"{subject.name} was begun {starts - 1} times and never ended.",
            why="The worker died each time, perhaps for lack of memory.",
            advice="Look at the workers' logs and memory.",
        )
        give_up(error)
        raise _with_command(error, subject)


def _with_command(error: FlatironError, subject: Subject) -> FlatironError:
    """The error as dashboards show it to a TD, who may know nothing of the record."""
    error.advice = sentences(error.advice, f"Once the cause is mended, `{subject.requeue_command}` tries it again")
    return error


def _known(error: Exception, what: str) -> FlatironError:
    if isinstance(error, FlatironError):
        return error
    if isinstance(error, OSError):
        return ShareError(f"{what} did not succeed.", why=str(error), advice="Check the share.")
    log.exception("%s failed unexpectedly", what)
    return UnexpectedError(
        f"{what} failed unexpectedly.",
        why=f"{type(error).__name__}: {error}",
        advice="Look at the worker's log and report this.",
    )
