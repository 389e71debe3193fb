"""No damaged piece gets into a layer: each is refused for the right reason, at no cost, and leaves no trace.

One process keeps the whole zoo (`corrupt_zoo_keeper`), so that a crash or a leak of any decoder shows.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.unit.imaging.corrupt_zoo import FLIPS, FORMS, TRUNCATIONS

FAMILIES = (
    "truncated",
    "flipped",
    "swapped",
    "no image",
    "wrong channels",
    "wrong size",
    "header lies",
    "chunk lies",
    "huge claims",
)
MOST_GROWTH = 64 << 20
"""Bytes that all specimens together may cost; the greatest claim one would be 2 GiB."""

Answers = list[dict[str, Any]]


@pytest.fixture(scope="module")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("zoo")
    command = [sys.executable, "-X", "faulthandler", "-m", "tests.unit.imaging.corrupt_zoo_keeper", str(folder)]
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=170, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    result: dict[str, Any] = json.loads((folder / "answers.json").read_text("utf-8"))
    return result


@pytest.fixture
def answers(zoo: dict[str, Any]) -> Answers:
    found: Answers = zoo["answers"]
    return found


def told(answers: Answers) -> list[str]:
    """The animals by name, and what became of them."""
    return [f"{each['family']}, {each['name']}: {each['outcome']} {each['why']}" for each in answers]


def test_the_zoo_is_complete(answers: Answers) -> None:
    count = Counter(each["family"] for each in answers)
    assert set(count) == set(FAMILIES)
    assert count["truncated"] >= 2 * TRUNCATIONS * len(FORMS)
    assert count["flipped"] == 2 * FLIPS * len(FORMS)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_damaged_piece_is_refused_for_the_right_reason(answers: Answers, family: str) -> None:
    named = [each for each in answers if each["family"] == family and each["reason"]]
    assert named
    wrong = [each for each in named if each["outcome"] != "refused" or not re.search(each["reason"], each["why"])]
    assert not wrong, told(wrong)


def test_a_flipped_bit_with_a_receipt_of_its_own_never_changes_a_texel_that_has_a_checksum(answers: Answers) -> None:
    flips = [each for each in answers if not each["reason"]]
    wrong = [each for each in flips if each["checked"] and each["outcome"] not in ("refused", "same")]
    assert not wrong, told(wrong)
    assert Counter(each["outcome"] for each in flips if each["checked"])["refused"] > len(flips) // 3


def test_without_a_checksum_a_flipped_bit_changes_pixels_at_most(answers: Answers) -> None:
    """The receipt is the only thing that knows: here it was made after the damage."""
    flips = [each for each in answers if not each["checked"]]
    assert flips
    assert not [each for each in flips if each["outcome"] == "failed"], told(flips)


def test_what_is_refused_leaves_the_output_and_the_disk_alone(answers: Answers) -> None:
    touched = [each for each in answers if each["outcome"] == "refused" and not each["output_untouched"]]
    assert not touched, told(touched)
    littered = [each for each in answers if each["left_over"]]
    assert not littered, [(each["name"], each["left_over"]) for each in littered]


def test_no_claim_of_a_file_costs_memory(zoo: dict[str, Any]) -> None:
    assert zoo["grown"] < MOST_GROWTH
