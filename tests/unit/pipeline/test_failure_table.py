"""Classes of failures: the file for sites is the built-in table, and a wrong one is refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from flatiron_tasks.contracts.errors import SettingsError
from flatiron_tasks.pipeline.failure_table import DEFAULT_ROWS, failure_table

SHIPPED = Path(__file__).resolve().parents[3] / "deploy" / "failure-classes.toml"


def test_the_shipped_file_is_the_built_in_table() -> None:
    assert failure_table(str(SHIPPED)).classes == failure_table("").classes


@pytest.mark.parametrize(
    ("text", "told", "kind"),
    [
        ("V-Ray: could not obtain a license (-97)", "unknown", "licence"),
        ("License error: server down", "unknown", "licence"),
        ("[WinError 5] Access is denied: Z:/bakes", "unknown", "share"),
        ("OSError: [Errno 116] Stale file handle", "unknown", "share"),
        ("the scene castle.max could not be opened", "unknown", "scene"),
        ("Missing DLL: forestpack.dlo", "unknown", "scene"),
        ("std::bad_alloc", "unknown", "node"),
        ("The renderer ended with exit code 5.", "unknown", "unknown"),
        ("The renderer ended with exit code 5.", "scene", "scene"),
        ("The renderer ended with exit code 5.", "something else", "unknown"),
        ("Access is denied.", "node", "node"),
        ("No licence for V-Ray.", "unknown", "licence"),
        ("License server does not answer: the license could not be obtained", "unknown", "licence"),
        ("The network path was not found", "unknown", "share"),
        ("The specified network name is no longer available.", "unknown", "share"),
        ("Failed to load scene castle.max", "unknown", "scene"),
        ("ERROR: no graphics device", "unknown", "node"),
    ],
)
def test_what_the_node_took_it_for_counts_before_the_words_of_its_reason(text: str, told: str, kind: str) -> None:
    assert failure_table("").classify(text, told).name == kind


HARMLESS = (
    "You may obtain a copy of the License at",
    "you may not use this file except in compliance with the License.",
    r"network path \\srv\proj mounted",
    "V-Ray license: ok",
    "License check: 0 errors",
    "license errors: 0",
    "No license errors.",
    "Waiting for license... OK",
    "Scene loaded, 0 failed maps",
    "Scene loaded, missing maps: 0",
    "Missing maps: none",
    "Graphics device: Direct3D 11",
    "0 input/output errors",
)


@pytest.mark.parametrize("line", HARMLESS)
def test_a_line_that_tells_of_no_failure_makes_no_class(line: str) -> None:
    table = failure_table("")
    assert table.classify(line).name == "unknown"
    assert table.classify("exit code 139", log=f"{line}\nSegmentation fault\n").name == "unknown"
    assert table.classify(f"It ended with exit code 139: It said: {line} | Rendering failed").name == "unknown"


def test_a_log_is_read_from_its_end_and_only_there() -> None:
    table, quiet = failure_table(""), "Rendering row\n"
    assert table.classify("exit code 5", log="Stale file handle\nstd::bad_alloc\n").name == "node"
    assert table.classify("exit code 5", log="Stale file handle\n" + quiet * 19).name == "share"
    assert table.classify("exit code 5", log="Stale file handle\n" + quiet * 20).name == "unknown"
    assert table.classify("std::bad_alloc", log="Stale file handle\n").name == "node"


def test_licence_and_share_trouble_may_last_for_days_and_all_other_failures_count_at_once() -> None:
    classes = failure_table("").classes
    assert {item.name for item in classes if item.waits} == {"licence", "share"}
    assert all(item.is_spent(item.attempts, item.hours * 3600) for item in classes)
    assert not any(item.is_spent(item.attempts - 1, 1e9) for item in classes)
    assert not any(item.is_spent(1000, 3600) for item in classes if item.waits)


def test_a_site_may_let_such_trouble_last_for_ever(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text(SHIPPED.read_text("utf-8").replace("attempts = 30\nhours = 48", "attempts = 0"), "utf-8")
    licence = failure_table(str(path)).named("licence")
    assert licence.waits
    assert not licence.is_spent(10_000, 1e9)


def test_a_site_may_teach_it_new_words(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text(SHIPPED.read_text("utf-8").replace("'no such object'", "'no such object', 'kaputt'"), "utf-8")
    assert failure_table(str(path)).classify("alles KAPUTT").name == "scene"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[scene]", "[szene]", "its classes are"),
        ("attempts = 2", "attempts = -2", "scene.attempts"),
        ("attempts = 2", "attempts = true", "scene.attempts"),
        ("hours = 48", "hours = -1", "licence.hours"),
        ("hours = 48", "hours = inf", "licence.hours"),
        ("hours = 48", "hours = '48'", "licence.hours"),
        ("hours = 48", "days = 2", "not a table"),
        ("'no such object'", "'(no such object'", "scene.patterns"),
        ("'no such object'", "5", "wrong type"),
        ("attempts = 2\n", "", "not a table"),
        ("[scene]", "[scene", "cannot be read"),
    ],
)
def test_a_wrong_table_is_refused_and_says_what_is_wrong(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = tmp_path / "site.toml"
    path.write_text(SHIPPED.read_text("utf-8").replace(old, new), "utf-8")
    with pytest.raises(SettingsError) as refused:
        failure_table(str(path))
    assert said in str(refused.value)


def test_every_class_has_advice() -> None:
    assert all(row["advice"] for row in DEFAULT_ROWS.values())
