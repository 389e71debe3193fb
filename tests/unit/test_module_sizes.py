"""A module that grew beyond 400 lines holds more than one concern: cut it."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MOST_LINES = 400
ALLOWED: dict[str, str] = {}
"""Path of a longer module -> why it must be."""


def too_long(lines: dict[str, int]) -> list[str]:
    """Modules over the limit without a reason, and reasons without a module over the limit."""
    over = {name for name, count in lines.items() if count > MOST_LINES}
    return sorted(over.symmetric_difference(ALLOWED))


def test_no_module_holds_more_than_one_concern() -> None:
    folders = ("flatiron_tasks", "workers", "max_submitter", "tests")
    files = [file for folder in folders for file in (ROOT / folder).rglob("*.py")]
    assert len(files) > 100
    assert too_long({str(file.relative_to(ROOT)): len(file.read_text("utf-8").splitlines()) for file in files}) == []


def test_a_long_module_is_caught() -> None:
    assert too_long({"long.py": MOST_LINES + 1, "short.py": MOST_LINES}) == ["long.py"]
