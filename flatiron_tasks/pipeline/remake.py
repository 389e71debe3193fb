"""Make a texture again from the pieces in its job folder, which stays as it is. Does not judge: `proof_check`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from flatiron_tasks.contracts.finished import FinishedTexture
from flatiron_tasks.contracts.layout import DISCARDED
from flatiron_tasks.pipeline import pass_merge, receipts
from flatiron_tasks.pipeline.files_on_share import read_merged_pass
from flatiron_tasks.pipeline.job_files import JobFiles
from flatiron_tasks.pipeline.plan import Texture
from flatiron_tasks.pipeline.proofs import pieces_of
from flatiron_tasks.pipeline.texture_finish import finish_texture
from flatiron_tasks.share.discarded import discard, read_discarded
from flatiron_tasks.share.temporary_folder import temporary_folder

Progress = Callable[[str, int, int], None]
"""Called with what is being done, the number of finished units and of all units."""

_LONGEST_S = 24 * 3600.0  # layers and textures may be gigabytes, but no check takes a day


@dataclass(frozen=True)
class Remade:
    """The texture that was made, and number and digest of its pieces (`proofs.pieces_of`)."""

    texture: FinishedTexture
    pieces: int
    pieces_sha256: str


def remake(files: JobFiles, texture: Texture, on_progress: Progress) -> Remade:
    """Merge and compose as ever, in a temporary folder. Of several attempts, those count that the merged passes name.

    Raises NotReadyError if pieces are missing or rejected, ShareError.
    """
    with temporary_folder("flatiron-verify", longest_s=_LONGEST_S) as folder:
        trial = files.folder.with_results_in(folder)
        trial.discarded = folder / DISCARDED
        for made in (trial.layers, trial.textures):
            made.mkdir()
        discarded = read_discarded(files.folder, files.job.job_id).attempts
        discard(trial, files.job.job_id, attempts=(*discarded, *_passed_over(files, texture)), results=())
        copy = JobFiles(trial, files.job, files.plan)
        finished = _made(copy, texture, on_progress)
        return Remade(finished, *pieces_of(copy, texture))


def _made(files: JobFiles, texture: Texture, on_progress: Progress) -> FinishedTexture:
    merged = {}
    for number, index in enumerate(texture.passes):
        on_progress(f"pass {index} ({files.plan.passes[index].label})", number, len(texture.passes))
        merged[index] = pass_merge.merge_pass(files, index)
    return finish_texture(files, texture, merged.get)


def _passed_over(files: JobFiles, texture: Texture) -> Iterator[str]:
    """Attempts beside the accepted ones, where these are still there: some may have arrived after the merge."""
    index = receipts.list_receipts(files)
    for pass_index in texture.passes:
        merged = read_merged_pass(files, pass_index)
        for strip, accepted in enumerate(merged.attempts if merged else ()):
            complete = receipts.complete_attempts(files.plan, index, pass_index, strip)
            if accepted in complete:
                yield from (attempt for attempt in complete if attempt != accepted)
