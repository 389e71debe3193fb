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
    ],
)
def test_what_a_node_says_tells_the_class_before_what_it_takes_it_for(text: str, told: str, kind: str) -> None:
    assert failure_table("").classify(text, told).name == kind


def test_licence_and_share_trouble_have_no_budget_and_all_others_have_one() -> None:
    assert {item.name for item in failure_table("").classes if item.waits} == {"licence", "share"}


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
