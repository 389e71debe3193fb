"""Helpers' threads: in order, the newest only where that is asked for, and never in each other's way."""

from __future__ import annotations

import threading

import pytest

from flatiron_tasks.contracts.errors import ShareError
from max_submitter.jobs.hands import Hands


def finished(hands: Hands) -> None:
    hands.start()
    hands.close()
    hands.join(60)


def test_what_was_asked_for_is_done_in_order() -> None:
    done: list[int] = []
    hands = Hands(done.append)  # type: ignore[arg-type]
    for number in range(5):
        hands.do("Sending", lambda number=number: done.append(number))  # type: ignore[misc]
    finished(hands)
    assert done == [0, 1, 2, 3, 4]


def test_of_what_replaces_only_the_newest_is_done() -> None:
    done: list[int] = []
    hands = Hands(done.append)  # type: ignore[arg-type]
    for number in range(100):
        hands.do("Fetching", lambda number=number: done.append(number), replaces=True)  # type: ignore[misc]
    assert hands.waiting() == 1
    finished(hands)
    assert done == [99]


def test_an_error_is_told_and_the_next_thing_is_done(caplog: pytest.LogCaptureFixture) -> None:
    told, done = list[str](), list[str]()

    def fail(error: Exception) -> None:
        raise error

    hands = Hands(told.append)
    hands.do("Sending", lambda: fail(ShareError("The share is away.")))
    hands.do("Counting", lambda: fail(ZeroDivisionError("by zero")))
    hands.do("Ending", lambda: done.append("done"))
    finished(hands)
    assert told == ["Sending: The share is away.", "Counting: ZeroDivisionError: by zero"]
    assert done == ["done"]
    assert "Counting failed" in caplog.text


def test_what_is_dropped_is_never_begun() -> None:
    began, may_end, done = threading.Event(), threading.Event(), list[str]()

    def hang() -> None:
        began.set()
        may_end.wait()

    hands = Hands(done.append)
    hands.do("Hanging", hang)
    hands.do("Fetching", lambda: done.append("fetched"))
    hands.start()
    began.wait()
    hands.drop()
    may_end.set()
    hands.join(60)
    assert done == []
