"""`.tx` textures: tiles of 64x64 and all mip levels (`mipmap`), for renderers that load only what they see.

Integers are TIFF, half and float OpenEXR, both zip-compressed, with the attributes that OpenImageIO's `maketx` gives to
a plain texture. Tiles are encoded as rows arrive; the smaller levels stand behind them in the file and wait in memory
or, if they are more than 16 MiB, in an unnamed temporary file: a third of the picture's bytes. Measured: 21 Mpx/s (8
bit), 15 Mpx/s (half), one thread.
"""

from __future__ import annotations

import contextlib
import io
import tempfile
from functools import partial
from itertools import accumulate
from typing import IO, Any

import numpy as np
import numpy.typing as npt
import OpenImageIO as oiio

from flatiron_tasks.contracts.errors import ShareError
from flatiron_tasks.imaging.image_input import dtype_of, error_text
from flatiron_tasks.imaging.mipmap import Halver, level_sizes
from flatiron_tasks.imaging.oiio_output import EncoderThread, image_spec, open_output
from flatiron_tasks.imaging.output_file import OutputFile
from flatiron_tasks.imaging.texture import TextureSpec

Rows = npt.NDArray[Any]
"""(rows, width, channels) in the file's sample type."""

TILE = 64
"""Texels of a tile's side."""

_MEMORY_BYTES = 16 << 20
_MOST_OF_CLASSIC_TIFF = 3 << 30  # bytes of the full size; a third more for the other levels must fit into 4 GiB


class TxEncoder:
    """Encodes the blocks of one texture, in order, each `TILE` rows high but the last.

    Raises ShareError, also for blocks that were added earlier.
    """

    def __init__(self, spec: TextureSpec, output: OutputFile) -> None:
        self._spec = spec
        self._output = output
        self._smaller = _SmallerLevels(spec)
        try:
            self._image = open_output(spec.container, output, _described(spec, spec.width, spec.height))
        except BaseException:
            self._smaller.close()
            raise
        self._rows = 0
        self._released = False
        self._thread = EncoderThread()

    def add(self, block: Rows) -> None:
        """Append rows. They must not change afterwards."""
        self._thread.run(partial(self._add, block))

    def finish(self) -> None:
        """Encode what waits and the smaller levels, and close the file."""
        self._thread.run(self._append_smaller_levels)
        self._thread.wait()
        self._release()

    def close(self) -> None:
        """Drop what waits and give the file back, whole or not."""
        self._thread.close()
        with contextlib.suppress(ShareError):
            self._release()
        self._smaller.close()

    def _release(self) -> None:
        if self._released:
            return
        self._released = True
        closed, why = self._image.close(), error_text(self._image)
        del self._image  # OpenImageIO keeps OpenEXR files with mip levels open until nobody refers to them
        if not closed:
            raise self._output.failed(why)

    def _add(self, block: Rows) -> None:
        self._encode(self._rows, block)
        self._smaller.add(block)
        self._rows += len(block)

    def _append_smaller_levels(self) -> None:
        # In TIFF a mip level is an image of its own.
        mode = "AppendMIPLevel" if self._image.supports("mipmap") else "AppendSubimage"
        for level, (width, height) in enumerate(self._smaller.sizes):
            described = _described(self._spec, width, height)
            if not self._image.open(str(self._output.temporary), described, mode):
                raise self._output.failed(error_text(self._image))
            for top in range(0, height, TILE):
                self._encode(top, self._smaller.rows(level, top, min(top + TILE, height)))

    def _encode(self, top: int, rows: Rows) -> None:
        tiles = np.ascontiguousarray(rows)
        if not self._image.write_tiles(0, rows.shape[1], top, top + len(rows), 0, 1, tiles):
            raise self._output.failed(error_text(self._image))


class _SmallerLevels:
    """All levels below the full size, made as its rows arrive. Raises ShareError if the local disk fails."""

    def __init__(self, spec: TextureSpec) -> None:
        sizes = level_sizes(spec.width, spec.height)
        self._halvers = [
            Halver(height, normals=spec.kind == "normal", premultiplied=spec.premultiplied) for _, height in sizes[:-1]
        ]
        self.sizes = sizes[1:]
        self._dtype = dtype_of(spec.pixel_type)
        self._channels = spec.channels
        lengths = [self._row_bytes(width) * height for width, height in self.sizes]
        self._ends = list(accumulate(lengths[:-1], initial=0))  # where the next row of each level goes
        self._starts = tuple(self._ends)
        self._file = _store(sum(lengths))

    def add(self, rows: Rows) -> None:
        for level, halver in enumerate(self._halvers):
            rows = halver.add(rows)
            if not len(rows):
                return
            self._keep(level, rows)

    def rows(self, level: int, begin: int, end: int) -> Rows:
        """Rows [begin, end) of a level; 0 is half the full size."""
        width = self.sizes[level][0]
        try:
            self._file.seek(self._starts[level] + begin * self._row_bytes(width))
            data = self._file.read((end - begin) * self._row_bytes(width))
        except OSError as error:
            raise _local_disk_failed(error) from error
        return np.frombuffer(data, self._dtype).reshape(end - begin, width, self._channels)

    def close(self) -> None:
        self._file.close()

    def _keep(self, level: int, rows: Rows) -> None:
        data = rows.tobytes()
        try:
            self._file.seek(self._ends[level])
            self._file.write(data)
        except OSError as error:
            raise _local_disk_failed(error) from error
        self._ends[level] += len(data)

    def _row_bytes(self, width: int) -> int:
        return width * self._channels * self._dtype.itemsize


def _store(size: int) -> IO[bytes]:
    """Where `size` bytes can wait. Decided before the first: every level has its place from the start.

    A spool would be filled with zeros up to the place of the smallest level before it went to the disk.
    """
    if size <= _MEMORY_BYTES:
        return io.BytesIO()
    try:
        return tempfile.TemporaryFile()
    except OSError as error:
        raise _local_disk_failed(error) from error


def _described(spec: TextureSpec, width: int, height: int) -> oiio.ImageSpec:
    image = image_spec(spec, width, height)
    image.tile_width = image.tile_height = TILE
    image.attribute("compression", "zip")
    image.attribute("tiff:bigtiff", int(spec.width * spec.height * image.pixel_bytes() > _MOST_OF_CLASSIC_TIFF))
    image.attribute("textureformat", "Plain Texture")
    image.attribute("wrapmodes", "periodic,periodic" if spec.wrap else "clamp,clamp")
    return image


def _local_disk_failed(error: OSError) -> ShareError:
    return ShareError(
        "The mip levels of a texture cannot be kept on the local disk",
        why=str(error),
        advice="Check the free space of this machine's temporary folder",
    )
