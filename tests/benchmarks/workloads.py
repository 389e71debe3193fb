"""What is merged in the benchmark: N objects of one square atlas, each a half RGBA EXR with zip compression.

In the form "crop" a file's data window is the box of its object, its top rounded down to a multiple of 16 rows; in the
form "full" every file is the whole map and mostly empty, which is what 3ds Max writes. Made once for a set of
parameters and kept in a folder beside a manifest with each file's window, size and hash.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
from collections.abc import Iterator
from math import isqrt
from pathlib import Path

import numpy as np
import OpenImageIO as oiio

from tests.benchmarks.atlas import CHARTS_PER_SIDE, Half, region
from tests.benchmarks.pieces import PieceFile, Pieces, Workload, is_complete, load, save

SEED = 20
_CHUNK_ROWS = 16
_BAND_ROWS = 256


def prepare(workload: Workload, data: Path, *, seed: int = SEED) -> Pieces:
    """Make the files of `workload` below the folder `data` unless they are there.

    Raises ValueError if the objects cannot share the charts evenly, OSError if a file cannot be written.
    """
    folder = data / f"{workload.name}-{seed}"
    if not is_complete(folder):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        save(folder, workload.side, list(_make(workload, folder, seed)))
    return load(folder)


def _make(workload: Workload, folder: Path, seed: int) -> Iterator[PieceFile]:
    per_side = isqrt(workload.objects)
    if per_side**2 != workload.objects or CHARTS_PER_SIDE % per_side:
        raise ValueError(f"{workload.objects} objects do not share {CHARTS_PER_SIDE**2} charts evenly")
    box = workload.side // per_side
    for index in range(workload.objects):
        top, left = index // per_side * box, index % per_side * box
        pixels = region(workload.side, seed, left=left, top=top, width=box, height=box)
        name = f"{index:03}.exr"
        window = _write(folder / name, workload, pixels, left, top)
        yield PieceFile(name, *window, *_size_and_hash(folder / name))


def _write(path: Path, workload: Workload, pixels: Half, left: int, top: int) -> tuple[int, int, int, int]:
    """Write one object; returns its data window."""
    if workload.form == "full":
        window = (0, 0, workload.side, workload.side)
        _write_exr(path, workload.side, window, _full_frame(pixels, workload.side, left, top))
        return window
    covered = pixels[..., 3] > 0
    rows, columns = np.flatnonzero(covered.any(axis=1)), np.flatnonzero(covered.any(axis=0))
    first = (top + int(rows[0])) // _CHUNK_ROWS * _CHUNK_ROWS - top
    cropped = pixels[first : rows[-1] + 1, columns[0] : columns[-1] + 1]
    window = (left + int(columns[0]), top + first, cropped.shape[1], cropped.shape[0])
    _write_exr(path, workload.side, window, iter([cropped]))
    return window


def _full_frame(pixels: Half, side: int, left: int, top: int) -> Iterator[Half]:
    """The whole map in bands, empty but for one object."""
    for begin in range(0, side, _BAND_ROWS):
        end = min(begin + _BAND_ROWS, side)
        band = np.zeros((end - begin, side, 4), np.float16)
        first, last = max(begin, top), min(end, top + len(pixels))
        if first < last:
            band[first - begin : last - begin, left : left + pixels.shape[1]] = pixels[first - top : last - top]
        yield band


def _write_exr(path: Path, side: int, window: tuple[int, int, int, int], bands: Iterator[Half]) -> None:
    x, y, width, height = window
    spec = oiio.ImageSpec(width, height, 4, "half")
    spec.x, spec.y = x, y
    spec.full_x = spec.full_y = 0
    spec.full_width = spec.full_height = side
    spec.attribute("compression", "zip")
    spec.attribute("DateTime", "")
    output = oiio.ImageOutput.create("openexr")
    if output is None or not output.open(str(path), spec):
        raise OSError(f"{path} cannot be written: {oiio.geterror()}")
    for band in bands:
        if not output.write_scanlines(y, y + len(band), 0, np.ascontiguousarray(band)):
            raise OSError(f"{path} cannot be written: {output.geterror()}")
        y += len(band)
    if not output.close():
        raise OSError(f"{path} cannot be written: {output.geterror()}")


def _size_and_hash(path: Path) -> tuple[int, str]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    return path.stat().st_size, digest.hexdigest()


if __name__ == "__main__":
    # In a process of its own: what it holds would count as memory of the processes that are started after it.
    form_, side_, objects_, data_ = sys.argv[1:]
    print(prepare(Workload(form_, int(side_), int(objects_)), Path(data_)).folder)  # noqa: T201 - the answer
