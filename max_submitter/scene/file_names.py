"""Whether two spellings of a path mean one file, as Windows sees it. Asks no disk."""

from __future__ import annotations

import ntpath
from pathlib import PurePath


def file_key(path: PurePath | str) -> str:
    """One text per file: 3ds Max spells paths with either slash, and Windows ignores case."""
    return ntpath.normcase(ntpath.normpath(str(path)))


def is_same_file(one: PurePath | str, other: PurePath | str) -> bool:
    """Whether both paths spell one file; a drive letter and the share behind it stay two."""
    return file_key(one) == file_key(other)
