"""UV masks and the colour configuration of a request, as `job.desc` describes them. Their hashes come with the copying.

Reads the size of a mask from the header of its PNG; whether its texels can be read is not looked at.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Final

from flatiron_tasks.contracts import naming
from flatiron_tasks.contracts.errors import BadInputError
from flatiron_tasks.contracts.merge_files import ColourConfig, Size, UvMask
from max_submitter.local_files import NOT_HASHED_YET, name_in_job_folder, size_of
from max_submitter.request import BakeRequest, ColourFile, MaskFile

_HEADER: Final = struct.Struct(">8sI4sIIBB")
"""The first 26 bytes of a PNG file (ISO/IEC 15948, 5.2 and 11.2.2): signature, length and name of the first chunk,
width, height, bits per sample, colour type."""
_START_OF_PNG: Final = (b"\x89PNG\r\n\x1a\n", 13, b"IHDR")
_EIGHT_BIT_GREY: Final = (8, 0)


def draft_masks(request: BakeRequest) -> tuple[UvMask, ...]:
    """Describe the masks of a request, in its order. Raises BadInputError."""
    return tuple(_mask(request, mask) for mask in request.masks)


def draft_colour(request: BakeRequest) -> ColourConfig | None:
    """Describe the colour configuration of a request, if it has one. Raises BadInputError."""
    colour = request.colour
    if colour is None:
        return None
    return ColourConfig(
        file_name=name_in_job_folder(colour.path, "config"),
        size=_size(colour),
        sha256=NOT_HASHED_YET,
        from_space=colour.from_space,
        to_space=colour.to_space,
    )


def mask_size(path: Path) -> Size:
    """Width and height of a UV mask. Raises BadInputError for what is no 8-bit grey PNG, or cannot be read."""
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER.size)
    except OSError as error:
        raise _unreadable(f"The UV mask {path}", str(error)) from error
    if len(header) < _HEADER.size:
        raise _no_mask(path, "It is too short for a PNG file.")
    *start, width, height, bits, colour_type = _HEADER.unpack(header)
    if tuple(start) != _START_OF_PNG:
        raise _no_mask(path, "It is no PNG file.")
    if (bits, colour_type) != _EIGHT_BIT_GREY:
        raise _no_mask(path, f"It has {bits} bits per sample and colour type {colour_type}; grey is 0.")
    return width, height


def _mask(request: BakeRequest, mask: MaskFile) -> UvMask:
    width, height = mask_size(mask.path)
    index = _index(request, mask)
    name = naming.mask_file_name(index, width, height)
    return UvMask(index, width, height, name, _size(mask), NOT_HASHED_YET)


def _index(request: BakeRequest, mask: MaskFile) -> int:
    names = [item.name for item in request.objects]
    if mask.object_name in names:
        return names.index(mask.object_name)
    raise BadInputError(
        f"The UV mask {mask.path} is for {mask.object_name!r}, which is not baked.",
        advice="Name one of the objects of the bake, or leave the mask out.",
    )


def _size(file: MaskFile | ColourFile) -> int:
    what = f"The {'UV mask' if isinstance(file, MaskFile) else 'colour configuration'} {file.path}"
    try:
        size = size_of(file.path)
    except OSError as error:
        raise _unreadable(what, str(error)) from error
    if size == 0:
        raise BadInputError(f"{what} is not a file or is empty.", advice="Correct the path.")
    return size


def _no_mask(path: Path, why: str) -> BadInputError:
    return BadInputError(
        f"{path} is no UV mask.", why=why, advice="Save it as a PNG of 8 bits, grey, without alpha: 0 = not mine."
    )


def _unreadable(what: str, why: str) -> BadInputError:
    return BadInputError(f"{what} cannot be read.", why=why, advice="Correct the path.")
