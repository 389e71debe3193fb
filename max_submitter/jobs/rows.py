"""From what is published of a job to a row of the list: how long, how far, how much longer. Pure functions."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

from flatiron_tasks.contracts.identity import read_time, utc_text
from flatiron_tasks.contracts.job_view import JobView, PassView, TextureView
from max_submitter.jobs.ledger import LedgerEntry
from max_submitter.session.port import JobRow

ENDED: Final = ("done", "failed", "cancelled")
_DELIVERED: Final = ("delivered", "beside", "collectable")
_WEIGHT_OF_PASS: Final = {"rendered": 0.8, "merging": 0.9, "merged": 1.0}
_PASSES_OF_ALL: Final = 0.9
"""Share of the passes in the whole; the rest is making textures of them."""
_TELLING_FRACTION: Final = 0.05
"""Below it, an estimate of the remaining time would jump about."""


def job_row(view: JobView, now: datetime, *, thumbnail: Path | None, notes: tuple[str, ...]) -> JobRow:
    """The row of a job; `now` is by the clock that dates views, the clock of Redis."""
    fraction = progress(view)
    elapsed = max(0.0, (_end(view, now) - read_time(view.created_at)).total_seconds())
    return JobRow(
        view=view,
        elapsed_seconds=elapsed,
        remaining_seconds=_remaining(view, fraction, elapsed),
        fraction=fraction,
        thumbnail=thumbnail,
        notes=notes,
    )


def progress(view: JobView) -> float:
    """From 0 to 1, by passes and textures."""
    if view.state == "done":
        return 1.0
    passes = _mean([_WEIGHT_OF_PASS.get(item.state, 0.0) for item in view.passes])
    textures = _mean([float(item.state in _DELIVERED) for item in view.textures])
    return _PASSES_OF_ALL * passes + (1 - _PASSES_OF_ALL) * textures


def announced(entry: LedgerEntry, *, artist: str, host: str, now: datetime) -> JobView:
    """What to show of a job that the workers have not taken yet."""
    return JobView(
        schema_version=1,
        job_id=entry.job_id,
        job_name=entry.job_name,
        artist=artist,
        host=host,
        sequence=0,
        state="submitted",
        sentence="Submitted; no worker has taken it yet.",
        waiting="It waits for a worker. If this stays for a minute, ask whether the workers run.",
        step="",
        reason="",
        advice="",
        suspended=False,
        created_at=entry.submitted_at,
        updated_at=entry.submitted_at,
        published_at=utc_text(now),
        output_folder=entry.output_folder,
        job_folder=entry.job_folder,
        farm=entry.farm,
        passes=tuple[PassView, ...](),
        textures=tuple(TextureView(item.file_name, "waiting", item.shown, "", "") for item in entry.textures),
    )


def _remaining(view: JobView, fraction: float, elapsed: float) -> float | None:
    if view.state in ENDED or view.suspended or not _TELLING_FRACTION <= fraction < 1:
        return None
    return elapsed * (1 - fraction) / fraction


def _end(view: JobView, now: datetime) -> datetime:
    return read_time(view.updated_at) if view.state in ENDED else now


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0
