"""Every belief about 3ds Max has an id, and every id in the code has its belief."""

from __future__ import annotations

import re
from pathlib import Path

from max_submitter.scene.assumptions import ASSUMPTIONS

FOLDER = Path(__file__).resolve().parents[3] / "max_submitter/scene"


def test_ids_are_unique_and_in_order() -> None:
    ids = [item.id for item in ASSUMPTIONS]
    assert ids == [f"MAX-{number:02}" for number in range(1, len(ids) + 1)]


def test_every_assumption_says_what_and_how_to_verify() -> None:
    assert all(item.sentence.endswith(".") and item.verify.endswith((".", "?")) for item in ASSUMPTIONS)


def test_the_code_names_every_assumption_and_no_other() -> None:
    texts = (file.read_text("utf-8") for file in FOLDER.glob("*.py") if file.name != "assumptions.py")
    named = {name for text in texts for name in re.findall(r"MAX-\d\d", text)}
    assert named == {item.id for item in ASSUMPTIONS}
