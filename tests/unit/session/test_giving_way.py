from __future__ import annotations

from max_submitter.giving_way import giving_way


class Clock:
    """Goes on by what an item takes, and by pauses."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses = 0

    def __call__(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds
        self.pauses += 1


def pauses(items: int, seconds: float) -> int:
    """How often a thread pauses that computes so long with each item."""
    clock = Clock()
    for _ in giving_way(range(items), clock=clock, pause=clock.pause):
        clock.now += seconds
    return clock.pauses


def test_every_item_comes_once_and_in_order() -> None:
    clock = Clock()
    assert list(giving_way("abc", clock=clock, pause=clock.pause)) == ["a", "b", "c"]


def test_a_thread_pauses_after_every_millisecond_of_computing() -> None:
    assert pauses(items=41, seconds=0.0005) == 20


def test_a_thread_pauses_between_items_that_take_long() -> None:
    assert pauses(items=5, seconds=0.1) == 4


def test_a_thread_that_computes_next_to_nothing_does_not_pause() -> None:
    assert pauses(items=100, seconds=0.000001) == 0
