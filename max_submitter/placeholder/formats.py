"""How each file format is written. Which pixel types a format holds is said in `flatiron_tasks.contracts.elements`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from max_submitter.placeholder import exr, jpeg, png, tga, tiff
from max_submitter.placeholder.palette import Colours
from max_submitter.placeholder.picture import Picture


@dataclass(frozen=True)
class Format:
    """An encoder, taking picture, colours, pixel type and mark, and the grid of its pictures in texels."""

    encode: Callable[[Picture, Colours, str, str], bytes]
    grid: int = 1


def _tx(picture: Picture, colours: Colours, pixel_type: str, mark: str) -> bytes:
    """TIFF or OpenEXR under another name, as in finished `.tx` files; readers do without the tiles and mip levels."""
    encode = tiff.encode if pixel_type in ("uint8", "uint16") else exr.encode
    return encode(picture, colours, pixel_type, mark)


FORMATS = {
    "png": Format(png.encode),
    "tiff": Format(tiff.encode),
    "tga": Format(tga.encode),
    "jpeg": Format(jpeg.encode, grid=jpeg.BLOCK),
    "exr": Format(exr.encode),
    "tx": Format(_tx),
}
