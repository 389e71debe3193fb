"""Whole merges as plain data, for tests: what the nodes write, and what the artist ordered.

`merged` takes a case the way the pipeline does, `expected` the way of `reference_merge`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from flatiron_tasks.imaging.compose import ComposeReport, Layer, TextureSpec, compose
from flatiron_tasks.imaging.gate import PieceExpectation, PieceSource
from flatiron_tasks.imaging.layer import LayerInfo, write_layer
from flatiron_tasks.imaging.parallel import Crew
from tests import reference_merge
from tests.reference_merge import Array, Piece
from tests.unit.imaging.image_examples import read_samples, receipt_of, write_exr, write_mask

Way = tuple[int, int | None]
"""Threads, and rows of a band (None: what the merge chooses)."""

WAYS: tuple[Way, ...] = ((1, None), (3, 1), (1, 7), (3, 64))
"""Ways to run a merge, none of which may show in its result."""


@dataclass(frozen=True, eq=False)
class Written(Piece):
    """A piece and the form of its file."""

    channels: str = "RGBA"
    compression: str = "zip"
    tile: int = 0


@dataclass(frozen=True, eq=False)
class Pass:
    """The pieces of one object."""

    label: str
    pieces: Sequence[Written]
    pixel_type: str = "half"


@dataclass(frozen=True, eq=False)
class Case:
    """A merge of `passes`, in plan order, into the texture that `texture` (fields of TextureSpec) describes."""

    width: int
    height: int
    passes: Sequence[Pass]
    texture: Mapping[str, Any]
    holes: Sequence[tuple[int, int]] = ()
    allow_non_finite: bool = False
    spec: TextureSpec = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "spec", TextureSpec(width=self.width, height=self.height, **self.texture))


@dataclass(frozen=True, eq=False)
class Merged:
    """What came out of the real merge."""

    samples: Array
    report: ComposeReport
    layers: tuple[LayerInfo, ...]


def expected(case: Case) -> reference_merge.Texture:
    """The texture by the reference. Raises reference_merge.Refused if a piece must not pass."""
    objects = [
        reference_merge.joined(one.pieces, case.width, case.height, allow_non_finite=case.allow_non_finite)
        for one in case.passes
    ] or [np.zeros((case.height, case.width, 4))]
    half = all(one.pixel_type == "half" for one in case.passes)
    return reference_merge.texture(objects, case.spec, half=half, holes=case.holes)


def merged(case: Case, folder: Path, ways: Sequence[Way] = WAYS[:1]) -> list[Merged]:
    """The texture by the merge itself, pieces to layers to the file `texture.out` in `folder`, once in each way."""
    folder.mkdir(exist_ok=True)
    sources = [
        [source(case, one, piece, folder / f"{number}.{at}") for at, piece in enumerate(one.pieces)]
        for number, one in enumerate(case.passes)
    ]
    return [_merged(case, sources, folder, threads, band_rows) for threads, band_rows in ways]


def _merged(
    case: Case, sources: Sequence[Sequence[PieceSource]], folder: Path, threads: int, band_rows: int | None
) -> Merged:
    infos = []
    with Crew(threads) as crew:
        for number, one in enumerate(case.passes):
            info = write_layer(
                sources[number],
                width=case.width,
                height=case.height,
                out=folder / f"{number}.layer.exr",
                pixel_type=one.pixel_type,
                metadata={"flatiron": "layer"},
                crew=crew,
            )
            infos.append(info)
    layers = [
        Layer(folder / f"{number}.layer.exr", one.label, info.sha256)
        for number, (one, info) in enumerate(zip(case.passes, infos, strict=True))
    ]
    out = folder / "texture.out"
    report = compose(layers, case.spec, out, holes=case.holes, threads=threads, _band_rows=band_rows)
    return Merged(read_samples(out), report, tuple(infos))


def source(case: Case, owner: Pass, piece: Written, stem: Path) -> PieceSource:
    """Write the piece's file, and its UV mask, and say what the receipt and the plan say about them."""
    plan = PieceExpectation(
        width=case.width,
        height=case.height,
        row_begin=piece.rows[0],
        row_end=piece.rows[1],
        pixel_type=owner.pixel_type,
        allow_non_finite=case.allow_non_finite,
    )
    path = write_exr(
        stem.with_name(f"{stem.name}.piece.exr"),
        piece.pixels[..., ["RGBA".index(name) for name in piece.channels]],
        x=piece.x,
        y=piece.y,
        display=(case.width, case.height),
        channels=tuple(piece.channels),
        compression=piece.compression,
        tile=piece.tile,
    )
    mask = None if piece.mine is None else write_mask(stem.with_name(f"{stem.name}.mask.png"), piece.mine)
    return PieceSource(path, plan, *receipt_of(path), mask)


def assert_same_texture(found: Merged, wanted: reference_merge.Texture, labels: Sequence[str], rule: str) -> None:
    """Samples to the last bit, and every count of the report. `rule` says what is broken otherwise."""
    assert_same_samples(found.samples, wanted.samples, rule)
    report = found.report
    assert report.covered_texels == np.count_nonzero(wanted.covered), rule
    assert (report.padded_texels, report.hatched_texels) == (wanted.padded, wanted.hatched), rule
    overlaps = [(each.first, each.second, each.texels, tuple(each.box)) for each in report.overlaps]
    assert overlaps == [(labels[one], labels[two], count, box) for one, two, count, box in wanted.overlaps], rule


def assert_same_samples(found: Array, wanted: Array, rule: str) -> None:
    """Equal type, shape and bytes; otherwise the message names the first texel that differs."""
    assert (found.dtype, found.shape) == (wanted.dtype, wanted.shape), rule
    if found.tobytes() == wanted.tobytes():
        return
    bits = f"u{found.dtype.itemsize}"
    y, x, _ = np.argwhere(np.ascontiguousarray(found).view(bits) != np.ascontiguousarray(wanted).view(bits))[0]
    raise AssertionError(f"{rule}: texel ({x}, {y}) is {found[y, x].tolist()}, should be {wanted[y, x].tolist()}")
