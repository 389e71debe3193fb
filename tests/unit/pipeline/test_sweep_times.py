"""When managers and jobs are looked at again, what they are called there, and how waiting is told. All pure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flatiron_tasks.backburner.assumptions import is_job_name
from flatiron_tasks.contracts.errors import FarmUnreachableError
from flatiron_tasks.pipeline.farm_names import belongs_to, farm_job_name, generation_of, owners
from flatiron_tasks.pipeline.manager_health import (
    ManagerHealth,
    answered,
    failed,
    heard,
    listed,
    pause,
    reconnected,
    unheard,
)
from flatiron_tasks.pipeline.sighting import Sighting
from flatiron_tasks.pipeline.waiting import outage, running, span

AWAY = FarmUnreachableError("It is away")


@given(st.floats(0, 1e9), st.floats(0.1, 60), st.floats(0.1, 600))
def test_a_pause_stays_within_its_bounds_and_never_shrinks_with_time(quiet: float, low: float, high: float) -> None:
    assert low <= pause(quiet, low, high) <= max(low, high)
    assert pause(quiet, low, high) <= pause(quiet * 2, low, high)


def test_a_manager_is_asked_often_while_things_move_and_seldom_when_nothing_does() -> None:
    health = ManagerHealth(moved_at=1000.0)
    assert [health.wait(1000.0 + quiet, 5, 30) for quiet in (0, 60, 150, 9000)] == [5, 6, 15, 30]


def test_a_manager_that_is_away_is_tried_later_and_later_and_the_outage_keeps_its_beginning() -> None:
    health, waits = ManagerHealth(moved_at=100.0), []
    for second in range(5):
        health = failed(health, "farm:3234", AWAY, 100.0 + second)
        waits.append(health.wait(100.0 + second, 5, 30))
    assert waits == [5, 10, 20, 30, 30]
    assert health.failing_since == 100.0
    back = answered(health, 200.0)
    assert (back.failing_since, back.answering_since, back.trouble_sentence) == (0, 200.0, "")
    assert back.is_recovering(230.0)
    assert not back.is_recovering(261.0)


def test_a_lost_connection_counts_as_a_restart_and_the_next_ones_for_a_while_do_not() -> None:
    health = reconnected(ManagerHealth(), 1000.0)
    assert health.is_recovering(1030.0)
    assert reconnected(health, 1599.0).answering_since == 1000.0
    assert reconnected(health, 1600.0).answering_since == 1600.0


@pytest.mark.parametrize(
    ("before", "after", "is_lost"),
    [
        ("ab", "", True),
        ("ab", "c", True),
        ("ab", "b", False),
        ("a", "", False),
        ("", "", False),
        ("ab", "ab", False),
    ],
)
def test_a_queue_is_lost_when_all_of_several_jobs_leave_it_at_once(before: str, after: str, is_lost: bool) -> None:
    health = listed(ManagerHealth(), before, after, 1000.0)
    assert health.may_have_lost_queue(1030.0) is is_lost
    assert not health.may_have_lost_queue(1061.0)


def test_after_an_outage_or_a_lost_connection_a_missing_job_may_be_lost_for_a_minute() -> None:
    away = failed(ManagerHealth(), "farm:3234", AWAY, 1000.0)
    for health in (answered(away, 1010.0), reconnected(ManagerHealth(), 1010.0)):
        assert health.may_have_lost_queue(1069.0)
        assert not health.may_have_lost_queue(1071.0)


def test_jobs_without_an_answer_are_remembered_the_one_asked_longest_ago_first() -> None:
    health = ManagerHealth()
    for job_id in ("a", "b", "c", "a"):
        health = unheard(health, job_id)
    assert health.silent_jobs == ("b", "c", "a")
    assert heard(health, "c", "d").silent_jobs == ("b", "a")
    for number in range(100):
        health = unheard(health, f"job-{number}")
    assert len(health.silent_jobs) == 50


def test_an_outage_says_which_manager_since_when_and_when_it_is_tried_again() -> None:
    health = failed(ManagerHealth(next_sweep=1769869505.0), "farm:3234", AWAY, 1769869501.0)
    said = outage(health, 1769869502.0)
    assert said == "The farm manager farm:3234 has not answered since 14:25:01 UTC. Next try in 3 s."


def test_a_running_job_says_how_much_is_left_where_and_for_how_long() -> None:
    assert running(Sighting(pieces_left=2, active=("node-2",), moved_at=100.0), 106.2) == (
        "2 pieces left on node-2, running 6 s"
    )
    many = Sighting(pieces_left=1, active=tuple(f"n{number}" for number in range(9)), moved_at=0.0)
    assert running(many, 7200.0) == "1 piece left on n0, n1, 7 more nodes, running 2 h"


@pytest.mark.parametrize(("seconds", "text"), [(-1, "0 s"), (99, "99 s"), (101, "2 min"), (5990, "100 min")])
def test_a_span_has_one_unit(seconds: float, text: str) -> None:
    assert span(seconds) == text


JOB_IDS = st.from_regex(r"[a-z0-9][a-z0-9-]{7,63}", fullmatch=True)


@given(JOB_IDS, st.integers(1, 40))
def test_every_generation_of_a_job_is_found_by_its_name(job_id: str, generation: int) -> None:
    name = farm_job_name(job_id, generation)
    assert len(name) <= 70
    assert is_job_name(name)
    assert generation_of(name, job_id) == generation
    assert belongs_to(name, job_id)
    assert owners([name, "somebody-elses"], [job_id, "another-job"]) == {job_id}


def test_a_job_whose_id_looks_like_a_generation_is_itself() -> None:
    assert owners(["flatiron-abcdefgh-g2"], ["abcdefgh", "abcdefgh-g2"]) == {"abcdefgh-g2"}
    assert not belongs_to(farm_job_name("abcdefgh-g2", 1), "abcdefgh")
    assert not belongs_to(farm_job_name("abcdefgh", 2), "abcdefgh-g2")


@given(JOB_IDS, JOB_IDS, st.integers(1, 40))
def test_no_farm_job_belongs_to_two_jobs(one: str, other: str, generation: int) -> None:
    assert belongs_to(farm_job_name(one, generation), other) == (one == other)


def test_a_sighting_round_trips_and_a_foreign_one_is_forgotten() -> None:
    seen = Sighting(handle="7", active=("node-1",), moved_at=1.5, abandoned=True)
    assert Sighting.from_json(seen.to_json()) == seen
    assert Sighting.from_json("") is None
    assert Sighting.from_json('{"handle": "7"}') is None
