"""Composing the layers of one texture into the final file, in bands of rows.

Combine (`layer_stack`), convert (`convert`), pad (`padding` or `fill`), mark missing rows, write (`write`). Each band
is a job for a thread, results are taken in order. The bytes of the file depend on the layers, their order and the
specification alone, not on the band size or the threads.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from flatiron_tasks.contracts.errors import BadInputError
from flatiron_tasks.imaging.convert import hatch, to_samples
from flatiron_tasks.imaging.fill import FillSurvey
from flatiron_tasks.imaging.halo import PlacedBand, Window, windows
from flatiron_tasks.imaging.layer_stack import BandJob, CombinedBand, Layer, LayerStack, UnusableLayerError
from flatiron_tasks.imaging.overlap import OVERLAP_TOLERANCE, Overlap, OverlapTally
from flatiron_tasks.imaging.padding import pad_rows
from flatiron_tasks.imaging.parallel import Crew
from flatiron_tasks.imaging.spool import CHUNK_ROWS
from flatiron_tasks.imaging.texture import TextureSpec
from flatiron_tasks.imaging.write import texture_writer

__all__ = ["OVERLAP_TOLERANCE", "ComposeReport", "Layer", "Overlap", "TextureSpec", "UnusableLayerError", "compose"]

_BAND_TEXELS = 1 << 19  # in flight are a few bands of 8 to 16 bytes per texel
_MOST_ROWS, _LEAST_ROWS = 256, 64
_HELD_BYTES = 64 << 20  # compressed rows of all layers that wait to be decoded

Progress = Callable[[int, int], None]
"""Called with the rows that are finished and the rows of the map."""


@dataclass(frozen=True)
class ComposeReport:
    """What composing found and made.

    Texel counts; SHA-256 (hex) and size in bytes of the file; the hash of its pixels, see `pixel_hash`.
    """

    overlaps: tuple[Overlap, ...]
    covered_texels: int
    padded_texels: int
    hatched_texels: int
    sha256: str
    size: int
    pixels_sha256: str


def compose(
    layers: Sequence[Layer],
    spec: TextureSpec,
    out: Path,
    *,
    holes: Sequence[tuple[int, int]] = (),
    on_progress: Progress | None = None,
    token: str | None = None,
    threads: int = 0,
    _band_rows: int | None = None,
) -> ComposeReport:
    """Compose `layers`, given in plan order, into the texture `spec` and put it at `out` atomically.

    `holes` are rows [begin, end) whose pieces are missing, for a partial preview: what nobody covers there is hatched
    in magenta and black, and padding stays out. Until it is complete, the file's name in the same folder contains
    `token`. `threads` as in `Crew`.

    Raises UnusableLayerError if a layer is damaged, not the file of its hash or of another map; ShareError if `out`
    cannot be written; BadInputError for holes outside the map.
    """
    closed = _closed_rows(holes, spec.height)
    stack = LayerStack(layers, width=spec.width, height=spec.height, normals=spec.kind == "normal")
    with Crew(threads) as crew, texture_writer(out, spec, crew=crew, token=token) as writer:
        work = _Composition(stack, spec, crew, closed, _band_rows or _rows_of_band(spec, stack))
        with closing(work.finished()) as bands:
            for band in bands:
                writer.write(band.samples)
                if on_progress:
                    on_progress(band.bottom, spec.height)
        written = writer.commit()
    return ComposeReport(
        work.overlaps.report([layer.label for layer in layers]),
        work.covered,
        work.padded,
        work.hatched,
        written.sha256,
        written.size,
        written.pixels_sha256,
    )


def _rows_of_band(spec: TextureSpec, stack: LayerStack) -> int:
    """Rows that fit into the texel budget, in whole chunks of layers; not less than the halo on both sides.

    Where so many layers lie on top of each other that their compressed rows would fill the memory, one chunk.
    """
    if stack.bytes_per_row * _LEAST_ROWS > _HELD_BYTES:
        return CHUNK_ROWS
    rows = min(max(_BAND_TEXELS // spec.width, _LEAST_ROWS, 0 if spec.fill_all else spec.padding), _MOST_ROWS)
    return -(-rows // _LEAST_ROWS) * _LEAST_ROWS


@dataclass(frozen=True, eq=False)
class _ConvertedBand:
    """A band before padding: where it lies, how many texels it covers, and its overlaps."""

    placed: PlacedBand
    covered: int
    overlaps: OverlapTally


@dataclass(frozen=True, eq=False)
class _FinishedBand:
    """A band as it is written, the row below it, and how many texels were padded and hatched."""

    samples: npt.NDArray[np.generic]
    bottom: int
    padded: int
    hatched: int


class _Composition:
    """One texture in the making, and what was counted so far."""

    def __init__(
        self, stack: LayerStack, spec: TextureSpec, crew: Crew, closed: npt.NDArray[np.bool_], band_rows: int
    ) -> None:
        self._stack, self._spec, self._crew, self._closed, self._band_rows = stack, spec, crew, closed, band_rows
        self.overlaps = OverlapTally()
        self.covered = self.padded = self.hatched = 0

    def finished(self) -> Generator[_FinishedBand]:
        """All bands from top to bottom."""
        jobs = self._filling() if self._spec.fill_all else self._padding()
        for band in self._crew.in_order(jobs, budget=_HELD_BYTES):
            self.padded += band.padded
            self.hatched += band.hatched
            yield band

    def _padding(self) -> Iterator[Callable[[], _FinishedBand]]:
        spec = self._spec
        around = windows(
            self._converted(),
            height=spec.height,
            reach=spec.padding,
            rows_before=self._last_rows if spec.wrap else None,
        )
        for window in around:
            yield partial(self._padded, window)

    def _filling(self) -> Iterator[Callable[[], _FinishedBand]]:
        spec = self._spec
        survey = FillSurvey(spec.width, spec.height, spec.wrap)
        for placed in self._converted():
            survey.add(placed.top, placed.band.texels, placed.band.covered)
        survey.finish()
        for job in self._stack.bands(self._band_rows):
            yield _Filling(self, survey, job)

    def _converted(self) -> Iterator[PlacedBand]:
        jobs = (_Converting(job, self._spec) for job in self._stack.bands(self._band_rows))
        for converted in self._crew.in_order(jobs, budget=_HELD_BYTES):
            self.covered += converted.covered
            self.overlaps.include(converted.overlaps)
            yield converted.placed

    def _last_rows(self, count: int) -> PlacedBand:
        height = self._spec.height
        return _placed(self._stack.rows(height - count, height), self._spec)

    def _padded(self, window: Window) -> _FinishedBand:
        own, spec = window.own, self._spec
        filled = 0
        if spec.padding and not own.band.covered.all():
            colour, covered, first = window.joined(spec.padding)
            filled = pad_rows(
                colour,
                covered,
                first=first,
                rows=len(own.band.covered),
                reach=spec.padding,
                wrap=spec.wrap,
                open_rows=self._open_rows(own),
                samples=own.band.samples,
            )
        return self._hatched(own, filled)

    def filled(self, survey: FillSurvey, job: BandJob) -> _FinishedBand:
        """One band, each uncovered texel with the colour of the nearest covered one."""
        own = _placed(job(), self._spec)
        filled = survey.fill(own.top, own.band.samples, own.band.covered, self._open_rows(own))
        return self._hatched(own, filled)

    def _hatched(self, own: PlacedBand, padded: int) -> _FinishedBand:
        hatched = 0
        closed = self._closed[own.top : own.bottom]
        if closed.any():
            uncovered = ~own.band.covered & closed[:, np.newaxis]
            hatch(own.band.samples, uncovered, own.top, self._spec)
            hatched = int(np.count_nonzero(uncovered))
        return _FinishedBand(own.band.samples, own.bottom, padded, hatched)

    def _open_rows(self, own: PlacedBand) -> npt.NDArray[np.bool_]:
        return ~self._closed[own.top : own.bottom]


@dataclass(frozen=True, eq=False)
class _Converting:
    """The job of one band, before padding."""

    job: BandJob
    spec: TextureSpec

    @property
    def held_bytes(self) -> int:
        return self.job.held_bytes

    def __call__(self) -> _ConvertedBand:
        return _converted(self.job, self.spec)


@dataclass(frozen=True, eq=False)
class _Filling:
    """The job of one band of a texture that is filled, in the second pass."""

    work: _Composition
    survey: FillSurvey
    job: BandJob

    @property
    def held_bytes(self) -> int:
        return self.job.held_bytes

    def __call__(self) -> _FinishedBand:
        return self.work.filled(self.survey, self.job)


def _converted(job: BandJob, spec: TextureSpec) -> _ConvertedBand:
    combined = job()
    placed = _placed(combined, spec)
    return _ConvertedBand(placed, int(np.count_nonzero(placed.band.covered)), combined.overlaps)


def _placed(combined: CombinedBand, spec: TextureSpec) -> PlacedBand:
    return PlacedBand(combined.top, to_samples(combined.planes, spec, combined.top))


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
