"""Publish what people see of jobs that have changed, for artists' machines, which cannot read the records.

The record marks a job dirty together with every change; the mark goes only with a view of the newest record. Killed
anywhere, or run twice at once, it publishes again.
"""

from __future__ import annotations

import logging

from flatiron_tasks.contracts.identity import utc_text
from flatiron_tasks.contracts.job_view import JobView, PassView, TextureView
from flatiron_tasks.pipeline.context import Context
from flatiron_tasks.pipeline.job_status import JobStatus, job_status

log = logging.getLogger(__name__)
MOST_JOBS = 200
"""Views that one call publishes; what is left keeps its turn."""

RETRY_S = 60.0
"""When a job whose view could not be made is tried again."""


def publish(context: Context, *, limit: int = MOST_JOBS) -> int:
    """Publish the views of dirty jobs, the longest waiting first. Returns how many it looked at."""
    artists = context.store.artists
    dirty = artists.dirty(context.clock.now().timestamp(), limit)
    for job_id in dirty:
        try:
            _publish(context, job_id)
        except context.interruptions:
            raise
        except Exception:
            log.exception("the view of job %s cannot be published", job_id)  # it holds up no other
            artists.postpone(job_id, context.clock.now().timestamp() + RETRY_S)
    return len(dirty)


def _publish(context: Context, job_id: str) -> None:
    if not context.store.exists(job_id):
        context.store.artists.forget(job_id)
        return
    record = context.store.load(job_id)
    view = job_view(job_status(context, record), published_at=utc_text(context.clock.now()))
    context.store.artists.publish(record, view.to_json())


def job_view(status: JobStatus, *, published_at: str) -> JobView:
    """A status as the document that crosses to the artist's machine."""
    return JobView(
        schema_version=1,
        job_id=status.job_id,
        job_name=status.job_name,
        artist=status.artist,
        host=status.host,
        sequence=status.sequence,
        state=status.state,
        sentence=status.sentence,
        waiting=status.waiting,
        step=status.step,
        reason=status.reason,
        advice=status.advice,
        suspended=status.suspended,
        created_at=utc_text(status.created_at),
        updated_at=utc_text(status.updated_at),
        published_at=published_at,
        output_folder=status.output_folder,
        job_folder=status.job_folder,
        farm=status.farm,
        passes=tuple(PassView(item.label, item.state, item.attempts, item.reason) for item in status.passes),
        textures=tuple(
            TextureView(item.file_name, item.state, item.path, item.note, item.preview) for item in status.textures
        ),
    )
