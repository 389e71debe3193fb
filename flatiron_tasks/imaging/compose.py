"""Composing the layers of one texture into the final file, in bands of rows.

Combine (`accumulate`), convert (`convert`), pad (`padding` or `fill`), mark missing rows, write (`write`). The bytes
of the file depend on the layers, their order and the specification alone, not on the band size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from flatiron_tasks.contracts.errors import BadInputError
from flatiron_tasks.imaging.convert import Band, hatch, to_samples
from flatiron_tasks.imaging.fill import filled_bands
from flatiron_tasks.imaging.layer_stack import Layer, LayerStack
from flatiron_tasks.imaging.overlap import OVERLAP_TOLERANCE, Overlap, OverlapTally
from flatiron_tasks.imaging.padding import PaddedBand, PaddingRules, padded_bands
from flatiron_tasks.imaging.texture import TextureSpec
from flatiron_tasks.imaging.write import texture_writer

__all__ = ["OVERLAP_TOLERANCE", "ComposeReport", "Layer", "Overlap", "TextureSpec", "compose"]

_BAND_ROWS = 64

Progress = Callable[[int, int], None]
"""Called with the rows that are finished and the rows of the map."""


@dataclass(frozen=True)
class ComposeReport:
    """What composing found and made. Texel counts, and SHA-256 (hex) and size in bytes of the file."""

    overlaps: tuple[Overlap, ...]
    covered_texels: int
    padded_texels: int
    hatched_texels: int
    sha256: str
    size: int


def compose(
    layers: Sequence[Layer],
    spec: TextureSpec,
    out: Path,
    *,
    holes: Sequence[tuple[int, int]] = (),
    on_progress: Progress | None = None,
    token: str | None = None,
    _band_rows: int | None = None,
) -> ComposeReport:
    """Compose `layers`, given in plan order, into the texture `spec` and put it at `out` atomically.

    `holes` are rows [begin, end) whose pieces are missing, for a partial preview: what nobody covers there is hatched
    in magenta and black, and padding stays out. Until it is complete, the file's name in the same folder contains
    `token`.

    Raises RejectedPieceError if a layer cannot be read or belongs to another map, ShareError if `out` cannot be
    written, BadInputError for holes outside the map.
    """
    closed = _closed_rows(holes, spec.height)
    tally = OverlapTally()
    counts = _Counts()
    with (
        LayerStack(layers, width=spec.width, height=spec.height, normals=spec.kind == "normal") as stack,
        texture_writer(out, spec, token=token) as writer,
    ):
        for band in _padded(_TextureRows(stack, spec, tally), spec, closed, _band_rows):
            end = band.top + len(band.covered)
            uncovered = ~band.covered & closed[band.top : end, np.newaxis]
            hatch(band.samples, uncovered, band.top, spec)
            writer.write(band.samples)
            counts.add(band, uncovered)
            if on_progress:
                on_progress(end, spec.height)
        written = writer.commit()
    return ComposeReport(
        tally.report([layer.label for layer in layers]),
        counts.covered,
        counts.padded,
        counts.hatched,
        written.sha256,
        written.size,
    )


@dataclass
class _Counts:
    """Texels so far."""

    covered: int = 0
    padded: int = 0
    hatched: int = 0

    def add(self, band: PaddedBand, hatched: npt.NDArray[np.bool_]) -> None:
        self.covered += int(np.count_nonzero(band.covered))
        self.padded += band.filled
        self.hatched += int(np.count_nonzero(hatched))


@dataclass(frozen=True, eq=False)
class _TextureRows:
    """Makes rows of the texture before padding. Overlaps are tallied the first time only."""

    stack: LayerStack
    spec: TextureSpec
    tally: OverlapTally

    def __call__(self, begin: int, end: int, *, again: bool) -> Band:
        return to_samples(self.stack.rows(begin, end, None if again else self.tally), self.spec)


def _padded(
    source: _TextureRows, spec: TextureSpec, closed: npt.NDArray[np.bool_], band_rows: int | None
) -> Iterator[PaddedBand]:
    reach = None if spec.fill_all else spec.padding
    rules = PaddingRules(reach=reach, wrap=spec.wrap, closed_rows=closed)
    if spec.fill_all:
        return filled_bands(source, rules, band_rows=band_rows or _BAND_ROWS)
    # A band less high than its two halos would be scanned many times over.
    rows = max(_BAND_ROWS, -(-spec.padding // _BAND_ROWS) * _BAND_ROWS)
    return padded_bands(source, rules, band_rows=band_rows or rows)


def _closed_rows(holes: Sequence[tuple[int, int]], height: int) -> npt.NDArray[np.bool_]:
    """Which rows are missing, (height,) bool."""
    closed = np.zeros(height, np.bool_)
    for begin, end in holes:
        if not 0 <= begin < end <= height:
            raise BadInputError(
                f"Rows {begin} to {end} cannot be missing from a map of {height} rows",
                advice="Correct the list of holes",
            )
        closed[begin:end] = True
    return closed
