"""Files that the merge of a job needs beside its pieces, each with its hash: UV masks, a colour configuration."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flatiron_tasks.contracts import naming
from flatiron_tasks.contracts.document import ONE_LINE, Document, rule
from flatiron_tasks.contracts.errors import BadInputError, ContractError
from flatiron_tasks.contracts.identity import SHA256_PATTERN

Size = tuple[int, int]
"""Width and height of a map in texels."""


@dataclass(frozen=True)
class UvMask(Document):
    """Which texels of a map belong to an object: an 8-bit grey PNG of the map's size, 0 = not mine, else mine."""

    object: int = rule("Number of the object in `objects`, from 0.", minimum=0)
    width: int = rule("Width in texels: that of the elements it is for.", minimum=1, maximum=65536)
    height: int = rule("Height in texels: that of the elements it is for.", minimum=1, maximum=65536)
    file_name: str = rule("Name in the job folder's `masks` folder.")
    size: int = rule("Size in bytes.", minimum=1)
    sha256: str = rule("SHA-256 of the file.", pattern=SHA256_PATTERN)

    def check(self) -> None:
        """The file stands in the folder of masks."""
        _check_name(self.file_name, "mask's file name")

    @property
    def map_size(self) -> Size:
        """Width and height."""
        return self.width, self.height


@dataclass(frozen=True)
class ColourConfig(Document):
    """The OpenColorIO conversion of all elements whose transfer is `ocio`."""

    file_name: str = rule("Name in the job folder's `colour` folder.")
    size: int = rule("Size in bytes.", minimum=1)
    sha256: str = rule("SHA-256 of the file.", pattern=SHA256_PATTERN)
    from_space: str = rule("Colour space of the rendered pixels.", pattern=ONE_LINE + r"\S" + ONE_LINE, max_length=250)
    to_space: str = rule("Colour space of the textures.", pattern=ONE_LINE + r"\S" + ONE_LINE, max_length=250)

    def check(self) -> None:
        """The file stands in the folder of colour configurations."""
        _check_name(self.file_name, "configuration's file name")


def check_masks(masks: Sequence[UvMask], objects: Sequence[str], map_sizes: Iterable[Size]) -> None:
    """Refuse masks that do not fit the objects (names) and the sizes of the elements. Raises ContractError."""
    sizes = set(map_sizes)
    by_object: dict[int, set[Size]] = {}
    for mask in masks:
        name = _object_name(mask, objects)
        if mask.map_size not in sizes:
            raise ContractError(f"`masks`: {_text(mask.map_size)}, the mask of {name}, is the size of no element.")
        known = by_object.setdefault(mask.object, set())
        if mask.map_size in known:
            raise ContractError(f"`masks` holds two masks of {_text(mask.map_size)} for {name}.")
        known.add(mask.map_size)
    for index, known in by_object.items():
        if missing := sizes - known:
            raise ContractError(
                f"`masks`: {objects[index]} has no mask of {_text(min(missing))}.",
                why="An object that has a mask for one size of elements needs one for every size.",
                advice="Add a mask of that size, or leave all masks of the object out.",
            )
    _refuse_shared_files(masks)


def _object_name(mask: UvMask, objects: Sequence[str]) -> str:
    if mask.object >= len(objects):
        raise ContractError(f"`masks`: object {mask.object} is not one of {len(objects)}.")
    return objects[mask.object]


def _refuse_shared_files(masks: Sequence[UvMask]) -> None:
    names = {mask.file_name.casefold() for mask in masks}
    if len(names) != len(masks):
        raise ContractError(
            "`masks`: two masks have one file name.", why="Windows does not tell upper from lower case."
        )


def _check_name(name: str, what: str) -> None:
    try:
        naming.check_file_name(name, what)
    except BadInputError as error:
        raise ContractError(f"`file_name`: {error.what}", why=error.why, advice=error.advice) from None


def _text(size: Size) -> str:
    return f"{size[0]}x{size[1]}"
