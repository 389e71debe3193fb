"""Bitmaps of the scene: which show a file, showing another one, reading anew, letting go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import Any, Final

from flatiron_tasks.contracts.errors import SceneError
from max_submitter.scene.access import MaxAccess
from max_submitter.scene.file_names import file_key, is_same_file


@dataclass(frozen=True)
class BitmapClass:
    """A class of maps that shows a file."""

    name: str
    path_properties: tuple[str, ...]
    """Where it may keep the path; the first that it has counts, since setting another is ignored without a word."""
    can_reload: bool = False
    """Whether it has a method `reload`."""


BITMAP_CLASSES: Final = (
    BitmapClass("BitmapTexture", ("filename",), can_reload=True),  # MAX-08
    BitmapClass("VRayBitmap", ("HDRIMapName", "fileName")),  # MAX-10
    BitmapClass("CoronaBitmap", ("filename",)),
)


@dataclass(frozen=True)
class _Bitmap:
    """One bitmap of the scene."""

    map: Any
    kind: BitmapClass
    path_property: str


def make_bitmap(max_: MaxAccess, path: Path, uv_channel: int) -> Any:
    """A bitmap that shows a file on a UV channel. Raises SceneError if it does not take the path."""
    bitmap = max_.rt.BitmapTexture(filename=str(path), name=path.stem)
    bitmap.coords.mapChannel = uv_channel  # 1 of itself
    _check_path(bitmap.filename, path)
    return bitmap


def count_showing(max_: MaxAccess, path: Path) -> int:
    """How many bitmaps show a file."""
    return len(_showing(max_, path))


def relink(max_: MaxAccess, old: Path, new: Path) -> int:
    """Let what shows `old` show `new`, which must be there: 3ds Max shows black without a word otherwise."""
    found = _showing(max_, old)
    if found and not _has_content(new):
        raise SceneError(
            f"{new} is not there to be shown, or empty.",
            advice="Look whether the folder can be reached, then try again.",
        )
    for bitmap in found:
        _set_path(max_, bitmap, new)
        max_.rt.setSaveRequired(True)  # outside of undo 3ds Max may not notice
    _redraw(max_, found)
    return len(found)


def reload(max_: MaxAccess, path: Path) -> int:
    """Read a file anew wherever it is shown."""
    found = _showing(max_, path)
    for bitmap in found:
        if bitmap.kind.can_reload:
            bitmap.map.reload()
        else:
            spelling = max_.rt.getProperty(bitmap.map, bitmap.path_property)
            max_.rt.setProperty(bitmap.map, bitmap.path_property, "")
            max_.rt.setProperty(bitmap.map, bitmap.path_property, spelling)
    _redraw(max_, found)
    return len(found)


def release(max_: MaxAccess, *paths: Path) -> None:
    """Let go of files. 3ds Max can only let go of all files at once (MAX-09), so it is asked once, if at all."""
    wanted = {file_key(path) for path in paths}
    if any(file_key(_path_of(max_, bitmap)) in wanted for bitmap in _bitmaps(max_)):
        max_.rt.freeSceneBitmaps()


def _showing(max_: MaxAccess, path: Path) -> tuple[_Bitmap, ...]:
    return tuple(bitmap for bitmap in _bitmaps(max_) if is_same_file(_path_of(max_, bitmap), path))


def _bitmaps(max_: MaxAccess) -> Iterator[_Bitmap]:
    for kind in BITMAP_CLASSES:
        max_class = max_.global_named(kind.name)
        for item in max_.rt.getClassInstances(max_class) if max_class is not None else ():
            name = next((name for name in kind.path_properties if max_.has(item, name)), "")
            if name:
                yield _Bitmap(item, kind, name)


def _redraw(max_: MaxAccess, changed: Sequence[_Bitmap]) -> None:
    """Let the viewports show it now; of itself 3ds Max waits for the artist to do something."""
    if changed:
        max_.rt.redrawViews()


def _path_of(max_: MaxAccess, bitmap: _Bitmap) -> str:
    return str(max_.rt.getProperty(bitmap.map, bitmap.path_property) or "")


def _set_path(max_: MaxAccess, bitmap: _Bitmap, path: Path) -> None:
    max_.rt.setProperty(bitmap.map, bitmap.path_property, str(path))
    _check_path(_path_of(max_, bitmap), path)


def _check_path(shown: Any, path: Path) -> None:
    """Folders may read back in another spelling, the file's name may not (MAX-18)."""
    if PureWindowsPath(str(shown or "")).name.lower() != path.name.lower():
        raise SceneError(f"A bitmap does not take the path {path}.", why=f"It shows {shown or 'nothing'}.")


def _has_content(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except OSError:
        return False
