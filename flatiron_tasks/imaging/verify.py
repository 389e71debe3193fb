"""Reading a finished texture back, whole, before anybody relies on it."""

from __future__ import annotations

from pathlib import Path

from flatiron_tasks.contracts.errors import RejectedPieceError, ShareError
from flatiron_tasks.imaging.image_input import ImageFile
from flatiron_tasks.imaging.texture import TextureSpec

_ROWS_AT_A_TIME = 256
_FORMAT_NAMES = {"png": "png", "tiff": "tiff", "tga": "targa", "jpeg": "jpeg", "exr": "openexr"}


def verify_texture_readable(path: Path, spec: TextureSpec) -> None:
    """Decode the file at `path` completely and compare format, size, channels and sample type with `spec`.

    Raises ShareError if it does not decode or is something else; writing it again may help.
    """
    try:
        with ImageFile(path) as image:
            _check(image, spec)
            for begin in range(0, spec.height, _ROWS_AT_A_TIME):
                image.rows(begin, min(begin + _ROWS_AT_A_TIME, spec.height))
    except RejectedPieceError as error:
        raise ShareError(
            f"The texture {path} was written but cannot be read back",
            why=error.why,
            advice="Check the disk and the share, then run this step again",
        ) from error


def _check(image: ImageFile, spec: TextureSpec) -> None:
    found = (image.format_name, image.spec.width, image.spec.height, image.spec.nchannels, image.sample_type)
    wanted = (_FORMAT_NAMES[spec.file_format], spec.width, spec.height, spec.channels, spec.pixel_type)
    if found != wanted:
        raise image.rejected(f"(format, width, height, channels, samples) are {found}, planned are {wanted}")
