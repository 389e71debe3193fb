"""Threads that work ahead: order, bounds and errors."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from flatiron_tasks.imaging.parallel import Crew


@dataclass(frozen=True)
class Weighing:
    """A job that holds some bytes and gives its number."""

    number: int
    held_bytes: int

    def __call__(self) -> int:
        return self.number


def test_results_come_in_order_with_any_number_of_threads() -> None:
    for threads in (1, 2, 5):
        with Crew(threads) as crew:
            assert list(crew.in_order(lambda number=number: number for number in range(50))) == list(range(50))  # type: ignore[misc]


def test_no_more_jobs_are_asked_for_than_may_wait() -> None:
    asked: list[int] = []

    def jobs() -> Iterator[Weighing]:
        for number in range(10):
            asked.append(number)
            yield Weighing(number, 0)

    with Crew(2) as crew:
        results = crew.in_order(jobs(), ahead=3)
        assert next(results) == 0
        assert len(asked) <= 5


def test_jobs_that_hold_more_than_the_budget_run_one_after_the_other() -> None:
    asked: list[int] = []

    def jobs() -> Iterator[Weighing]:
        for number in range(6):
            asked.append(number)
            yield Weighing(number, 100)

    with Crew(4) as crew:
        results = crew.in_order(jobs(), budget=150)
        assert next(results) == 0
        assert len(asked) == 2
        assert list(results) == [1, 2, 3, 4, 5]


def test_the_first_error_ends_the_work_and_leaves_no_thread() -> None:
    def fail() -> int:
        raise ValueError("broken")

    before = threading.active_count()
    with pytest.raises(ValueError, match="broken"), Crew(3) as crew:
        list(crew.in_order([fail] * 20))
    assert threading.active_count() == before
