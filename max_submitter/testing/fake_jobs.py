"""Jobs for a `FakeSession`: rows of the job list in any state, with made-up but consistent counts."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from flatiron_tasks.contracts.job_view import JobView, PassView, TextureView
from max_submitter.session.port import JobRow

_PASSES = 12
_NAMES = ("pavilion booth_a", "pavilion booth_b", "floor", "tunnel west, second try with a rather long name", "atrium")


class _Stand(NamedTuple):
    """How far a job in some state is."""

    merged: int
    sentence: str
    remaining: float | None = None
    notes: tuple[str, ...] = ()


_STANDS = {
    "submitted": _Stand(0, "Waiting for the farm to take the job."),
    "rendering": _Stand(5, "5 of 12 passes merged, 2 render on node-03 and node-07.", 340),
    "merging": _Stand(11, "Merging the last pass.", 12),
    "delivering": _Stand(12, "2 of 3 textures in place.", 4),
    "done": _Stand(12, "All textures are in place.", 0, ("3 textures applied to 19 objects.",)),
    "ready_to_collect": _Stand(12, "Finished; this machine collects the textures.", None),
    "cancelling": _Stand(3, "Taking the job off the farm."),
    "cancelled": _Stand(3, "Cancelled; the textures that were there before are back."),
    "failed": _Stand(8, "4 passes failed."),
}
_REASON = "4 passes failed on node-05: the renderer found no licence."
_ADVICE = "Free a licence or take node-05 out of the group, then press Re-queue failed."


def job_row(number: int, state: str, *, thumbnail: Path | None = None) -> JobRow:
    """The row of one job. `number` makes its id, name and times; equal arguments give equal rows."""
    stand = _STANDS[state]
    fraction = 1.0 if state == "done" else stand.merged / (_PASSES + 1)
    is_begun = stand.merged > 0 and state != "cancelled"
    return JobRow(
        view=_view(number, state, stand),
        elapsed_seconds=245.0 + 61 * number,
        remaining_seconds=stand.remaining,
        fraction=fraction,
        thumbnail=thumbnail if is_begun else None,
        notes=stand.notes,
    )


def _view(number: int, state: str, stand: _Stand) -> JobView:
    has_failed = state == "failed"
    moment = f"2026-11-22T14:{59 - number % 60:02}:07Z"
    job_id = f"20261122-14{59 - number % 60:02}07-{number:08x}"
    return JobView(
        schema_version=1,
        job_id=job_id,
        job_name=_NAMES[number % len(_NAMES)] + (f" {number}" if number >= len(_NAMES) else ""),
        artist="mara",
        host="ws-114",
        sequence=3 + stand.merged,
        state=state,
        sentence=stand.sentence,
        waiting="",
        step="render" if has_failed else "",
        reason=_REASON if has_failed else "",
        advice=_ADVICE if has_failed else "",
        suspended=False,
        created_at=moment,
        updated_at=moment,
        published_at=moment,
        output_folder="//fileserver/projects/expo/pavilion/textures/baked/2026-11",
        job_folder=f"//fileserver/bakes/network/flatiron-{job_id}",
        farm="farm-manager:3234",
        passes=tuple(_pass(index, stand.merged, has_failed=has_failed) for index in range(_PASSES)),
        textures=_textures(state),
    )


def _pass(index: int, merged: int, *, has_failed: bool) -> PassView:
    label = f"Table {index + 1:02}, map 0"
    if index < merged:
        return PassView(label, "merged", 1, "")
    return PassView(label, "failed", 2, "no licence on node-05") if has_failed else PassView(label, "waiting", 0, "")


def _textures(state: str) -> tuple[TextureView, ...]:
    known = {"done": "delivered", "ready_to_collect": "collectable", "delivering": "delivering"}
    names = ("booth_a_CompleteMap.png", "booth_a_LightingMap.exr", "booth_a_Normals.png")
    folder = "//fileserver/projects/expo/pavilion/textures/baked/2026-11"
    return tuple(TextureView(name, known.get(state, "waiting"), f"{folder}/{name}", "", "") for name in names)
