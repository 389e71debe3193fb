"""All layers of one texture, read in bands of rows.

Every layer is read once, from its first byte to its last, in the calling thread, and compared with its hash; decoding
and combining happen in jobs that threads may run. Memory and open files do not grow with the number of layers.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Protocol

import numpy as np

from flatiron_tasks.contracts.errors import FlatironError, RejectedPieceError
from flatiron_tasks.imaging.accumulate import BandAccumulator
from flatiron_tasks.imaging.exr.codec import RawChunk, decode, decode_into
from flatiron_tasks.imaging.exr.header import ExrHeader
from flatiron_tasks.imaging.image_input import dtype_of
from flatiron_tasks.imaging.layer import not_a_layer
from flatiron_tasks.imaging.layer_file import LayerFile
from flatiron_tasks.imaging.overlap import OverlapTally
from flatiron_tasks.imaging.planes import Planes

_OPEN_FILES = 256  # opening a file on a share costs more than keeping it open


@dataclass(frozen=True)
class Layer:
    """One object's merged pass for a texture: its file, the object's name for reports, and the file's hash.

    `sha256` (hex) is compared while the file is read; without it only the file's own checksums are.
    """

    path: Path
    label: str
    sha256: str = ""


class UnusableLayerError(RejectedPieceError):
    """The layer at place `index` of those given cannot be used; merging its pass again makes a new one."""

    def __init__(self, index: int, reason: FlatironError) -> None:
        super().__init__(reason.what, why=reason.why, advice=reason.advice)
        self.index = index


@contextmanager
def _naming(index: int) -> Iterator[None]:
    """Say which layer it is that an error inside is about."""
    try:
        yield
    except RejectedPieceError as error:
        raise UnusableLayerError(index, error) from error


@dataclass(frozen=True, eq=False)
class CombinedBand:
    """Rows from `top` on as planes, and the overlaps in them."""

    top: int
    planes: Planes
    overlaps: OverlapTally


class BandJob(Protocol):
    """Makes one band; any thread may call it."""

    @property
    def held_bytes(self) -> int:
        """What it keeps in memory until it has run: the compressed rows of the layers."""

    def __call__(self) -> CombinedBand:
        """Decode and combine. Raises UnusableLayerError if a layer is damaged."""


class LayerStack:
    """Layers in plan order for a map of `width` x `height` texels. Raises UnusableLayerError if one is none of it."""

    def __init__(self, layers: Sequence[Layer], *, width: int, height: int, normals: bool) -> None:
        self._layers = layers
        self._width, self._height = width, height
        self._normals = normals
        self._headers: list[ExrHeader] = []
        self._files: list[LayerFile] | None = self._all_opened()
        self._headers = [file.header for file in self._files]
        self.bytes_per_row = _most_bytes_per_row(self._files, height)
        """How many bytes the layers have for one row of the map, on average over their rows, where it is the most."""
        # Half stays half as long as nothing wider comes in.
        wide = any(header.pixel_type == "float" for header in self._headers)
        self._dtype = dtype_of("float" if wide else "half")

    def bands(self, rows: int) -> Iterator[BandJob]:
        """Jobs for bands of `rows` from top to bottom. Every call reads all layers, in the iterating thread.

        Raises UnusableLayerError for a layer that is not the file of its hash.
        """
        files, self._files = self._files or self._all_opened(), None
        reading = _Reading(files)
        try:
            for top in range(0, self._height, rows):
                yield self._band(top, min(top + rows, self._height), reading)
        finally:
            reading.close()

    def rows(self, begin: int, end: int) -> CombinedBand:
        """Rows [begin, end) alone, for a halo across the border of a tiling texture. `bands` checks the hashes."""
        reading = _Reading(self._all_opened())
        try:
            return self._band(begin, end, reading)()
        finally:
            reading.close()

    def _band(self, begin: int, end: int, reading: _Reading) -> BandJob:
        crossing = [
            (index, header.data.left, reading.chunks(index, begin, end))
            for index, header in enumerate(self._headers)
            if header.data.top < end and header.data.bottom > begin
        ]
        return _BandJob(self, begin, end, crossing)

    def combined(self, begin: int, end: int, crossing: Crossing) -> CombinedBand:
        """Rows [begin, end) of the map from the chunks that hold them."""
        tally = OverlapTally()
        apart = _apart([self._headers[index] for index, _, _ in crossing])
        band = BandAccumulator(
            begin=begin,
            rows=end - begin,
            width=self._width,
            dtype=self._dtype,
            normals=self._normals,
            tally=tally,
            apart=apart,
        )
        for index, x, chunks in crossing:
            for chunk in chunks:
                with _naming(index):
                    if not (apart and chunk.decoded_into(band.planes, begin, x)):
                        band.add(index, x, chunk.raw.top, chunk.planes())
        return CombinedBand(begin, band.result(), tally)

    def _all_opened(self) -> list[LayerFile]:
        return [self._opened(index, layer) for index, layer in enumerate(self._layers)]

    def _opened(self, index: int, layer: Layer) -> LayerFile:
        with _naming(index):
            file = LayerFile(layer.path, width=self._width, height=self._height, sha256=layer.sha256)
            # Read a second time, for a halo or for filling: another file here would not fit what is known of it.
            if self._headers and file.header != self._headers[index]:
                raise not_a_layer(layer.path, "it changed while it was used")
            return file


@dataclass(frozen=True, eq=False)
class _BandJob:
    stack: LayerStack
    begin: int
    end: int
    crossing: Crossing

    @property
    def held_bytes(self) -> int:
        return sum(len(chunk.raw.payload) for _, _, chunks in self.crossing for chunk in chunks)

    def __call__(self) -> CombinedBand:
        return self.stack.combined(self.begin, self.end, self.crossing)


def _most_bytes_per_row(files: Sequence[LayerFile], height: int) -> int:
    changes = np.zeros(height + 1)
    for file in files:
        share = file.size / file.header.rows
        changes[file.header.data.top] += share
        changes[file.header.data.bottom] -= share
    return int(np.cumsum(changes).max())


def _apart(headers: list[ExrHeader]) -> bool:
    """Whether no two data windows share a column, so that nothing can overlap in the rows they share."""
    columns = sorted((header.data.left, header.data.right) for header in headers)
    return all(before[1] <= after[0] for before, after in pairwise(columns))


class _Reading:
    """One pass over all layers, each from top to bottom, with few files open."""

    def __init__(self, files: Sequence[LayerFile]) -> None:
        self._files = files
        self._bottoms = [file.header.data.top for file in files]  # how far each is read
        self._straddling: dict[int, _Chunk] = {}  # chunks that the next band needs as well
        self._open: OrderedDict[int, LayerFile] = OrderedDict()

    def chunks(self, index: int, begin: int, end: int) -> list[_Chunk]:
        """The chunks of layer `index` that hold rows of [begin, end); asked for from top to bottom."""
        file = self._opened(index)
        end = min(end, file.header.data.bottom)
        shared = self._straddling.pop(index, None)
        found = [shared] if shared else []
        while self._bottoms[index] < end:
            with _naming(index):
                chunk = _Chunk(file.header, file.next_chunk())
            self._bottoms[index] = chunk.bottom
            if chunk.bottom > begin:
                found.append(chunk)
        if self._bottoms[index] > end:
            found[-1].shared = True
            self._straddling[index] = found[-1]
        return found

    def close(self) -> None:
        """Close what is open."""
        for file in self._open.values():
            file.pause()

    def _opened(self, index: int) -> LayerFile:
        """The file, which reading opens; the one that was not used for longest makes room."""
        self._open[index] = self._files[index]
        self._open.move_to_end(index)
        if len(self._open) > _OPEN_FILES:
            self._open.popitem(last=False)[1].pause()
        return self._files[index]


class _Chunk:
    """A chunk that is decoded once, though two bands may share it, and kept no longer than that needs."""

    def __init__(self, header: ExrHeader, raw: RawChunk) -> None:
        self.raw = raw
        self.bottom = raw.top + raw.rows
        self.shared = False
        self._header = header
        self._planes: Planes | None = None
        self._lock = threading.Lock()

    def decoded_into(self, band: Planes, begin: int, x: int) -> bool:
        """Decode straight into `band`, whose first row is row `begin` of the map, if all of the chunk belongs there."""
        top = self.raw.top - begin
        fits = 0 <= top <= band.shape[1] - self.raw.rows and dtype_of(self._header.pixel_type) == band.dtype
        if fits:
            decode_into(band, top, x, self._header, self.raw)
        return fits

    def planes(self) -> Planes:
        """The samples, (4, rows, width)."""
        if not self.shared:
            return decode(self._header, self.raw)
        with self._lock:
            if self._planes is None:
                self._planes = decode(self._header, self.raw)
            return self._planes


Crossing = list[tuple[int, int, list[_Chunk]]]
"""Number and left column of each layer with rows in a band, in plan order, and the chunks that hold them."""
