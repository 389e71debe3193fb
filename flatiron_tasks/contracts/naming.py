"""File names: textures as the artist's tool names them, pieces, receipts and layers as we name them.

Names are built, never parsed: what a file is stands in `job.desc` and in its receipt.
Texture: `[<group>_]<stem>[_<map index>][_<frame, 4 digits>].<ext>`; index only with several maps, frame only with a
range; an unnamed group gives no prefix. Frames above 9999 take the digits they need, negative ones a sign before the
four digits (`_-0005`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from flatiron_tasks.contracts.errors import BadInputError
from flatiron_tasks.contracts.paths import DEVICE_NAME

PIECE_NAME_PATTERN = r"[A-Za-z0-9][A-Za-z0-9._-]*"  # no separator, no drive, no `..`
_ILLEGAL = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
_MAX_BYTES = 200  # leaves room for a temporary suffix below the 255 bytes of common file systems


def check_name_part(text: str, what: str) -> None:
    """Refuse a group or file name that Windows cannot store, because one machine of the farm may be Windows.

    Raises BadInputError.
    """
    if not text or text != text.strip() or text.endswith("."):
        raise BadInputError(
            f"The {what} {text!r} cannot be part of a file name.",
            why="It is empty, begins or ends with a space, or ends with a dot, which Windows removes silently.",
            advice=f"Choose another {what}.",
        )
    illegal = _ILLEGAL.search(text)
    if illegal:
        raise BadInputError(
            f"The {what} {text!r} contains {illegal.group()!r}, which Windows does not allow in file names.",
            advice=f"Replace it, for example: {_ILLEGAL.sub('-', text)!r}.",
        )


def texture_file_name(group: str, stem: str, extension: str, *, map_index: int | None, frame: int | None) -> str:
    """The name of one texture. `map_index` is None with a single map, `frame` is None without a range.

    Raises BadInputError for a name that some machine of the farm could not store.
    """
    check_name_part(stem, "file name")
    if group:
        check_name_part(group, "group name")
    parts = [group] if group else []
    parts.append(stem)
    if map_index is not None:
        parts.append(str(map_index))
    if frame is not None:
        parts.append(f"-{-frame:04d}" if frame < 0 else f"{frame:04d}")
    name = "_".join(parts) + extension
    check_file_name(name)
    return name


def check_file_name(name: str, what: str = "file name") -> None:
    """Refuse the name of a file that some machine of the farm could not store, or that leaves its folder.

    Raises BadInputError.
    """
    check_name_part(name, what)
    if DEVICE_NAME.fullmatch(name.split(".", maxsplit=1)[0].rstrip()):
        raise BadInputError(f"{name!r} is a device name on Windows, no file can have it.", advice="Rename it.")
    if len(name.encode()) > _MAX_BYTES:
        raise BadInputError(f"The {what} {name!r} is too long.", advice=f"Stay below {_MAX_BYTES} bytes.")


def refuse_equal_names(names: Iterable[str]) -> None:
    """Refuse two textures with one name; case does not make a difference on Windows. Raises BadInputError."""
    seen: dict[str, str] = {}
    for name in names:
        key = unicodedata.normalize("NFC", name).casefold()
        other = seen.get(key)
        seen[key] = name
        if other is not None:
            raise BadInputError(
                f"Two textures would get the same file name: {other!r} and {name!r}.",
                why="Windows does not tell upper from lower case (nor macOS one spelling of an accent from another).",
                advice="Give the elements different file names.",
            )


def piece_stem(pass_index: int, strip: int, element_index: int) -> str:
    """First part of the names of a piece and its receipt, the same for all attempts."""
    return f"p{pass_index:05d}-s{strip:02d}-e{element_index:02d}"


def piece_file_name(pass_index: int, strip: int, element_index: int, attempt: str) -> str:
    """Name of a piece in the folder of pieces."""
    return f"{piece_stem(pass_index, strip, element_index)}.{attempt}.exr"


def receipt_file_name(pass_index: int, strip: int, element_index: int, attempt: str) -> str:
    """Name of a piece's receipt, beside it."""
    return f"{piece_stem(pass_index, strip, element_index)}.{attempt}.json"


def layer_stem(pass_index: int, element_index: int) -> str:
    """First part of the names of a layer and its record."""
    return f"p{pass_index:05d}-e{element_index:02d}"


def mask_file_name(object_index: int, width: int, height: int) -> str:
    """Name that a submission gives to the UV mask of an object for elements of one size."""
    return f"o{object_index:05d}-{width}x{height}.png"


def task_stem(task: int, attempt: str) -> str:
    """First part of the names of what a node writes about one attempt: log and result."""
    return f"t{task:05d}.{attempt}"
