"""Whose a job is, and who may therefore ask something of it. Accounts are `artist_key`s; None may do everything."""

from __future__ import annotations

from flatiron_tasks.contracts.channels import artist_key
from flatiron_tasks.contracts.errors import ForbiddenError
from flatiron_tasks.contracts.job import JobDescription
from flatiron_tasks.pipeline.record import JobRecord


def refuse_strangers(record: JobRecord, account: str | None) -> None:
    """Raises ForbiddenError if the job is another artist's."""
    _refuse_other(record.job_id, record.artist, account)


def refuse_other_submitters(job: JobDescription, account: str | None) -> None:
    """Raises ForbiddenError if `job.desc` says that somebody else has submitted it."""
    _refuse_other(job.job_id, job.submitted_by.user, account)


def _refuse_other(job_id: str, artist: str, account: str | None) -> None:
    if account is not None and artist_key(artist) != account:
        raise ForbiddenError(
            f"Job {job_id} is not one of {account}.", advice="Ask the artist whose job it is, or a technical director."
        )
