from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from max_submitter.session.turns import REST, Turns


class EventLoop:
    """Turns when it is told to; its clock goes on by what a step takes."""

    def __init__(self) -> None:
        self.due: list[Callable[[], None]] = []
        self.now = 0.0
        self.done: list[str] = []

    def after(self, milliseconds: int, action: Callable[[], None]) -> None:
        assert milliseconds == 0
        self.due.append(action)

    def turn(self) -> None:
        due, self.due = self.due, []
        assert len(due) <= 1
        for action in due:
            action()

    def run(self) -> int:
        """Turn until nothing is due. Returns the number of turns."""
        turns = 0
        while self.due:
            self.turn()
            turns += 1
        return turns

    def steps(self, name: str, many: int, *, seconds: float = 1.0) -> Iterator[None]:
        for number in range(many):
            self.now += seconds
            self.done.append(f"{name}{number}")
            yield


@pytest.fixture
def loop() -> EventLoop:
    return EventLoop()


@pytest.fixture
def turns(loop: EventLoop) -> Turns:
    return Turns(loop.after, seconds=3.0, clock=lambda: loop.now)


def test_a_turn_ends_when_its_time_is_over_and_the_next_goes_on(loop: EventLoop, turns: Turns) -> None:
    turns.begin(loop.steps("a", 7))
    assert loop.done == []
    for known in (3, 6, 7):
        assert turns.is_busy
        loop.turn()
        assert len(loop.done) == known
    assert not turns.is_busy
    assert loop.due == []


def test_a_step_that_takes_longer_than_a_turn_has_a_turn_for_itself(loop: EventLoop, turns: Turns) -> None:
    turns.begin(loop.steps("a", 3, seconds=10))
    assert loop.run() == 4  # the last one finds that nothing is left
    assert loop.done == ["a0", "a1", "a2"]


def test_a_step_that_asks_for_rest_ends_its_turn(loop: EventLoop, turns: Turns) -> None:
    def restless() -> Iterator[object]:
        for _ in range(2):
            loop.done.append("x")
            yield REST

    turns.begin(restless())
    loop.turn()
    assert loop.done == ["x"]
    loop.turn()
    assert loop.done == ["x", "x"]


def test_what_is_begun_anew_takes_the_place_of_what_is_left(loop: EventLoop, turns: Turns) -> None:
    turns.begin(loop.steps("a", 9))
    loop.turn()
    turns.begin(loop.steps("b", 2))
    loop.run()
    assert loop.done == ["a0", "a1", "a2", "b0", "b1"]


def test_who_begins_anew_before_every_turn_gets_on_nevertheless(loop: EventLoop, turns: Turns) -> None:
    for _ in range(5):
        turns.begin(loop.steps("a", 9))
        turns.begin(loop.steps("b", 9))
        loop.turn()
    assert loop.done == ["b0", "b1", "b2"] * 5


def test_a_step_may_begin_other_steps(loop: EventLoop, turns: Turns) -> None:
    def first() -> Iterator[None]:
        turns.begin(loop.steps("b", 1))
        yield
        raise AssertionError("it was replaced")

    turns.begin(first())
    loop.run()
    assert loop.done == ["b0"]
    assert not turns.is_busy


def test_nothing_is_done_after_cancel(loop: EventLoop, turns: Turns) -> None:
    turns.begin(loop.steps("a", 9))
    loop.turn()
    turns.cancel()
    assert not turns.is_busy
    loop.run()
    assert loop.done == ["a0", "a1", "a2"]


def test_an_error_ends_the_work_is_not_swallowed_and_later_work_is_done(loop: EventLoop, turns: Turns) -> None:
    def broken() -> Iterator[None]:
        yield
        raise ZeroDivisionError

    turns.begin(broken())
    with pytest.raises(ZeroDivisionError):
        loop.run()
    assert not turns.is_busy
    turns.begin(loop.steps("a", 1))
    loop.run()
    assert loop.done == ["a0"]
