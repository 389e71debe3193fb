"""What the options of `flatiron bake` say, as values. Pure; asks no scene, touches no file."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from flatiron_tasks.contracts.document import Scalar
from flatiron_tasks.contracts.elements import FILE_FORMATS, KIND_OF_ELEMENT, KINDS, check_format
from flatiron_tasks.contracts.errors import BadInputError
from max_submitter.request import MaskFile

_SIZE = re.compile(r"(\d+)(?:\s*[xX×]\s*(\d+))?")
DEFAULT_PADDING = 4


@dataclass(frozen=True)
class ElementChoice:
    """One `--element NAME[:format[:pixel type[:kind]]]`."""

    name: str
    kind: str
    file_format: str
    pixel_type: str


def element(text: str) -> ElementChoice:
    """Read one element; PNG and the format's first pixel type by default. Raises BadInputError."""
    name, *rest = (part.strip() for part in text.split(":"))
    if not name or len(rest) > 3:
        raise BadInputError(f"{text!r} is no element.", advice="Write NAME, NAME:format or NAME:format:pixeltype.")
    file_format, pixel_type, kind = (*rest, "", "", "")[:3]
    file_format = file_format.lower() or "png"
    if file_format in FILE_FORMATS and not pixel_type:
        pixel_type = FILE_FORMATS[file_format][1][0]
    check_format(file_format, pixel_type, alpha=False)
    return ElementChoice(name, kind or _kind(name), file_format, pixel_type)


def _kind(name: str) -> str:
    if name in KIND_OF_ELEMENT:
        return KIND_OF_ELEMENT[name]
    near = difflib.get_close_matches(name, KIND_OF_ELEMENT, n=1, cutoff=0.5)
    guess = f"Did you mean {near[0]}? Otherwise say" if near else "Say"
    raise BadInputError(
        f"Nothing is known about the element {name!r}.",
        advice=f"{guess} its kind, for example {name}:exr:half:{KINDS[0]} (kinds: {', '.join(KINDS)}).",
    )


def manager(text: str, port: int) -> tuple[str, int]:
    """Host and port of a farm manager: HOST, with the port of its own option, or HOST:PORT. Raises BadInputError."""
    host, colon, given = text.rpartition(":")
    if not colon or ":" in host:  # a name, or an IPv6 address
        return text, port
    if not given.isdigit():
        raise BadInputError(f"{text!r} is no farm manager.", advice="Write HOST or HOST:PORT.")
    return host, int(given)


def size(text: str) -> tuple[int, int]:
    """Width and height in texels: `1024` or `2048x1024`. Raises BadInputError."""
    match = _SIZE.fullmatch(text.strip())
    if match is None or "0" in (match[1].lstrip("0") or "0", (match[2] or "1").lstrip("0") or "0"):
        raise BadInputError(f"{text!r} is no size.", advice="Write 1024 or 2048x1024.")
    width = int(match[1])
    return width, int(match[2]) if match[2] else width


def padding(text: str) -> tuple[int, bool]:
    """Texels of padding, and whether everything empty is filled: `16` or `all`. Raises BadInputError."""
    if text.strip().lower() == "all":
        return 0, True
    if not text.strip().isdecimal():
        raise BadInputError(f"{text!r} is no padding.", advice="Write a number of texels, or all.")
    return int(text), False


def options(texts: Iterable[str]) -> dict[str, Scalar]:
    """Options of the renderer, `key=value`: numbers and true/false are what they look like. Raises BadInputError."""
    found: dict[str, Scalar] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise BadInputError(f"{text!r} is no option of the renderer.", advice="Write key=value.")
        found[key.strip()] = _scalar(value.strip())
    return found


def _scalar(text: str) -> Scalar:
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def atlases(maps: Sequence[str], objects: Sequence[str], in_scene: Sequence[str]) -> list[list[str]]:
    """Object names of every map: from `--map`, else one map with `--objects`, else one with all of the scene.

    Raises BadInputError for a name that the scene does not have, or that stands twice.
    """
    if maps and objects:
        raise BadInputError("--map and --objects exclude each other.", advice="Name the objects of every map in --map.")
    chosen = [_names(text) for text in maps] or [_names(",".join(objects)) or list(in_scene)]
    seen: set[str] = set()
    for name in (name for names in chosen for name in names):
        if name not in in_scene:
            near = difflib.get_close_matches(name, in_scene, n=1, cutoff=0.4)
            advice = f"Did you mean {near[0]!r}?" if near else f"It has: {', '.join(in_scene)}."
            raise BadInputError(f"The scene has no object {name!r}.", advice=advice)
        if name in seen:
            raise BadInputError(f"The object {name!r} is named twice.", advice="An object belongs to one map.")
        seen.add(name)
    return chosen


def uv_masks(texts: Iterable[str], objects: Sequence[str]) -> tuple[MaskFile, ...]:
    """Read `OBJECT=FILE` for objects that are baked; both may hold an equals sign. Raises BadInputError."""
    return tuple(_uv_mask(text, objects) for text in texts)


def _uv_mask(text: str, objects: Sequence[str]) -> MaskFile:
    name = max((name for name in objects if text.startswith(f"{name}=")), key=len, default=None)
    if name is None:
        near = difflib.get_close_matches(text.partition("=")[0], objects, n=1, cutoff=0.4)
        example = f"Did you mean {near[0]}=FILE?" if near else f"These are baked: {', '.join(objects)}."
        raise BadInputError(f"{text!r} is no UV mask of an object of the bake.", advice=f"Write OBJECT=FILE. {example}")
    file = text[len(name) + 1 :]
    if not file:
        raise BadInputError(f"{text!r} names no file.", advice="Write OBJECT=FILE.")
    return MaskFile(name, Path(file).absolute())


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]
