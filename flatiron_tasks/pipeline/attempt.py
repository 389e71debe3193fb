"""Attempts at a step that can go wrong: counted, so that trouble which passes by itself is tried again a few times,
and nothing is tried for ever without telling anybody.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import redis

from flatiron_tasks.contracts.errors import FlatironError, ShareError, StaleLeaseError, UnexpectedError
from flatiron_tasks.pipeline.context import Context
from flatiron_tasks.pipeline.next_steps import Step

log = logging.getLogger(__name__)
DEATHS_BEFORE_FAILED = 10
"""So often may a worker die in the middle of one step before the step itself is suspected (memory, a bad library)."""


@dataclass(frozen=True)
class Subject:
    """What is worked on: `kind` is "passes" or "textures", `name` is for people."""

    step: Step
    kind: str
    index: int
    name: str


@contextmanager
def attempt(context: Context, subject: Subject, give_up: Callable[[FlatironError], None]) -> Iterator[None]:
    """Run a block as one attempt. `give_up` notes the failure once no further attempt makes sense.

    Every error leaves as a FlatironError, except those of Redis: without it nothing can be noted, and the sweep
    starts the step again.
    """
    _refuse_poison(context, subject, give_up)
    try:
        yield
    except (StaleLeaseError, redis.RedisError):
        raise
    except Exception as error:
        known = _known(error, subject.name)
        job_id = str(subject.step.arguments[0])
        failures = context.store.count_attempt(job_id, subject.kind, subject.index, "attempts")
        if not known.retryable or failures >= context.settings.max_attempts:
            give_up(known)
        raise known from error


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


def _refuse_poison(context: Context, subject: Subject, give_up: Callable[[FlatironError], None]) -> None:
    """Fail a step in whose middle workers keep dying, before another one does."""
    job_id = str(subject.step.arguments[0])
    starts = context.store.count_attempt(job_id, subject.kind, subject.index, "starts")
    if starts > DEATHS_BEFORE_FAILED + context.settings.max_attempts:
        error = UnexpectedError(
            f"{subject.name} was begun {starts - 1} times and never ended.",
            why="The worker died each time, perhaps for lack of memory.",
            advice="Look at the workers' logs and memory.",
        )
        give_up(error)
        raise error


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
