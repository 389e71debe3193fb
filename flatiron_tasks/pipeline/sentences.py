"""One sentence that tells an artist where a job stands."""

from __future__ import annotations

from flatiron_tasks.contracts import paths
from flatiron_tasks.contracts.layout import folder_name
from flatiron_tasks.pipeline.record import JobRecord
from flatiron_tasks.pipeline.states import WORKING, JobState, PassState, TextureState


def sentence(record: JobRecord, trouble: str = "") -> str:
    """Where the job stands, and what is awaited; `trouble` is what keeps its farm manager from answering."""
    merged = len(record.passes_in(PassState.MERGED))
    finished = len(record.textures) - len(record.textures_in(TextureState.WAITING, TextureState.FAILED))
    passes = f"{merged} of {len(record.passes)} passes merged"
    textures = f"{finished} of {len(record.textures)} textures finished"
    text = {
        JobState.SUBMITTED: "Waiting for a worker to hand the job to the farm.",
        JobState.RENDERING: f"Rendering on the farm, {passes}.",
        JobState.MERGING: f"Merging, {passes}.",
        JobState.DELIVERING: f"Composing textures, {textures}.",
        JobState.DONE: _done(record),
        JobState.READY_TO_COLLECT: "All textures are finished; collect them on the machine that submitted the job: "
        f"`flatiron collect {record.job_id}`.",
        JobState.CANCELLING: "Being cancelled.",
        JobState.CANCELLED: "Cancelled.",
        JobState.FAILED: record.reason or "Failed.",
    }[record.state]
    waiting = (record.farm_note, record.share_note, trouble) if record.state in _WAITING else ()
    working = (record.share_trouble,) if record.state in WORKING else ()
    return " ".join(part for part in (text, *waiting, *working) if part)


_IN_PLACE = "All textures are in place."
_WAITING = (JobState.SUBMITTED, JobState.RENDERING, JobState.CANCELLING)


def _done(record: JobRecord) -> str:
    beside = record.textures_in(TextureState.BESIDE)
    text = _finished([texture.note for texture in beside])
    if record.keep_pieces:
        return f"{text} {kept(record)}"
    if not record.leftovers:
        return text
    return f"{text} These files in the job folder are not the job's and stay: {record.leftovers}"


def _finished(notes_beside: list[str]) -> str:
    """`notes_beside`: one for each texture that stands beside its name."""
    if not notes_beside:
        return _IN_PLACE
    if len(notes_beside) == 1:
        return f"Finished; 1 texture stands beside its name: {notes_beside[0]}"
    return f"Finished; {len(notes_beside)} textures stand beside their names: {notes_beside[0]}"


def kept(record: JobRecord) -> str:
    """Where a job folder is that stays, and how it goes."""
    folder = paths.join(record.network_folder, folder_name(record.job_id))
    return f"The job folder is kept; delete it by hand when nobody needs its pieces any more: {folder}"
