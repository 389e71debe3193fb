"""Small images and files for the imaging tests."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import OpenImageIO as oiio

from flatiron_tasks.contracts.mark import texture_mark
from flatiron_tasks.imaging.gate import PieceExpectation, PieceSource, covered_rows
from flatiron_tasks.imaging.image_input import ImageFile, dtype_of
from flatiron_tasks.imaging.layer import write_layer
from flatiron_tasks.imaging.layer_stack import Layer
from flatiron_tasks.imaging.parallel import Crew
from flatiron_tasks.imaging.uv_mask import UvMask

Array = npt.NDArray[Any]
MARK = texture_mark("0123456789abcdef", "0.1.0")
DTYPES = {"half": np.float16, "float": np.float32}


def random_pixels(
    height: int, width: int, *, seed: int = 0, coverage: float = 0.6, edges: bool = True, dtype: Any = np.float16
) -> Array:
    """Premultiplied RGBA with uncovered, partly and fully covered texels."""
    rng = np.random.default_rng(seed)
    alpha = np.where(rng.random((height, width)) < 0.5 if edges else False, rng.random((height, width)), 1.0)
    alpha = np.where(rng.random((height, width)) < coverage, alpha, 0.0).astype(dtype)
    colour = (rng.random((height, width, 3)) * alpha[..., np.newaxis]).astype(dtype)
    return np.concatenate([colour, alpha[..., np.newaxis]], axis=-1).astype(dtype)


def write_exr(
    path: Path,
    pixels: Array,
    *,
    x: int = 0,
    y: int = 0,
    display: tuple[int, int] | None = None,
    channels: Sequence[str] = ("R", "G", "B", "A"),
    compression: str = "zip",
    sample_type: str = "",
    tile: int = 0,
) -> Path:
    """Write what a node would write."""
    height, width, count = pixels.shape
    spec = oiio.ImageSpec(width, height, count, sample_type or ("half" if pixels.dtype == np.float16 else "float"))
    spec.x, spec.y = x, y
    spec.full_x = spec.full_y = 0
    spec.full_width, spec.full_height = display or (x + width, y + height)
    spec.channelnames = tuple(channels)
    spec.attribute("compression", compression)
    if tile:
        spec.tile_width = spec.tile_height = tile
    output = exr_output()
    assert output.open(str(path), spec), output.geterror()
    assert output.write_image(np.ascontiguousarray(pixels)), output.geterror()
    assert output.close()
    return path


def exr_output() -> oiio.ImageOutput:
    """OpenImageIO's own OpenEXR writer, for files that nobody should write."""
    output = oiio.ImageOutput.create("openexr")
    assert output is not None
    return output


def receipt_of(path: Path) -> tuple[int, str]:
    """Size and SHA-256 of a file, as its receipt would say them."""
    data = path.read_bytes()
    return len(data), hashlib.sha256(data).hexdigest()


def write_mask(path: Path, mine: Array) -> UvMask:
    """A UV mask (height, width) of the whole map."""
    buffer = oiio.ImageBuf(np.where(mine, 255, 0).astype(np.uint8)[..., np.newaxis])
    assert buffer.write(str(path)), buffer.geterror()
    return UvMask(path, *receipt_of(path))


def pass_gate(source: PieceSource, *, threads: int = 2) -> Array:
    """What the gate lets through, on the whole map: (height, width, 4)."""
    plan = source.expected
    whole = np.zeros((plan.height, plan.width, 4), dtype_of(plan.pixel_type))
    with Crew(threads) as crew:
        for part in covered_rows(source, crew):
            texels = part.planes.transpose(1, 2, 0)
            assert np.count_nonzero(texels[..., 3]) == part.texels
            whole[part.y : part.y + texels.shape[0], part.x : part.x + texels.shape[1]] = texels
    return whole


def accept(path: Path, expected: PieceExpectation, mask: UvMask | None = None) -> Array:
    """Pass the file through the gate with a receipt that is right for it."""
    return pass_gate(PieceSource(path, expected, *receipt_of(path), mask))


def placed(pixels: Array, plan: PieceExpectation, x: int = 0, y: int | None = None) -> Array:
    """The planned map with `pixels` at (x, y), by default at the top of the strip."""
    whole = np.zeros((plan.height, plan.width, 4), pixels.dtype)
    top = plan.row_begin if y is None else y
    whole[top : top + pixels.shape[0], x : x + pixels.shape[1]] = pixels
    return whole


def make_layer(
    folder: Path, name: str, pixels: Array, *, x: int = 0, y: int = 0, size: tuple[int, int] | None = None
) -> Layer:
    """A layer of one piece at (x, y) on a map of `size` (width, height)."""
    width, height = size or (x + pixels.shape[1], y + pixels.shape[0])
    pixel_type = "half" if pixels.dtype == np.float16 else "float"
    plan = PieceExpectation(width=width, height=height, row_begin=0, row_end=height, pixel_type=pixel_type)
    path = folder / f"{name}.exr"
    with tempfile.TemporaryDirectory() as elsewhere, Crew(1) as crew:
        piece = write_exr(Path(elsewhere, "piece.exr"), pixels, x=x, y=y, display=(width, height))
        write_layer(
            [PieceSource(piece, plan, *receipt_of(piece))],
            width=width,
            height=height,
            out=path,
            pixel_type=pixel_type,
            metadata={},
            crew=crew,
        )
    return Layer(path, name)


def read_samples(path: Path) -> Array:
    """All samples of a file as stored."""
    with ImageFile(path) as image:
        return image.rows(image.spec.y, image.spec.y + image.spec.height)


def covering(
    height: int, width: int, colour: tuple[float, float, float], alpha: float = 1.0, dtype: Any = np.float16
) -> Array:
    """Texels of one straight colour and coverage, premultiplied."""
    pixels = np.empty((height, width, 4), dtype)
    pixels[:] = (*(part * alpha for part in colour), alpha)
    return pixels
