r"""Which share a Windows drive letter stands for: `Z:` -> `\\server\share`. Windows only; elsewhere there is none."""

from __future__ import annotations

import ctypes
import sys
from typing import Final, Protocol

_NO_ERROR: Final = 0
_MORE_DATA: Final = 234
_FIRST_LENGTH: Final = 260


class NetworkLibrary(Protocol):
    """The one function of `mpr.dll` that is used."""

    def WNetGetConnectionW(self, name: str, target: ctypes.Array[ctypes.c_wchar], length: object) -> int:  # noqa: N802
        """`length` refers to the characters of `target`, and to those needed if they are too few."""
        ...


def drive_target(drive: str, library: NetworkLibrary | None = None) -> str:
    """UNC path of a drive as the logged-on person connected it; empty for a local drive or none.

    `WNetGetConnectionW` answers from this machine's own table and does not ask the server (Microsoft, winnetwk.h).
    """
    library = library or _windows_library()
    if library is None:
        return ""
    length = _FIRST_LENGTH
    while True:
        target, needed = ctypes.create_unicode_buffer(length), ctypes.c_ulong(length)
        code = library.WNetGetConnectionW(drive, target, ctypes.byref(needed))
        if code != _MORE_DATA or needed.value <= length:
            return target.value if code == _NO_ERROR else ""
        length = needed.value


def _windows_library() -> NetworkLibrary | None:
    if sys.platform == "win32":
        library: NetworkLibrary = ctypes.WinDLL("mpr")
        return library
    return None
