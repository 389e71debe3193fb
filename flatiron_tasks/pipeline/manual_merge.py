"""Manual Merge: finish a job from its folder alone, without Redis, farm or the machine that submitted it.

Refused early, with the list of what is missing, and then nothing is touched. `partial` writes a picture of what is
there beside the final name, holes marked loudly, and never replaces anything. That picture does not carry the mark of a
texture, so that nothing takes it for one.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from flatiron_tasks.contracts.errors import BadInputError, NotReadyError, PathMappingError
from flatiron_tasks.contracts.merged_pass import MergedPass
from flatiron_tasks.imaging import compose
from flatiron_tasks.pipeline import pass_merge, receipts
from flatiron_tasks.pipeline.context import path_mapping
from flatiron_tasks.pipeline.files_on_share import read_finished, read_merged_pass
from flatiron_tasks.pipeline.job_files import JobFiles, read_job
from flatiron_tasks.pipeline.plan import Texture
from flatiron_tasks.pipeline.proofs import keep_proof
from flatiron_tasks.pipeline.texture_finish import finish_texture, spec_of
from flatiron_tasks.settings import Settings
from flatiron_tasks.share.delivery import deliver
from flatiron_tasks.share.discarded import read_discarded
from flatiron_tasks.share.job_files import partial_name
from flatiron_tasks.share.path_mapping import PathMapping

Progress = Callable[[str, int, int], None]
"""Called with what is being done, the number of finished units and of all units."""


@dataclass(frozen=True)
class ManualMergeReport:
    """What became of every texture: (file name, path, outcome), and remarks for people."""

    textures: tuple[tuple[str, str, str], ...]
    notes: tuple[str, ...] = ()


def merge_by_hand(
    description: Path, settings: Settings, *, partial: bool = False, on_progress: Progress = lambda *_: None
) -> ManualMergeReport:
    """Merge a job from its `job.desc`.

    Raises NotReadyError listing every piece that is missing or rejected, before anything outside the job folder is
    touched; ContractError, ShareError for a job folder that cannot be read.
    """
    files, mapping = read_job(description), path_mapping(settings)
    if files.folder.ended.exists() and not files.job.keep_pieces:
        raise BadInputError(f"{files.job.job_name} has ended; what is left in its folder is not its own.")
    finished = all(read_finished(files, texture) for texture in files.plan.textures)
    threads = settings.merge_threads
    merged, problems = ({}, []) if finished else _merge_passes(files, on_progress, threads=threads)
    if problems and not partial:
        raise NotReadyError(
            f"{files.job.job_name} cannot be merged yet: {len(problems)} of {len(files.plan.passes)} passes are not "
            "complete. Nothing was changed.",
            why=" ".join(error.why or error.what for error in problems),
            advice="Wait until the farm has finished, or render the missing passes again. "
            "`flatiron merge --partial` shows what is there.",
        )
    if problems:
        return _partial(files, mapping, merged, problems, on_progress, threads=threads)
    return _deliver_all(files, mapping, merged, on_progress, threads=threads)


def _merge_passes(
    files: JobFiles, on_progress: Progress, *, threads: int
) -> tuple[dict[int, MergedPass], list[NotReadyError]]:
    """Merge what is complete; find out cheaply what is missing before reading any pixels."""
    merged: dict[int, MergedPass] = {}
    problems: list[NotReadyError] = []
    passes = files.plan.passes
    index = receipts.list_receipts(files)
    unmerged = [item.index for item in passes if read_merged_pass(files, item.index) is None]
    incomplete = set(unmerged) - set(receipts.complete_passes(files.plan, index, unmerged))
    for number, item in enumerate(passes):
        on_progress(f"pass {item.index} ({item.label})", number, len(passes))
        try:
            known = read_merged_pass(files, item.index)
            if known is None and incomplete - {item.index} and item.index not in incomplete:
                continue  # something else is missing anyway: do not merge for nothing
            merged[item.index] = known or pass_merge.merge_pass(files, item.index, threads=threads)
        except NotReadyError as error:
            problems.append(error)
    return merged, problems


def _deliver_all(
    files: JobFiles, mapping: PathMapping, merged: dict[int, MergedPass], on_progress: Progress, *, threads: int
) -> ManualMergeReport:
    rows: list[tuple[str, str, str]] = []
    notes: list[str] = [note for item in merged.values() for note in item.notes]
    for number, texture in enumerate(files.plan.textures):
        on_progress(texture.file_name, number, len(files.plan.textures))
        finished = read_finished(files, texture)
        if finished is None:
            finished = finish_texture(files, texture, merged.get, threads=threads)
        notes.extend((*finished.notes, *keep_proof(files, texture, finished)))
        source = files.folder.finished_texture(texture.file_name)
        final = _final_path(files, mapping, texture)
        delivery = final and deliver(
            source,
            final,
            job_id=files.job.job_id,
            placeholder_sha256=files.job.placeholders[texture.index].sha256,
            finished_sha256=finished.sha256,
            create_missing=True,
            earlier_sha256=read_discarded(files.folder, files.job.job_id).results,
        )
        path, outcome = (delivery.path, delivery.outcome) if delivery else ("", "absent")
        rows.append((texture.file_name, path or str(source), outcome))
    return ManualMergeReport(tuple(rows), tuple(notes))


def _final_path(files: JobFiles, mapping: PathMapping, texture: Texture) -> Path | None:
    """The final path, or None if this machine does not see the output folder."""
    try:
        folder = Path(mapping.to_local(files.job.output_folder))
    except PathMappingError:
        return None
    return folder / texture.file_name if folder.is_dir() else None


def _partial(
    files: JobFiles,
    mapping: PathMapping,
    merged: dict[int, MergedPass],
    problems: list[NotReadyError],
    on_progress: Progress,
    *,
    threads: int,
) -> ManualMergeReport:
    rows: list[tuple[str, str, str]] = []
    notes = [str(error) for error in problems]
    complete = merged | _merge_what_is_there(files, merged, threads=threads)
    for number, texture in enumerate(files.plan.textures):
        on_progress(f"partial {texture.file_name}", number, len(files.plan.textures))
        final = _final_path(files, mapping, texture) or files.folder.finished_texture(texture.file_name)
        out = final.with_name(partial_name(texture.file_name, files.job.job_id))
        unusable = _compose_partial(files, texture, complete, out, threads=threads)
        missing = {*texture.passes} - complete.keys() | unusable.keys()
        notes.extend(str(error) for error in unusable.values())
        rows.append((texture.file_name, str(out), "partial" if missing else "complete"))
    return ManualMergeReport(tuple(rows), tuple(notes))


def _merge_what_is_there(files: JobFiles, known: Container[int], *, threads: int) -> dict[int, MergedPass]:
    merged = {}
    for item in files.plan.passes:
        if item.index not in known:
            with contextlib.suppress(NotReadyError):  # it is one of the listed problems
                merged[item.index] = pass_merge.merge_pass(files, item.index, threads=threads)
    return merged


def _compose_partial(
    files: JobFiles, texture: Texture, complete: Mapping[int, MergedPass], out: Path, *, threads: int
) -> dict[int, compose.UnusableLayerError]:
    """Write what is there of a texture. Returns passes whose layers are damaged or not those that were verified: they
    are shown as missing."""
    spec = replace(spec_of(files, texture), metadata={"flatiron": f"flatiron partial {files.job.job_id}"})
    unusable: dict[int, compose.UnusableLayerError] = {}
    while True:
        shown = [index for index in texture.passes if index in complete and index not in unusable]
        layers = [_layer(files, texture, index, complete[index]) for index in shown]
        # As soon as one pass is missing, texels may be missing anywhere: a layer is made whole or not.
        holes = [(0, spec.height)] if len(shown) < len(texture.passes) else []
        try:
            compose.compose(layers, spec, out, holes=holes, threads=threads)
        except compose.UnusableLayerError as error:
            unusable[shown[error.index]] = error
        else:
            return unusable


def _layer(files: JobFiles, texture: Texture, index: int, merged: MergedPass) -> compose.Layer:
    path = files.folder.layer(index, texture.element_index)
    return compose.Layer(path, files.plan.passes[index].label, merged.layers[texture.element_index].sha256)
