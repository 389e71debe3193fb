"""Which 3ds Max a job gets, on machines that exist in the test only."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from workers.node.exit_codes import NodeExit
from workers.node.failure import AttemptFailedError
from workers.node.max_installations import SystemLookup, choose, find_installations, registry_key

BATCH = "3dsmaxbatch.exe"


@dataclass
class Machine:
    """A machine with some of its places filled."""

    variables: dict[str, str] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    folders: tuple[str, ...] = ()
    programs: tuple[str, ...] = (BATCH,)

    def variable(self, name: str) -> str:
        return self.variables.get(name, "")

    def registry(self, key: str, value: str) -> str:
        return self.values.get(f"{key}\\{value}", "")

    def is_file(self, path: Path) -> bool:
        return path.name in self.programs and str(path.parent) in self.folders


def machine(*years: int, programs: tuple[str, ...] = (BATCH,)) -> Machine:
    """The versions in their default folders."""
    folders = tuple(f"C:/Program Files/Autodesk/3ds Max {year}" for year in years)
    return Machine({"ProgramW6432": "C:/Program Files"}, folders=folders, programs=programs)


def year_of(path: Path) -> int:
    return int(path.parent.name[-4:])


def test_a_version_is_found_by_its_variable_the_registry_or_its_default_folder() -> None:
    found = Machine(
        {"ADSK_3DSMAX_x64_2024": "D:/max2024", "ProgramFiles": "C:/Program Files"},
        {r"SOFTWARE\Autodesk\3dsMax\27.0\Installdir": "E:/max2025"},
        ("D:/max2024", "E:/max2025", "C:/Program Files/Autodesk/3ds Max 2026"),
    )
    assert [(item.year, str(item.folder)) for item in find_installations(found, BATCH)] == [
        (2024, "D:/max2024"),
        (2025, "E:/max2025"),
        (2026, "C:/Program Files/Autodesk/3ds Max 2026"),
    ]


@pytest.mark.parametrize(("year", "key"), [(2022, "24.0"), (2025, "27.0"), (2027, "29.0")])
def test_the_registry_knows_a_version_by_its_internal_number(year: int, key: str) -> None:
    assert registry_key(year) == rf"SOFTWARE\Autodesk\3dsMax\{key}"


def test_a_folder_without_the_program_is_no_installation() -> None:
    left_over = Machine({"ADSK_3DSMAX_x64_2026": "C:/max2026", "ProgramFiles": "C:/Program Files"})
    assert find_installations(left_over, BATCH) == ()


@pytest.mark.parametrize(
    ("installed", "wanted", "chosen"),
    [((2024, 2026), None, 2026), ((2024, 2026), 2024, 2024), ((2024, 2026, 2027), 2025, 2027), ((2022,), 2022, 2022)],
)
def test_a_job_gets_its_own_version_else_the_newest_that_opens_its_scene(
    installed: tuple[int, ...], wanted: int | None, chosen: int
) -> None:
    assert year_of(choose(machine(*installed), BATCH, wanted)) == chosen


def test_a_node_with_older_versions_only_says_what_it_has_and_where_it_looked() -> None:
    with pytest.raises(AttemptFailedError) as caught:
        choose(machine(2022, 2024), BATCH, 2025)
    assert (caught.value.code, caught.value.failure_class) == (NodeExit.NODE_CONFIGURATION, "node")
    for part in ("3ds Max 2025 or later", "2022, 2024", "ADSK_3DSMAX_x64_2022", r"3dsMax\24.0", BATCH):
        assert part in str(caught.value)


@pytest.mark.parametrize("wanted", ["2026", True, 26, 2026.0])
def test_a_version_that_is_no_year_is_refused(wanted: object) -> None:
    with pytest.raises(AttemptFailedError, match="max_version"):
        choose(machine(2026), BATCH, wanted)


def test_a_machine_without_a_registry_has_only_variables_and_folders(tmp_path: Path) -> None:
    (tmp_path / BATCH).write_bytes(b"")
    lookup = SystemLookup({"ADSK_3DSMAX_x64_2026": str(tmp_path)})
    assert choose(lookup, BATCH, 2026) == tmp_path / BATCH
    assert lookup.registry(registry_key(2026), "Installdir") == ""
