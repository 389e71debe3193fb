"""A row is ok only if its value was measured and meets its target."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.benchmarks.rows import judged, ratio, write_rows


@pytest.mark.parametrize(
    ("value", "target", "ok"),
    [
        (20.0, ">= 20", True),
        (19.99, ">= 20", False),
        (1.3, "<= 1.3", True),
        (1.31, "<= 1.3", False),
        (300.0, "< 300", False),
        (299.9, "< 300", True),
        (None, ">= 20", False),
        (None, "< 300", False),
    ],
)
def test_a_row_is_ok_only_on_the_right_side_of_its_target(value: float | None, target: str, ok: bool) -> None:
    assert judged("speed", value, target, "x").ok is ok


def test_a_target_without_a_known_relation_is_a_fault() -> None:
    with pytest.raises(KeyError):
        judged("speed", 1.0, "> 1", "x")


@pytest.mark.parametrize(("dividend", "divisor"), [(None, 1.0), (1.0, None), (1.0, 0.0)])
def test_a_ratio_with_a_part_that_was_not_measured_is_not_measured(
    dividend: float | None, divisor: float | None
) -> None:
    assert ratio(dividend, divisor) is None


def test_rows_are_written_with_exactly_their_five_fields(tmp_path: Path) -> None:
    path = tmp_path / "bench" / "merge.json"
    write_rows([judged("speed", 21.5, ">= 20", "x", "a note"), judged("memory", None, "< 300", "MB")], path)
    assert json.loads(path.read_text("utf-8")) == [
        {"name": "speed", "value": 21.5, "unit": "x", "target": ">= 20", "ok": True},
        {"name": "memory", "value": None, "unit": "MB", "target": "< 300", "ok": False},
    ]
