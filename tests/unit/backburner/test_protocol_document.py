"""The norm and the tests agree: every rule is tested under its number, and no test quotes a rule that is not there."""

from __future__ import annotations

import re
from pathlib import Path

_ROOT = Path(__file__).parents[3]
_DOCUMENT = _ROOT / "docs" / "backburner-protocol.md"
_TESTS = ("tests/unit/backburner", "tests/unit/farm", "tests/contract/farm", "tests/integration", "tests/unit/pipeline")
_RULE = re.compile(r"^\| ([A-Z]\d+) \|", re.MULTILINE)
_QUOTED = re.compile(r"\[([ACFNQRW]\d+)\]")
_MENTIONED = re.compile(r"(?<![A-Za-z0-9])([ACFNQRW]\d{1,2})(?![A-Za-z0-9])")


def _rules() -> list[str]:
    return _RULE.findall(_DOCUMENT.read_text(encoding="utf-8"))


def _quoted() -> set[str]:
    files = [path for folder in _TESTS for path in (_ROOT / folder).rglob("*.py") if path != Path(__file__)]
    return {number for path in files for number in _QUOTED.findall(path.read_text(encoding="utf-8"))}


def test_every_number_is_given_once_and_in_order() -> None:
    rules = _rules()
    letters = "".join(dict.fromkeys(rule[0] for rule in rules))

    assert rules == [
        f"{letter}{number}" for letter in letters for number in range(1, sum(rule[0] == letter for rule in rules) + 1)
    ]
    assert letters == "WRFQNCA"


def test_every_rule_is_quoted_by_a_test_and_every_quoted_rule_exists() -> None:
    rules, quoted = set(_rules()), _quoted()

    assert sorted(rules - quoted) == [], "rules without a test"
    assert sorted(quoted - rules) == [], "tests of rules that are not there"


def test_the_document_refers_to_its_own_rules_only() -> None:
    assert set(_MENTIONED.findall(_DOCUMENT.read_text(encoding="utf-8"))) <= set(_rules())
