"""The image that stands at a texture's final path from submission until the result replaces it.

Made inside 3ds Max's own Python: standard library only, in milliseconds at any size. Returns bytes; writing the file
and assigning it in the scene is the caller's business.
"""

from __future__ import annotations

from flatiron_tasks.contracts.elements import KINDS, check_format
from flatiron_tasks.contracts.errors import BadInputError
from max_submitter.placeholder.formats import FORMATS
from max_submitter.placeholder.palette import colours
from max_submitter.placeholder.picture import compose

__all__ = ["LONGEST_MARK", "LONGEST_SIDE", "placeholder_bytes"]

LONGEST_SIDE = 65535
"""Texels; the most that both TGA and JPEG can state."""

LONGEST_MARK = 255
"""Characters; TGA's image id field is the shortest home a mark can have."""


def placeholder_bytes(
    *,
    width: int,
    height: int,
    file_format: str,
    pixel_type: str,
    alpha: bool,
    kind: str,
    job_name: str,
    mark: str,
) -> bytes:
    """Return a whole image file of `width` x `height` texels, RGB or RGBA with alpha 1, first row on top.

    `file_format` and `pixel_type`: png uint8, uint16; tiff uint8, uint16, float; tga uint8; jpeg uint8 (no alpha);
    exr half, float; tx all of them. `kind` is "color" (sRGB in integer files, linear in float ones), "normal" or
    "data" (numbers). `mark` is found as plain ASCII in the first 4 KiB. The same arguments give the same bytes.
    Raises BadInputError for a file that cannot exist.
    """
    check_format(file_format, pixel_type, alpha=alpha)
    _check(width, height, kind, mark)
    chosen = FORMATS[file_format]
    picture = compose(width, height, job_name, grid=chosen.grid)
    return chosen.encode(picture, colours(kind, pixel_type, alpha=alpha), pixel_type, mark)


def _check(width: int, height: int, kind: str, mark: str) -> None:
    if not (1 <= width <= LONGEST_SIDE and 1 <= height <= LONGEST_SIDE):
        raise BadInputError(
            f"A placeholder of {width} x {height} texels cannot be made",
            advice=f"Choose a width and a height from 1 to {LONGEST_SIDE}",
        )
    if kind not in KINDS:
        raise BadInputError(f"There is no kind of texture called '{kind}'", advice=f"Choose one of {', '.join(KINDS)}")
    if not (mark.isascii() and mark.isprintable() and 1 <= len(mark) <= LONGEST_MARK):
        raise BadInputError(
            f"The mark {mark!r} cannot be stored in a placeholder",
            why=f"it must be 1 to {LONGEST_MARK} printable ASCII characters",
            advice="Build it with flatiron_tasks.contracts.mark.placeholder_mark",
        )
