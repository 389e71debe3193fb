"""Throw away what a person wants rendered again. First it is written down what does not count any more, then deleted:
a process that dies in between, or a node that comes back late, changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from flatiron_tasks.contracts.identity import ATTEMPT_PATTERN
from flatiron_tasks.pipeline import receipts
from flatiron_tasks.pipeline.files_on_share import read_finished
from flatiron_tasks.pipeline.job_files import JobFiles
from flatiron_tasks.pipeline.preview_files import forget_pass
from flatiron_tasks.pipeline.proofs import forget_proofs
from flatiron_tasks.share.discarded import discard, read_discarded


def discard_passes(files: JobFiles, passes: Collection[int]) -> None:
    """Discard all pieces of these passes, their layers, the textures made of them and their proofs. Raises ShareError.

    Every attempt that is under way counts as discarded too: the farm job it belongs to has ended.
    """
    if not passes:
        return
    index = receipts.list_receipts(files)
    stems = [piece.stem for item in passes for piece in files.plan.pieces(item) if piece.stem in index]
    textures = [texture for texture in files.plan.textures if not set(texture.passes).isdisjoint(passes)]
    finished = [known for texture in textures if (known := read_finished(files, texture))]
    attempts = {attempt for stem in stems for attempt in index[stem]} | _under_way(files)
    discard(files.folder, files.job.job_id, attempts=attempts, results=[item.sha256 for item in finished])
    forget_proofs(files, textures, read_discarded(files.folder, files.job.job_id).results)
    for stem in stems:
        for attempt in index[stem]:
            for suffix in (".json", ".exr"):
                (files.folder.pieces / f"{stem}.{attempt}{suffix}").unlink(missing_ok=True)
    for item in passes:
        files.folder.merged_pass(item).unlink(missing_ok=True)
        forget_pass(files, item)
    for texture in textures:
        path = files.folder.finished_texture(texture.file_name)
        path.with_name(path.name + ".json").unlink(missing_ok=True)
        path.unlink(missing_ok=True)


def _under_way(files: JobFiles) -> set[str]:
    """Attempts that have a work folder: nodes make it first and remove it last."""
    return {path.name for path in files.folder.work.iterdir() if re.fullmatch(ATTEMPT_PATTERN, path.name)}
