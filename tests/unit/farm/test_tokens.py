from __future__ import annotations

import pytest

from workers.farm.tokens import TokenValues, expand

_VALUES = TokenValues("bake", "a %jn", "node-1", 7, ("row %tp2", "12", *"abcdefgh"), ("1024",))


@pytest.mark.parametrize(
    ("word", "expanded"),
    [
        ("%tp2", "12"),
        ("%TP2", "12"),
        ("%4tp2", "0012"),
        ("%tp10", "h"),
        ("%tp11", ""),
        ("%tp0", ""),
        ("%tn", "7"),
        ("%3tn", "007"),
        ("%jp1", "1024"),
        ("%jn_%srv.%tn", "bake_node-1.7"),
        ("%dsc", "a %jn"),
        ("%tp1", "row %tp2"),
        ("100% %x", "100% %x"),
    ],
)
def test_tokens_are_expanded_once(word: str, expanded: str) -> None:
    assert expand([word], _VALUES) == [expanded]
