"""Rows: one measured value against its target. A value that could not be measured is not ok."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from operator import ge, le, lt
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """`value` in `unit` and what is asked of it, for example ">= 20". `note` says how it came about."""

    name: str
    value: float | None
    unit: str
    target: str
    ok: bool
    note: str = ""

    @property
    def measured(self) -> str:
        """The value for people."""
        if self.value is None:
            return "not measured"
        return f"{self.value:.0f} {self.unit}" if self.unit == "MB" else f"{self.value:.3g} {self.unit}"


_RELATIONS = {">=": ge, "<=": le, "<": lt}


def judged(name: str, value: float | None, target: str, unit: str, note: str = "") -> Row:
    """The row for a value; `target` is one of >=, <=, < and a number. An unmeasured value is None."""
    relation, number = target.split()
    ok = value is not None and _RELATIONS[relation](value, float(number))
    return Row(name, value, unit, target, ok, note)


def ratio(dividend: float | None, divisor: float | None) -> float | None:
    """None if a part was not measured."""
    return None if dividend is None or not divisor else dividend / divisor


def write_rows(rows: Sequence[Row], path: Path) -> None:
    """Write the rows as a JSON list of {name, value, unit, target, ok}."""
    listed = [
        {"name": row.name, "value": row.value, "unit": row.unit, "target": row.target, "ok": row.ok} for row in rows
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(listed, indent=2) + "\n", "utf-8")
