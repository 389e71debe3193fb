"""A seed draws the same jobs, faults and clocks everywhere; every kind comes, and only those that were asked for."""

from __future__ import annotations

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flatiron_tasks.contracts.errors import BadInputError
from workers.chaos.schedule import KINDS, Fault, choose_kinds, draw_faults, draw_skews
from workers.chaos.shapes import draw_shapes

EVERYTHING = frozenset({"mount", "seam"})
SEEDS = st.integers(0, 2**32)


def first_faults(seed: int, count: int = 200) -> list[Fault]:
    return list(islice(draw_faults(seed, tuple(KINDS), jobs_per_fault=3.0), count))


@given(SEEDS)
def test_the_same_seed_is_the_same_schedule(seed: int) -> None:
    assert first_faults(seed) == first_faults(seed)
    assert draw_shapes(seed, 12) == draw_shapes(seed, 12)
    assert draw_skews(seed) == draw_skews(seed)


def test_another_seed_is_another_schedule() -> None:
    assert first_faults(1) != first_faults(2)
    assert draw_shapes(1, 12) != draw_shapes(2, 12)


@given(SEEDS)
def test_every_kind_comes_before_any_comes_twice(seed: int) -> None:
    kinds = [fault.kind for fault in first_faults(seed, len(KINDS))]
    assert sorted(kinds) == sorted(KINDS)


@given(SEEDS)
def test_faults_come_in_order_and_stay_within_their_bounds(seed: int) -> None:
    faults = first_faults(seed)
    assert [fault.after for fault in faults] == sorted(fault.after for fault in faults)
    for fault in faults:
        kind = KINDS[fault.kind]
        assert fault.target in kind.targets
        assert kind.seconds[0] <= fault.seconds <= kind.seconds[1]
        assert kind.amount[0] <= fault.amount <= kind.amount[1]


def test_what_a_machine_does_not_allow_is_left_out() -> None:
    assert set(choose_kinds((), frozenset())) == {name for name, kind in KINDS.items() if not kind.needs}
    assert choose_kinds((), EVERYTHING) == tuple(KINDS)


def test_only_the_faults_that_were_asked_for_come() -> None:
    kinds = choose_kinds(("kill", "share-full", "clock-skew"), EVERYTHING)
    assert {fault.kind for fault in islice(draw_faults(5, kinds, jobs_per_fault=1.0), 50)} == {"kill", "share-full"}


def test_no_fault_at_all_can_be_asked_for() -> None:
    assert choose_kinds(("none",), EVERYTHING) == ()
    assert list(draw_faults(5, (), jobs_per_fault=1.0)) == []


def test_an_unknown_fault_is_refused_with_the_known_ones() -> None:
    with pytest.raises(BadInputError, match="no fault 'earthquake'") as caught:
        choose_kinds(("earthquake",), EVERYTHING)
    assert "redis-flush" in caught.value.advice
