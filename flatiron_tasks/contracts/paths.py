"""Paths that cross a process border, in one canonical spelling.

`//server/share/folder` (UNC), `C:/folder` (a drive, only where it can mean one machine), `/folder` (POSIX). Forward
slashes, no `.` or `..`, no trailing slash. Turning them into local paths is `share.path_mapping`'s work, once, at the
border.
"""

from __future__ import annotations

import re

from flatiron_tasks.contracts.errors import BadInputError

_DRIVE = re.compile(r"[A-Za-z]:")
DEVICE_NAME = re.compile(r"(?i)(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)")
"""What Windows takes for a device wherever it stands, with any extension."""
_WINDOWS_ILLEGAL = re.compile(r'[<>:"|?*\x00-\x1f]')


def canonical_path(text: str, *, what: str = "path") -> str:
    """The canonical spelling of an absolute path in any flavour. Raises BadInputError."""
    windows = text.startswith(("\\\\", "//")) or bool(_DRIVE.match(text))
    slashed = text.replace("\\", "/") if windows else text
    prefix, rest = _split(slashed, what)
    parts = [part for part in rest.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise BadInputError(f"The {what} {text!r} contains '..'.", advice="Write the folder's full path.")
    illegal = _WINDOWS_ILLEGAL.search("/".join(parts)) if windows else re.search(r"[\x00-\x1f]", rest)
    if illegal:
        raise BadInputError(f"The {what} {text!r} contains {illegal.group()!r}, which no path may contain.")
    if windows and any(part.endswith((" ", ".")) for part in parts):
        raise BadInputError(f"The {what} {text!r} has a name that ends with a space or dot, which Windows removes.")
    device = next((part for part in parts if windows and DEVICE_NAME.fullmatch(part.split(".")[0].rstrip())), None)
    if device or rest.startswith("./"):
        raise BadInputError(f"The {what} {text!r} names a device of Windows, not a folder.", advice="Write a folder.")
    if prefix == "//" and len(parts) < 2:
        raise BadInputError(f"The {what} {text!r} names no share.", advice=r"Write it as \\server\share\folder.")
    return prefix + "/".join(parts)


def _split(text: str, what: str) -> tuple[str, str]:
    if text.startswith("//"):
        return "//", text[2:]
    if _DRIVE.match(text) and text[2:3] == "/":
        return f"{text[0].upper()}:/", text[3:]
    if text.startswith("/"):
        return "/", text[1:]
    raise BadInputError(
        f"The {what} {text!r} is not an absolute path.",
        advice=r"Write it as \\server\share\folder, C:\folder or /folder.",
    )


def is_canonical(text: str) -> bool:
    """Whether a text is an absolute path in its canonical spelling."""
    try:
        return canonical_path(text) == text
    except BadInputError:
        return False


def is_windows_path(path: str) -> bool:
    """Whether a canonical path is a Windows one (UNC or drive): such paths compare without case."""
    return path.startswith("//") or bool(_DRIVE.match(path))


def has_drive(path: str) -> bool:
    """Whether a canonical path begins with a drive letter, which means something else on every machine."""
    return bool(_DRIVE.match(path))


def is_inside(path: str, folder: str) -> bool:
    """Whether a canonical path is a canonical folder or below it."""
    if is_windows_path(folder):
        path, folder = path.casefold(), folder.casefold()
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def join(folder: str, *names: str) -> str:
    """A canonical path below a canonical folder."""
    return "/".join((folder.rstrip("/"), *names)) if folder != "/" else "/" + "/".join(names)


def parent(path: str) -> str:
    """The canonical folder that a canonical path stands in."""
    head = path.rsplit("/", 1)[0]
    return head + "/" if head == "" or head.endswith(":") else head
