"""All golden cases, and what each must give: `expected/<name>.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tests.golden import merging, textures
from tests.golden.paint import Table
from tests.reference_merge import Array

CASES: Table = {
    **merging.joining(),
    **merging.sharing(),
    **textures.values(),
    **textures.padding(),
    **textures.storing(),
}
FOLDER = Path(__file__).parent / "expected"


@dataclass(frozen=True, eq=False)
class Golden:
    """What a case must give: decoded samples, counts and overlaps, and the file's SHA-256 ("" for JPEG)."""

    samples: Array
    counts: Mapping[str, int]
    overlaps: list[Any]
    sha256: str


def read_golden(name: str) -> Golden:
    """Read what the case `name` must give."""
    stored = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    samples = np.array(stored["samples"], np.dtype(stored["dtype"]))
    return Golden(samples, stored["counts"], stored["overlaps"], stored["sha256"])


def golden_text(rule: str, golden: Golden) -> str:
    """The file of a golden case: one line per row of texels, so that a change is readable in a diff."""
    rows = ",\n".join(f"  {json.dumps(row)}" for row in golden.samples.tolist())
    head = {
        "rule": rule,
        "sha256": golden.sha256,
        "counts": dict(golden.counts),
        "overlaps": golden.overlaps,
        "dtype": golden.samples.dtype.name,
    }
    return json.dumps(head, indent=1)[:-2] + f',\n "samples": [\n{rows}\n ]\n}}\n'
