"""Find 3ds Max on this machine: by its variable, by the registry, in its default folder. Decides which one a job gets.

Facts: `ADSK_3DSMAX_x64_<year>` holds the installation folder (set by the installer); the registry has it under
`HKLM\\SOFTWARE\\Autodesk\\3dsMax\\<internal version>.0`, value `Installdir`. The internal version is the year less 1998
(2022 = 24, 2027 = 29).
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from workers.node.exit_codes import NodeExit
from workers.node.failure import AttemptFailedError

YEARS = range(2022, 2028)
VERSION_OPTION = "max_version"


class Lookup(Protocol):
    """Where to look on a machine."""

    def variable(self, name: str) -> str:
        """An environment variable; empty if it is not set."""
        ...

    def registry(self, key: str, value: str) -> str:
        """A text below HKEY_LOCAL_MACHINE; empty if it is not there."""
        ...

    def is_file(self, path: Path) -> bool:
        """Whether a file is there."""
        ...


@dataclass(frozen=True)
class SystemLookup:
    """This machine."""

    environment: Mapping[str, str]

    def variable(self, name: str) -> str:
        """See `Lookup`."""
        return self.environment.get(name, "")

    def registry(self, key: str, value: str) -> str:
        """See `Lookup`."""
        if sys.platform == "win32":
            import winreg  # noqa: PLC0415 - on Windows alone

            access = winreg.KEY_READ | winreg.KEY_WOW64_64KEY
            with contextlib.suppress(OSError), winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, key, 0, access) as opened:
                return str(winreg.QueryValueEx(opened, value)[0])
        return ""

    def is_file(self, path: Path) -> bool:
        """See `Lookup`."""
        try:
            return path.is_file()
        except OSError:
            return False


@dataclass(frozen=True)
class Installation:
    """One 3ds Max."""

    year: int
    folder: Path


def registry_key(year: int) -> str:
    """The key of a version, below HKEY_LOCAL_MACHINE."""
    return rf"SOFTWARE\Autodesk\3dsMax\{year - 1998}.0"


def variable_name(year: int) -> str:
    """The variable that names the folder of a version."""
    return f"ADSK_3DSMAX_x64_{year}"


def find_installations(lookup: Lookup, program: str) -> tuple[Installation, ...]:
    """Every version that has the program (a file name), the newest last."""
    found = (_installation(lookup, year, program) for year in YEARS)
    return tuple(installation for installation in found if installation is not None)


def choose(lookup: Lookup, program: str, wanted: object = None) -> Path:
    """The program of the version that a job wants.

    wanted: the year of the 3ds Max that saved the scene: that version, else the newest (older ones cannot open it);
    None for the newest. Raises AttemptFailedError, which names what was looked at.
    """
    year = _checked_year(wanted)
    installed = find_installations(lookup, program)
    fitting = [item for item in installed if year is None or item.year >= year]
    if not fitting:
        raise _not_found(program, year, installed)
    exact = [item for item in fitting if item.year == year]
    return (exact or fitting)[-1].folder / program


def _installation(lookup: Lookup, year: int, program: str) -> Installation | None:
    folders = (Path(folder) for folder in _folders(lookup, year))
    return next((Installation(year, folder) for folder in folders if lookup.is_file(folder / program)), None)


def _folders(lookup: Lookup, year: int) -> Iterator[str]:
    candidates = (
        lookup.variable(variable_name(year)),
        lookup.registry(registry_key(year), "Installdir"),
        _default_folder(lookup, year),
    )
    return (folder for folder in candidates if folder)


def _default_folder(lookup: Lookup, year: int) -> str:
    programs = lookup.variable("ProgramW6432") or lookup.variable("ProgramFiles")
    return os.path.join(programs, "Autodesk", f"3ds Max {year}") if programs else ""  # noqa: PTH118 - a text so far


def _checked_year(wanted: object) -> int | None:
    if wanted is None:
        return None
    if type(wanted) is not int or not 2000 <= wanted < 2100:
        raise AttemptFailedError(
            f"The renderer's option `{VERSION_OPTION}` must be a year, not {wanted!r:.40}.",
            advice="Submit the job again from a newer panel.",
            code=NodeExit.JOB_DESCRIPTION,
            failure_class="scene",
        )
    return wanted


def _not_found(program: str, year: int | None, installed: Sequence[Installation]) -> AttemptFailedError:
    wanted = f"3ds Max {year} or later" if year else "3ds Max"
    others = ", ".join(str(item.year) for item in installed) or "none"
    return AttemptFailedError(
        f"{wanted} is not on this node.",
        why=f"{program} was looked for by the variables {variable_name(YEARS[0])} to {YEARS[-1]}, in the registry "
        f"(HKLM\\{registry_key(YEARS[0])} to {YEARS[-1] - 1998}.0, Installdir) and in Autodesk\\3ds Max <year> of the "
        f"program files. Versions found: {others}",
        advice=f"Install it, set {variable_name(year or YEARS[-1])}, or send the job to other nodes.",
        code=NodeExit.NODE_CONFIGURATION,
        failure_class="node",
    )
