"""JSON read strictly: no key twice, no NaN. Says nothing about what the data must be."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from flatiron_tasks.contracts.errors import ContractError


def read_json(text: str | bytes, *, source: str) -> Any:
    """The data of a JSON text. `source` (a file name, a task) goes into the error. Raises ContractError."""
    try:
        return json.loads(text, object_pairs_hook=_unique_keys, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise ContractError(f"{source} is not valid JSON.", why=str(error)) from error


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) < len(pairs):
        times = Counter(name for name, _ in pairs)
        raise ContractError(f"key `{min(name for name, count in times.items() if count > 1)}` stands twice.")
    return data


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a JSON number")
