"""Views and ledger entries as tests need them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from flatiron_tasks.contracts.job_view import JobView, PassView, TextureView
from max_submitter.jobs.ledger import LedgerEntry, LedgerTexture

JOB = "20260131-142501-7f3a9c0d"
BEGIN = "2026-01-31T14:25:01.000Z"


def texture(name: str, state: str, path: Path | str, *, preview: str = "") -> TextureView:
    return TextureView(name, state, str(path), "", preview)


def job_pass(state: str) -> PassView:
    return PassView("Column_04", state, 0, "")


def view(**changes: Any) -> JobView:
    return replace(_VIEW, **changes)


def entry(folder: Path, scene: Path, *names: str, **changes: Any) -> LedgerEntry:
    made = LedgerEntry(
        schema_version=1,
        job_id=JOB,
        job_name="castle",
        submitted_at=BEGIN,
        scenes=(str(scene),),
        job_folder=str(folder / f"flatiron-{JOB}"),
        output_folder=str(folder),
        farm="farm:3234",
        textures=tuple(LedgerTexture(name, str(folder / name), "") for name in names),
    )
    return replace(made, **changes)


_VIEW = JobView(
    schema_version=1,
    job_id=JOB,
    job_name="castle",
    artist="ada",
    host="ws-7",
    sequence=1,
    state="rendering",
    sentence="Rendering.",
    waiting="",
    step="",
    reason="",
    advice="",
    suspended=False,
    created_at=BEGIN,
    updated_at="2026-01-31T14:26:01.000Z",
    published_at="2026-01-31T14:26:02.000Z",
    output_folder="/out",
    job_folder=f"/share/flatiron-{JOB}",
    farm="farm:3234",
    passes=(),
    textures=(),
)
