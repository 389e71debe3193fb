"""The systemd units start what there is, with accounts that there are, and give it nothing that it does not need."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.unit.deploy.deploy_files import DEPLOY, understood, variables

UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
OURS = [unit for unit in UNITS if unit.stem != "flatiron-redis"]
ACCOUNTS = {"flatiron-worker@": ("worker", "front-desk")}


def options(unit: Path) -> dict[str, list[str]]:
    """Every option of a unit with its values, in order."""
    found: dict[str, list[str]] = {}
    for line in unit.read_text("utf-8").splitlines():
        name, is_option, value = line.partition("=")
        if is_option and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


def ids(unit: Path) -> str:
    return unit.stem


def test_there_is_a_unit_for_every_service() -> None:
    assert {unit.stem for unit in OURS} == {f"flatiron-{name}" for name in ("worker@", "sweep", "flower", "web")}


@pytest.mark.parametrize("unit", OURS, ids=ids)
def test_a_unit_starts_a_command_that_our_program_understands(unit: Path) -> None:
    (line,) = options(unit)["ExecStart"]
    program, *arguments = shlex.split(line)
    assert program == "/opt/flatiron/bin/flatiron"
    for account in ACCOUNTS.get(unit.stem, (unit.stem.removeprefix("flatiron-"),)):
        given = variables(account)
        assert options(unit)["EnvironmentFile"] in ([f"/etc/flatiron/{account}.env"], ["/etc/flatiron/%i.env"])
        words = " ".join(arguments).replace("%i", account).replace("$WORKER_OPTIONS", given.get("WORKER_OPTIONS", ""))
        understood(words.split())  # raises


@pytest.mark.parametrize("unit", UNITS, ids=ids)
def test_a_service_is_fenced_in_and_started_again(unit: Path) -> None:
    found = options(unit)
    assert found["NoNewPrivileges"] == ["yes"]
    assert found["CapabilityBoundingSet"] == [""]
    assert found["ProtectSystem"] in (["strict"], ["full"])
    assert found["SystemCallFilter"] == ["@system-service"]
    assert found["Restart"] == ["always"]
    assert ("User" in found) != ("DynamicUser" in found)
    assert found.get("User") != ["root"]


@pytest.mark.parametrize("unit", OURS, ids=ids)
def test_a_service_has_a_home_that_it_may_write_to(unit: Path) -> None:
    """Accounts of services have none, and paths of the user's folders cannot be told without."""
    found = options(unit)
    (home,) = [word for line in found["Environment"] for word in line.split() if word.startswith("HOME=")]
    roots = {"CacheDirectory": "/var/cache", "StateDirectory": "/var/lib", "RuntimeDirectory": "/run"}
    given = {f"HOME={root}/{name}" for key, root in roots.items() for name in found.get(key, ())}
    assert home in given


def test_settings_that_are_refused_do_not_make_a_service_start_for_ever() -> None:
    for unit in OURS:
        assert options(unit)["RestartPreventExitStatus"] == ["2 3"]


def test_systemd_itself_has_nothing_against_the_units(tmp_path: Path) -> None:
    """On machines with systemd; deploy/README.md tells of a run on a whole one."""
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("NOT CHECKED: this machine has no systemd-analyze")
    for unit in UNITS:  # programs that are not installed here are no fault of the unit
        text = unit.read_text("utf-8")
        lines = ["ExecStart=/bin/true" if line.startswith("ExecStart=") else line for line in text.splitlines()]
        (tmp_path / unit.name).write_text("\n".join(lines), "utf-8")
    paths = [str(tmp_path / unit.name) for unit in UNITS]
    done = subprocess.run(
        [analyze, "verify", "--man=no", *paths], capture_output=True, text=True, timeout=60, check=False
    )
    about_ours = [line for line in done.stderr.splitlines() if str(tmp_path) in line or "flatiron" in line]
    assert (done.returncode, about_ours) == (0, []), done.stderr
