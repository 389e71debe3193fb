"""Forget what ended long ago: records, histories and views of jobs, and farm managers that have none.

A job that has ended is forgotten after `keep_ended_days`, when it is cleaned up behind. One that failed waits for a
person, much longer: after `keep_failed_days` it counts as given up. Its folder stays on the share, with the mark that
keeps it from beginning again. Deletes no file of a job.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from flatiron_tasks.contracts.errors import FlatironError
from flatiron_tasks.pipeline.context import Context
from flatiron_tasks.pipeline.expiry_book import OldJob
from flatiron_tasks.pipeline.next_steps import is_left_on_farm
from flatiron_tasks.pipeline.states import ENDED, JobState
from flatiron_tasks.pipeline.steps.clean_temp import mark_ended, take_back_mark

log = logging.getLogger(__name__)
MOST_JOBS = 100
"""Jobs of one state that one call looks at; the others keep their turn."""

MOST_FAILED_JOBS = 10
"""The same for failed ones, whose folders must be marked on the share."""


def forget_old(context: Context) -> int:
    """Forget some of what is old enough. Returns how many jobs were forgotten. A job that resists is logged."""
    settings, now, forgotten = context.settings, context.clock.now(), 0
    if settings.keep_ended_days:
        before = now - timedelta(days=settings.keep_ended_days)
        forget = context.store.expiry.forget
        forgotten += sum(_forget_some(context, state, before, MOST_JOBS, forget) for state in ENDED)
        for manager in context.store.managers():
            context.store.expiry.forget_manager(manager, before)
    if settings.keep_failed_days:
        before = now - timedelta(days=settings.keep_failed_days)

        def give_up(job: OldJob, before: datetime) -> bool:
            return _give_up(context, job, before)

        forgotten += _forget_some(context, JobState.FAILED, before, MOST_FAILED_JOBS, give_up)
    return forgotten


def _forget_some(
    context: Context, state: JobState, before: datetime, limit: int, forget: Callable[[OldJob, datetime], bool]
) -> int:
    book = context.store.expiry
    old = book.oldest(state, before, limit)
    forgotten = sum(_forget_or_log(job, before, forget) for job in old)
    if len(old) == limit:
        book.skip(state, limit - forgotten)
    else:
        book.begin_again(state)
    return forgotten


def _forget_or_log(job: OldJob, before: datetime, forget: Callable[[OldJob, datetime], bool]) -> bool:
    try:
        is_forgotten = forget(job, before)
    except (FlatironError, OSError) as error:
        log.warning("job %s cannot be forgotten: %s", job.job_id, error)
        return False
    if is_forgotten:
        log.info("job %s has been %s for long, and is forgotten", job.job_id, job.state)
    return is_forgotten


def _give_up(context: Context, job: OldJob, before: datetime) -> bool:
    """The mark comes first: a record that is gone before it would be made anew from the job folder."""
    if context.store.exists(job.job_id) and is_left_on_farm(context.store.load(job.job_id)):
        return False  # the sweep still takes it off the farm
    mark_ended(context, job.job_id, "failed")
    is_forgotten = context.store.expiry.forget(job, before)
    if not is_forgotten:
        take_back_mark(context, job.job_id, "failed")  # a person has just taken it up again
    return is_forgotten
