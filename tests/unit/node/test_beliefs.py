"""The list of what only a real 3ds Max can confirm."""

from __future__ import annotations

import re

from workers.node.max_bake.beliefs import BELIEFS


def test_every_belief_has_its_own_number_and_says_how_to_find_out() -> None:
    ids = [belief.id for belief in BELIEFS]
    assert ids == [f"BAKE-{number:02}" for number in range(1, len(ids) + 1)]
    for belief in BELIEFS:
        assert re.search(r"[.?]$", belief.sentence)
        assert belief.verify.endswith(".")
