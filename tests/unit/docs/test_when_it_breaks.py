"""What docs/when-it-breaks.md names is there: drills, sentences, commands, alerts, sections."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest
import typer

from workers.cli.app import app

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "when-it-breaks.md"
TEXT = PAGE.read_text("utf-8")
SECTIONS = re.findall(r"^### (.+)$", TEXT, re.MULTILINE)
QUOTES = sorted(set(re.findall(r"“([^”]+)”", TEXT)))
FEWEST_LETTERS = 6
"""Less than this would be found anywhere."""


def drills_in(file: Path) -> set[str]:
    """Names of the tests in a file."""
    found = ast.walk(ast.parse(file.read_text("utf-8")))
    return {node.name for node in found if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


@cache
def templates() -> tuple[str, ...]:
    """Every text that our programs can say, with a null in the place of what is filled in."""
    folders = ("flatiron_tasks", "workers", "max_submitter")
    files = [file for folder in folders for file in (ROOT / folder).rglob("*.py")]
    nodes = [node for file in files for node in ast.walk(ast.parse(file.read_text("utf-8")))]
    plain = [re.sub(r"{[^{}]*}", "\0", node.value) for node in nodes if _is_text(node)]  # type: ignore[attr-defined]
    filled = ["".join(map(_part, node.values)) for node in nodes if isinstance(node, ast.JoinedStr)]
    return tuple({*plain, *filled})


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _part(value: ast.expr) -> str:
    return str(value.value) if isinstance(value, ast.Constant) else "\0"


def is_said(quote: str) -> bool:
    """Whether one text of our programs holds the quote; its … is what is filled in, or left out."""
    if len(re.findall(r"[A-Za-z]", quote)) < FEWEST_LETTERS:
        return False
    parts = quote.split("…")
    pattern = re.compile(r"[^\n]*?".join(map(re.escape, parts)))
    return any(pattern.search(text) for text in templates() if all(part in text for part in parts))


def anchor(title: str) -> str:
    """The link to a heading, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def test_every_sentence_that_is_quoted_is_one_of_our_programs() -> None:
    assert len(QUOTES) > len(SECTIONS)
    assert [quote for quote in QUOTES if not is_said(quote)] == []


@pytest.mark.parametrize("quote", ["The farm manager … has been on holiday since …", "Redis is at …, fully well", "…"])
def test_a_sentence_that_nobody_says_is_caught(quote: str) -> None:
    assert not is_said(quote)


def test_every_drill_that_is_named_exists() -> None:
    named = set(re.findall(r"(tests/[\w/]+\.py)::(\w+)", TEXT))
    assert len(named) > len(SECTIONS)
    assert sorted(f"{file}::{name}" for file, name in named if name not in drills_in(ROOT / file)) == []


def test_every_drill_that_exists_is_named() -> None:
    files = (ROOT / "tests" / "drills").glob("test_*.py")
    drills = {f"{file.relative_to(ROOT).as_posix()}::{name}" for file in files for name in drills_in(file)}
    assert sorted(drill for drill in drills if f"`{drill}`" not in TEXT) == []


def test_every_section_says_how_it_was_tried() -> None:
    bodies = re.split(r"^#{2,3} .+$", TEXT, flags=re.MULTILINE)
    tried = [body for body in bodies if "**Tried**: `tests/" in body]
    assert len(tried) == len(SECTIONS)


def test_every_symptom_leads_to_a_section_and_every_link_to_a_file() -> None:
    anchors = {anchor(title) for title in SECTIONS}
    links = re.findall(r"\]\(([^)]+)\)", TEXT)
    assert [link for link in links if link.startswith("#") and link[1:] not in anchors] == []
    assert [link for link in links if not link.startswith("#") and not (PAGE.parent / link).is_file()] == []


def test_every_command_and_every_alert_that_is_named_exists() -> None:
    commands = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
    assert set(re.findall(r"(?:`|^ {4})flatiron ([a-z-]+)", TEXT, re.MULTILINE)) <= commands
    rules = "".join(file.read_text("utf-8") for file in (ROOT / "deploy" / "prometheus").glob("*.yml"))
    alerts = set(re.findall(r"`(Flatiron\w+)`", TEXT))
    assert alerts
    assert {alert for alert in alerts if f"alert: {alert}\n" not in rules} == set()
