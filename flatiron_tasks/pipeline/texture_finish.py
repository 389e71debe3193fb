"""Compose one texture from the layers of its passes. Needs the job folder only."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flatiron_tasks import __version__
from flatiron_tasks.contracts.errors import NotReadyError
from flatiron_tasks.contracts.finished import FinishedTexture
from flatiron_tasks.contracts.mark import texture_mark
from flatiron_tasks.contracts.merged_pass import MergedPass
from flatiron_tasks.imaging import compose
from flatiron_tasks.imaging.texture import OcioTransform, TextureSpec
from flatiron_tasks.pipeline.files_on_share import layer_hashes
from flatiron_tasks.pipeline.job_files import JobFiles
from flatiron_tasks.pipeline.plan import Texture
from flatiron_tasks.share.atomic import write_atomically


def spec_of(files: JobFiles, texture: Texture) -> TextureSpec:
    """What the file must look like. Its mark tells what the pixels depend on, and nothing about this run (I4)."""
    element, padding = files.plan.element(texture), files.job.padding
    return TextureSpec(
        width=element.width,
        height=element.height,
        kind=element.kind,
        file_format=element.file_format,
        pixel_type=element.pixel_type,
        alpha=element.alpha,
        padding=padding.texels,
        fill_all=padding.fill_all,
        wrap=padding.wrap,
        transfer=element.transfer,
        dither=element.dither,
        ocio=_conversion(files) if element.transfer == "ocio" else None,
        metadata={"flatiron": texture_mark(files.plan.texture_hash(texture), __version__)},
    )


def _conversion(files: JobFiles) -> OcioTransform | None:
    """The job's colour conversion; its configuration is the copy in the job folder, bound by its hash."""
    colour = files.job.colour
    if colour is None:
        return None
    return OcioTransform(
        config=str(files.folder.colour / colour.file_name),
        from_space=colour.from_space,
        to_space=colour.to_space,
        sha256=colour.sha256,
    )


_NAMED_OVERLAPS = 3


class LostLayerError(NotReadyError):
    """A layer that was verified is not there any more; merging its pass again brings it back."""

    retryable = True

    def __init__(self, pass_index: int, what: str, *, why: str, advice: str) -> None:
        super().__init__(what, why=why, advice=advice)
        self.pass_index = pass_index

    def __reduce__(self) -> tuple[object, ...]:
        """Keep the pass when Celery's pool moves the error between processes."""
        return (_rebuild, (self.pass_index, self.what, self.why, self.advice))


def _rebuild(pass_index: int, what: str, why: str, advice: str) -> LostLayerError:
    return LostLayerError(pass_index, what, why=why, advice=advice)


def finish_texture(
    files: JobFiles, texture: Texture, merged: Callable[[int], MergedPass | None], *, threads: int = 0
) -> FinishedTexture:
    """Compose a texture into the job folder and write its record beside it, last.

    `merged` gives the record of a merged pass. Raises LostLayerError if a pass is not merged or a layer is not the one
    that was verified: never an image (I1).
    """
    passes = {index: merged(index) for index in texture.passes}
    layers = [_layer(files, texture, index, known) for index, known in passes.items()]
    out = files.folder.finished_texture(texture.file_name)
    try:
        report = compose.compose(layers, spec_of(files, texture), out, threads=threads)
    except compose.UnusableLayerError as error:
        raise _lost(files, texture, texture.passes[error.index], why=error.why) from error
    finished = FinishedTexture(
        schema_version=2,
        job_id=files.job.job_id,
        texture=texture.index,
        file_name=texture.file_name,
        size=report.size,
        sha256=report.sha256,
        pixels_sha256=report.pixels_sha256,
        layers=layer_hashes(texture, passes),
        notes=overlap_notes(texture.file_name, report.overlaps),
    )
    write_atomically(out.with_name(out.name + ".json"), finished.to_json())
    return finished


def overlap_notes(file_name: str, overlaps: Sequence[compose.Overlap]) -> tuple[str, ...]:
    """One remark on all pairs of objects that claim the same texels, the largest first; nothing without overlaps."""
    if not overlaps:
        return ()
    largest = sorted(overlaps, key=lambda item: -item.texels)[:_NAMED_OVERLAPS]
    named = ", ".join(f"{item.first} and {item.second} overlap in {item.texels} texels" for item in largest)
    rest = len(overlaps) - len(largest)
    more = f" and {rest} more {'pair' if rest == 1 else 'pairs'}" if rest else ""
    return (f"In {file_name} {named}{more}; the first of each pair was kept. Are they meant for different maps?",)


def _layer(files: JobFiles, texture: Texture, pass_index: int, merged: MergedPass | None) -> compose.Layer:
    if merged is None:
        raise _lost(files, texture, pass_index, why="The pass is not merged.")
    path = files.folder.layer(pass_index, texture.element_index)
    label = files.plan.passes[pass_index].label
    return compose.Layer(path, label, merged.layers[texture.element_index].sha256)


def _lost(files: JobFiles, texture: Texture, pass_index: int, *, why: str) -> LostLayerError:
    label = files.plan.passes[pass_index].label
    return LostLayerError(
        pass_index,
        f"{texture.file_name} cannot be composed: the layer of pass {pass_index} ({label}) is missing or changed.",
        why=why,
        advice="The pass is merged again by itself, from its pieces.",
    )
