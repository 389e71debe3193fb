from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from flatiron_tasks.backburner.backoff import Backoff


class _Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_the_wait_doubles_up_to_its_limit_and_a_success_ends_it() -> None:
    clock = _Clock()
    backoff = Backoff(first_s=0.5, longest_s=5, clock=clock, chance=lambda: 0.0)
    waits = []
    for _ in range(6):
        backoff.failed()
        waits.append(backoff.wait_s)
        clock.now += backoff.wait_s

    assert waits == [0.5, 1, 2, 4, 5, 5]
    assert backoff.wait_s == 0
    assert backoff.failing_for_s == sum(waits)
    backoff.failed()
    backoff.succeeded()
    assert (backoff.wait_s, backoff.failing_for_s) == (0, 0)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=2000))
def test_chance_shortens_a_wait_by_half_at_most(chances: list[float]) -> None:
    clock, dice = _Clock(), iter(chances)
    backoff = Backoff(first_s=1, longest_s=60, clock=clock, chance=lambda: next(dice))
    full = 1.0
    for _ in chances:
        backoff.failed()
        assert full / 2 - 1e-6 <= backoff.wait_s <= full + 1e-6
        full = min(60, full * 2)


def test_two_clients_do_not_try_at_the_same_moment() -> None:
    clock = _Clock()
    waits = []
    for chance in (0.1, 0.5, 0.9):
        backoff = Backoff(first_s=1, clock=clock, chance=lambda chance=chance: chance)  # type: ignore[misc]
        backoff.failed()
        waits.append(backoff.wait_s)

    assert all(later < earlier for earlier, later in pairwise(waits))
