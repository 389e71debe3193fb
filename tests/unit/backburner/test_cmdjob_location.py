from __future__ import annotations

import pytest

from flatiron_tasks.backburner.cmdjob_location import located, places

_OPT = "/opt/Autodesk/backburner/cmdjob"
_OLD = "/usr/discreet/backburner/cmdjob"
_X86 = r"C:\Program Files (x86)\Autodesk\Backburner\cmdjob.exe"
_X64 = r"C:\Program Files\Autodesk\Backburner\cmdjob.exe"


@pytest.mark.parametrize(
    ("command", "platform", "on_path", "installed", "expected"),
    [
        (("cmdjob",), "linux", "/usr/bin/cmdjob", {_OPT}, ("/usr/bin/cmdjob",)),
        (("cmdjob",), "linux", None, {_OPT, _OLD}, (_OPT,)),
        (("cmdjob",), "darwin", None, {_OLD}, (_OLD,)),
        (("cmdjob",), "win32", None, {_X86, _X64}, (_X86,)),
        (("cmdjob.exe",), "win32", None, {_X64}, (_X64,)),
        (("CMDJOB.EXE", "-x"), "win32", None, {_X64}, (_X64, "-x")),
        (("cmdjob",), "linux", None, set(), ("cmdjob",)),
        (("cmdjob",), "plan9", None, {_OPT}, ("cmdjob",)),
        (("/my/cmdjob",), "linux", "/usr/bin/cmdjob", {_OPT}, ("/my/cmdjob",)),
        (("python", "-m", "workers.farm.cmdjob"), "linux", None, {_OPT}, ("python", "-m", "workers.farm.cmdjob")),
    ],
)
def test_a_bare_cmdjob_is_the_one_on_the_path_or_else_the_installed_one(
    command: tuple[str, ...], platform: str, on_path: str | None, installed: set[str], expected: tuple[str, ...]
) -> None:
    # [C12]
    found = located(command, platform=platform, which=lambda _: on_path, exists=lambda place: place in installed)

    assert found == expected


def test_the_places_are_those_of_backburners_installers() -> None:
    # [C12]
    assert places("win32") == (_X86, _X64)
    assert places("linux") == places("darwin") == (_OPT, _OLD)
