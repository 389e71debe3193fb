"""Windows keeps a file that a program holds open from being replaced or removed; Linux does not. This plays Windows."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

_SHARING_VIOLATION = 32
"""Windows error ERROR_SHARING_VIOLATION."""


@contextmanager
def locked_files(holds: Callable[[Path], bool]) -> Iterator[None]:
    """Let replacing, renaming and removing a file raise PermissionError while `holds(path)` is true.

    Works in this process, on all threads: `with locked_files(scene.holds): …`.
    """
    with (
        patch.object(os, "replace", _guarded(os.replace, holds)),
        patch.object(os, "rename", _guarded(os.rename, holds)),
        patch.object(os, "unlink", _guarded(os.unlink, holds)),
        patch.object(os, "remove", _guarded(os.remove, holds)),
    ):
        yield


def _guarded(operation: Callable[..., None], holds: Callable[[Path], bool]) -> Callable[..., None]:
    def guarded(*paths: Any, **options: Any) -> None:
        for path in paths:
            if holds(Path(os.fsdecode(path))):
                raise _refusal(os.fsdecode(path))
        operation(*paths, **options)

    return guarded


def _refusal(path: str) -> PermissionError:
    error = PermissionError(errno.EACCES, "The process cannot access the file because another program uses it", path)
    error.winerror = _SHARING_VIOLATION  # type: ignore[attr-defined, unused-ignore]  # only Windows has it
    return error
