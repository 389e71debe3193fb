"""Reading and writing whole images with OpenImageIO, as the contenders that are not ours do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import OpenImageIO as oiio

PNG_LEVEL = 1
"""Everybody's PNG is deflated at level 1, the fast one: at the default level every peer is slower."""


def read_samples(path: Path, sample_type: str = "unknown") -> npt.NDArray[Any]:
    """All pixels (h, w, channels) as stored, in the file's own type unless another is asked for."""
    as_stored = oiio.ImageSpec()
    as_stored.attribute("oiio:UnassociatedAlpha", 1)  # padding has alpha 0: multiplied by it, it would be black
    image = oiio.ImageInput.open(str(path), as_stored)
    if image is None:
        raise OSError(f"{path} cannot be read: {oiio.geterror()}")
    pixels = image.read_image(sample_type)
    image.close()
    if pixels is None:
        raise OSError(f"{path} cannot be read: {image.geterror()}")
    return np.asarray(pixels)


def origin_of(path: Path) -> tuple[int, int]:
    """Column and row of the first texel of a file's data window."""
    image = oiio.ImageInput.open(str(path))
    if image is None:
        raise OSError(f"{path} cannot be read: {oiio.geterror()}")
    spec = image.spec()
    image.close()
    return spec.x, spec.y


def write_png(path: Path, samples: npt.NDArray[Any]) -> None:
    """Write straight 8-bit samples (h, w, channels)."""
    height, width, channels = samples.shape
    spec = oiio.ImageSpec(width, height, channels, "uint8")
    spec.attribute("oiio:UnassociatedAlpha", 1)
    spec.attribute("png:compressionLevel", PNG_LEVEL)
    output = oiio.ImageOutput.create(str(path))
    if output is None or not (output.open(str(path), spec) and output.write_image(samples) and output.close()):
        raise OSError(f"{path} cannot be written: {oiio.geterror()}")
