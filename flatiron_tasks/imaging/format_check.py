"""Can this machine's OpenImageIO write and read every format that we deliver? Tried with a tiny image each."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import OpenImageIO as oiio

from flatiron_tasks.contracts.errors import RejectedPieceError
from flatiron_tasks.imaging.image_input import ImageFile, error_text
from flatiron_tasks.imaging.oiio_output import FORMAT_NAMES

_SUFFIXES = {"png": "png", "tiff": "tif", "tga": "tga", "jpeg": "jpg", "exr": "exr"}
_SIDE = 8
_GREY = 128


def troubles_by_format() -> dict[str, str]:
    """For each format a sentence about what fails, empty if nothing does. Raises OSError without a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="flatiron-") as name:
        return {item: _trouble(item, Path(name) / f"trial.{_SUFFIXES[item]}") for item in FORMAT_NAMES}


def _trouble(file_format: str, path: Path) -> str:
    sample_type = "half" if file_format == "exr" else "uint8"
    output = oiio.ImageOutput.create(FORMAT_NAMES[file_format])
    if output is None:
        return f"OpenImageIO has no writer for {file_format}: {error_text(oiio)}."
    spec = oiio.ImageSpec(_SIDE, _SIDE, 3, sample_type)
    pixels = np.full((_SIDE, _SIDE, 3), _GREY, np.uint8)
    is_written = output.open(str(path), spec) and output.write_image(pixels) and output.close()
    if not is_written:
        return f"{file_format} cannot be written: {output.geterror()}."
    return _reading_trouble(file_format, path)


def _reading_trouble(file_format: str, path: Path) -> str:
    try:
        with ImageFile(path) as image:
            pixels = image.rows(image.spec.y, image.spec.y + image.spec.height)
    except RejectedPieceError as error:
        return f"{file_format} cannot be read: {error.reason}"
    grey = _GREY / 255 if file_format == "exr" else _GREY
    is_same = pixels.shape == (_SIDE, _SIDE, 3) and np.allclose(pixels, grey, rtol=0.02)
    return "" if is_same else f"{file_format} reads back differently."
