"""Rows of the list as they were made last. A row is made anew only if it would say something else: by the second.

Not every look at a hundred jobs may cost a hundred rows: the panel looks whenever one of them has changed.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flatiron_tasks.contracts.job_view import JobView
from max_submitter.jobs.rows import ENDED, job_row
from max_submitter.session.port import JobRow

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Made:
    """A row, None if it cannot be made, and what it was made of."""

    view: JobView
    made_of: tuple[object, ...]
    row: JobRow | None


class KnownRows:
    """Rows by job id. Main thread only."""

    def __init__(self) -> None:
        self._made: dict[str, _Made] = {}

    @property
    def unshown(self) -> int:
        """How many jobs cannot be shown."""
        return sum(1 for made in self._made.values() if made.row is None)

    def row(self, view: JobView, now: datetime, *, thumbnail: Path | None, notes: tuple[str, ...]) -> JobRow | None:
        """The row of a job at a whole second; None if it cannot be shown, which is logged once."""
        made_of = (None if view.state in ENDED else now, thumbnail, notes)
        known = self._made.get(view.job_id)
        if known is not None and known.view is view and known.made_of == made_of:
            return known.row
        row = _row(view, now, thumbnail, notes, is_known=known is not None and known.row is None)
        self._made[view.job_id] = _Made(view, made_of, row)
        return row

    def keep_only(self, job_ids: set[str]) -> None:
        """Forget jobs that are in the list no more."""
        for job_id in self._made.keys() - job_ids:
            del self._made[job_id]


def _row(
    view: JobView, now: datetime, thumbnail: Path | None, notes: tuple[str, ...], *, is_known: bool
) -> JobRow | None:
    try:
        return job_row(view, now, thumbnail=thumbnail, notes=notes)
    except (ValueError, ArithmeticError):
        if not is_known:
            log.exception("job %s cannot be shown", view.job_id)
        return None
