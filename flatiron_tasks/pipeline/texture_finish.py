"""Compose one texture from the layers of its passes. Needs the job folder only."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flatiron_tasks import __version__
from flatiron_tasks.contracts.errors import NotReadyError
from flatiron_tasks.contracts.finished import FinishedTexture
from flatiron_tasks.contracts.mark import texture_mark
from flatiron_tasks.contracts.merged_pass import MergedPass
from flatiron_tasks.imaging import compose
from flatiron_tasks.imaging.texture import TextureSpec
from flatiron_tasks.imaging.verify import verify_texture_readable
from flatiron_tasks.pipeline.files_on_share import layer_hashes
from flatiron_tasks.pipeline.job_files import JobFiles
from flatiron_tasks.pipeline.plan import Texture
from flatiron_tasks.share.atomic import sha256_of, write_atomically


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
        metadata={"flatiron": texture_mark(files.plan.texture_hash(texture), __version__)},
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


def finish_texture(files: JobFiles, texture: Texture, merged: Callable[[int], MergedPass | None]) -> FinishedTexture:
    """Compose a texture into the job folder, read it back whole, and write its record beside it, last.

    `merged` gives the record of a merged pass. Raises LostLayerError if a pass is not merged or a layer is not the one
    that was verified: never an image (I1).
    """
    passes = {index: merged(index) for index in texture.passes}
    layers = [_layer(files, texture, index, known) for index, known in passes.items()]
    out = files.folder.finished_texture(texture.file_name)
    spec = spec_of(files, texture)
    report = compose.compose(layers, spec, out)
    verify_texture_readable(out, spec)
    finished = FinishedTexture(
        schema_version=1,
        job_id=files.job.job_id,
        texture=texture.index,
        file_name=texture.file_name,
        size=report.size,
        sha256=report.sha256,
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
    path = files.folder.layer(pass_index, texture.element_index)
    label = files.plan.passes[pass_index].label
    wanted = merged.layers[texture.element_index].sha256 if merged else ""
    if not merged or not path.is_file() or sha256_of(path) != wanted:
        raise LostLayerError(
            pass_index,
            f"{texture.file_name} cannot be composed: the layer of pass {pass_index} ({label}) is missing or changed.",
            why=f"{path.name} is not the file that was verified." if merged else "The pass is not merged.",
            advice="The pass is merged again by itself, from its pieces.",
        )
    return compose.Layer(path, label)
