"""Statuses in memory, for tests of what is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from flatiron_tasks.api import JobStatus, PassStatus, TextureStatus

NOW = datetime(2026, 1, 31, 14, 30, tzinfo=UTC)


def job_status(passes: Sequence[str] = (), textures: Sequence[str] = (), **changes: Any) -> JobStatus:
    """A job with passes and textures in these states."""
    status = JobStatus(
        job_id="20260131-142501-7f3a9c0d",
        job_name="Courtyard",
        state="merging",
        step="merge_pass",
        reason="",
        advice="",
        created_at=NOW - timedelta(minutes=5),
        updated_at=NOW,
        output_folder="//server/projects/courtyard/textures",
        job_folder="//server/bakes/flatiron-20260131-142501-7f3a9c0d",
        farm="manager:3234",
        passes=tuple(
            PassStatus(
                index=index,
                label=f"Object{index}",
                state=state,
                attempts=3 if state == "failed" else 0,
                reason="Piece p00001-s00-e00 holds NaN." if state == "failed" else "",
            )
            for index, state in enumerate(passes)
        ),
        textures=tuple(
            TextureStatus(index, f"CompleteMap_{index}.png", state, f"/out/CompleteMap_{index}.png", "", "")
            for index, state in enumerate(textures)
        ),
        sentence="Merging, 1 of 3 passes merged.",
        cleaned=False,
        leftovers="",
    )
    return replace(status, **changes)


FAILED = job_status(
    ("merged", "failed", "failed", "waiting", "failed"),
    ("waiting", "waiting"),
    state="failed",
    reason="3 passes could not be merged: a piece holds NaN.",
    advice="Look at the passes, then start them again.",
)
