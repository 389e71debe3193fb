"""What farm, nodes and time mean for passes without pieces: every row of the table."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flatiron_tasks.pipeline.evidence import Ages, Crew, Evidence, MissingPass
from flatiron_tasks.pipeline.failure_table import failure_table
from flatiron_tasks.pipeline.farm_port import FarmJobState
from flatiron_tasks.pipeline.fate import Fate, Repair, Verdict, judge
from flatiron_tasks.pipeline.node_failures import Failure

BALL = MissingPass(3, "Ball", (7, 8), ("pass 3 (Ball), strip 1 of 2, CompleteMap", "pass 3 (Ball), strip 2 of 2, X"))
WALL = MissingPass(1, "Wall", (3,), ("pass 1 (Wall), strip 1 of 2, CompleteMap",))
BOTH = ("node-1", "node-2")
ACTIVE, WAITING, SUSPENDED, COMPLETE = (
    FarmJobState.ACTIVE,
    FarmJobState.WAITING,
    FarmJobState.SUSPENDED,
    FarmJobState.COMPLETE,
)
FAILED_CREW = Crew(on_job=BOTH, failed=BOTH)


def failure(kind: str, *, task: int = 7, host: str = "node-1", number: int = 0) -> Failure:
    return Failure(task, f"{number:012x}-00000001", host, kind, f"It said {kind} {number}.", f"Mend the {kind}.")


def verdict(view: FarmJobState | None, **known: Any) -> Verdict:
    return judge(Evidence("farm:3234", view, failure_table(""), **{"missing": (BALL, WALL), **known}))


@pytest.mark.parametrize("view", [None, *FarmJobState])
@pytest.mark.parametrize("crew", [Crew(), FAILED_CREW])
def test_receipts_alone_complete_a_job_before_and_without_the_farms_word(view: FarmJobState | None, crew: Crew) -> None:
    found = verdict(view, missing=(), crew=crew, failures=tuple(failure("scene", number=n) for n in range(9)))
    assert found.fate is (Fate.VANISHED_BUT_COMPLETE if view is None else Fate.COMPLETE)
    assert not found.lost
    assert found.repair is Repair.NONE


def test_a_job_that_servers_work_on_says_how_much_is_left_and_where() -> None:
    found = verdict(ACTIVE, crew=Crew(on_job=BOTH, active=("node-2",)))
    assert (found.fate, found.reason) == (Fate.RUNNING, "3 pieces left on node-2")


def test_an_absent_server_is_named_and_its_work_is_waited_for() -> None:
    found = verdict(ACTIVE, crew=Crew(on_job=BOTH, active=("node-2",), absent=("node-2",), total=2))
    assert found.fate is Fate.RUNNING
    assert "node-2 does not answer" in found.advice


def test_a_job_in_the_queue_of_a_busy_farm_just_waits() -> None:
    found = verdict(WAITING, crew=Crew(total=2), ages=Ages(idle=9999.0))
    assert found.fate is Fate.QUEUED
    assert "no server works on it now" in found.reason


@pytest.mark.parametrize(("total", "said"), [(0, "no server."), (2, "no server that is on")])
def test_a_farm_without_servers_is_told_as_such(total: int, said: str) -> None:
    found = verdict(WAITING, crew=Crew(absent=BOTH[:total], total=total))
    assert found.fate is Fate.QUEUED
    assert said in found.reason


@pytest.mark.parametrize("waited", [None, 0.0, 299.0, 300.0])
def test_a_job_that_no_idle_server_takes_says_what_to_check(waited: float | None) -> None:
    found = verdict(WAITING, crew=Crew(idle=("node-1",), total=1), ages=Ages(idle=waited))
    assert found.fate is (Fate.NEVER_ASSIGNED if waited == 300 else Fate.QUEUED)
    assert ("this 3ds Max version" in found.advice) == (waited == 300)
    assert not found.lost


@pytest.mark.parametrize("ours", [True, False])
def test_a_suspended_job_waits_and_says_who_must_do_what(ours: bool) -> None:
    found = verdict(SUSPENDED, suspended_by_us=ours, ages=Ages(stuck=9999.0), crew=FAILED_CREW)
    assert found.fate is Fate.SUSPENDED
    assert ("Somebody suspended" in found.reason) != ours
    assert "flatiron resume" in found.advice
    assert found.repair is Repair.NONE


@pytest.mark.parametrize(("view", "archived"), [(None, False), (None, True), (COMPLETE, False)])
@pytest.mark.parametrize("over", [None, 0.0, 14.9])
def test_nothing_is_given_up_while_the_share_may_still_show_it(
    view: FarmJobState | None, archived: bool, over: float | None
) -> None:
    spent = tuple(failure("scene", number=number) for number in range(5))
    found = verdict(view, archived=archived, ages=Ages(over=over), failures=spent)
    assert found.fate is Fate.SETTLING
    assert "waiting for the last pieces" in found.reason
    assert not found.lost


@pytest.mark.parametrize(
    ("view", "archived", "fate", "text"),
    [
        (None, False, Fate.VANISHED, "does not know the job any more"),
        (None, True, Fate.VANISHED, "to its archive"),
        (COMPLETE, False, Fate.COMPLETE_WITHOUT_FILES, "says the job is complete"),
    ],
)
def test_after_the_patience_missing_pieces_nodes_and_paths_are_named(
    view: FarmJobState | None, archived: bool, fate: Fate, text: str
) -> None:
    wrote = ("node-1 wrote its pieces to Z:/bakes/pieces",)
    found = verdict(view, archived=archived, ages=Ages(over=15.0), witnesses=wrote, failures=(failure("unknown"),))
    assert found.fate is fate
    assert text in found.reason
    assert set(found.lost) == {3, 1}
    assert "pass 3 (Ball), strip 1 of 2, CompleteMap" in found.lost[3]
    assert "node-1 wrote its pieces to Z:/bakes/pieces" in found.lost[3]
    assert "On node node-1: It said unknown 0" in found.lost[3]
    assert "On node" not in found.lost[1]


@pytest.mark.parametrize(
    ("known", "fate", "repair"),
    [
        ({"queue_lost": True, "ages": Ages(over=14.9)}, Fate.SETTLING, Repair.NONE),
        ({"queue_lost": True}, Fate.QUEUE_LOST, Repair.RESUBMIT),
        ({"queue_lost": True, "resubmitted": 1}, Fate.QUEUE_LOST, Repair.RESUBMIT),
        ({"queue_lost": True, "resubmitted": 2}, Fate.VANISHED, Repair.NONE),
        ({"queue_lost": True, "archived": True}, Fate.VANISHED, Repair.NONE),
        ({"queue_lost": False}, Fate.VANISHED, Repair.NONE),
        ({"queue_lost": True, "missing": ()}, Fate.VANISHED_BUT_COMPLETE, Repair.NONE),
    ],
)
def test_what_a_farm_lost_with_its_queue_is_submitted_again_twice_and_what_a_person_deleted_never(
    known: dict[str, Any], fate: Fate, repair: Repair
) -> None:
    found = verdict(None, **{"ages": Ages(over=15.0), **known})
    assert (found.fate, found.repair) == (fate, repair)
    assert bool(found.lost) == (fate is Fate.VANISHED)


def test_people_are_told_that_the_queue_was_lost_and_how_often_that_is_mended() -> None:
    found = verdict(None, ages=Ages(over=15.0), queue_lost=True, resubmitted=1)
    assert found.reason == (
        "The farm farm:3234 has lost its queue; what the job still lacks is submitted again (time 2 of 2 at most)."
    )


def test_passes_whose_budget_is_spent_are_given_up_before_a_lost_job_is_submitted_again() -> None:
    spent = tuple(failure("scene", number=number) for number in range(2))
    found = verdict(None, ages=Ages(over=15.0), queue_lost=True, failures=spent)
    assert (found.fate, set(found.lost), found.repair) == (Fate.FAILED, {3}, Repair.NONE)


@pytest.mark.parametrize(("kind", "budget"), [("scene", 2), ("unknown", 3), ("node", 4)])
def test_a_pass_whose_budget_is_spent_is_lost_and_its_neighbours_go_on(kind: str, budget: int) -> None:
    failures = tuple(failure(kind, number=number, host=f"node-{number % 2 + 1}") for number in range(budget))
    crew = Crew(on_job=BOTH, active=("node-1",), failed=("node-2",))
    assert not verdict(ACTIVE, failures=failures[:-1], crew=crew).lost
    found = verdict(ACTIVE, failures=failures, crew=crew)
    assert (found.fate, set(found.lost), found.repair) == (Fate.FAILED, {3}, Repair.NONE)
    for part in ("Pass 3 (Ball)", "node-1, node-2", f"{kind} trouble", f"Mend the {kind}"):
        assert part in found.lost[3]


def test_failures_of_several_classes_or_tasks_share_no_budget() -> None:
    mixed = (failure("scene"), failure("unknown"), failure("unknown", number=1), failure("scene", task=8))
    assert not verdict(ACTIVE, failures=mixed).lost


@pytest.mark.parametrize("kind", ["licence", "share"])
def test_trouble_that_a_person_ends_uses_up_no_attempts(kind: str) -> None:
    failures = tuple(failure(kind, number=number) for number in range(50))
    found = verdict(WAITING, failures=failures, crew=FAILED_CREW, ages=Ages(stuck=9999, readded=9999.0), readded=40)
    assert (found.fate, found.repair) == (Fate.STUCK, Repair.ADD_SERVERS)
    assert f"{kind} trouble" in found.reason
    assert not found.lost


@pytest.mark.parametrize("kind", ["licence", "share"])
def test_trouble_that_no_person_ended_for_a_day_ends_the_job_and_says_what_to_do(kind: str) -> None:
    failures = tuple(failure(kind, number=number) for number in range(50))
    found = verdict(WAITING, failures=failures, crew=FAILED_CREW, ages=Ages(stuck=9e9, readded=9e9), readded=100)
    assert (found.fate, found.repair) == (Fate.FAILED, Repair.WITHDRAW)
    assert f"{kind} trouble" in found.reason
    assert f"Mend the {kind}" in found.lost[3]
    assert found.advice


def spread(kind: str, *, attempts: int, hours: float) -> tuple[Failure, ...]:
    """So many failures of one task, evenly spread over so many hours."""
    step = hours * 3_600_000 / max(attempts - 1, 1)
    return tuple(failure(kind, number=round(number * step), host=f"node-{number % 3}") for number in range(attempts))


@pytest.mark.parametrize("kind", ["licence", "share"])
@pytest.mark.parametrize(
    ("attempts", "hours", "is_lost"),
    [(30, 48, True), (29, 48, False), (30, 47.9, False), (500, 1, False), (2, 500, False), (500, 500, True)],
)
def test_such_trouble_of_one_pass_beside_servers_that_work_has_a_ceiling(
    kind: str, attempts: int, hours: float, is_lost: bool
) -> None:
    crew = Crew(on_job=BOTH, active=("node-1",), failed=("node-2",))
    found = verdict(ACTIVE, failures=spread(kind, attempts=attempts, hours=hours), crew=crew)
    assert set(found.lost) == ({3} if is_lost else set())
    assert found.fate is (Fate.FAILED if is_lost else Fate.RUNNING)
    if is_lost:
        for part in ("Pass 3 (Ball)", f"{kind} trouble", f"Mend the {kind}"):
            assert part in found.lost[3]


@pytest.mark.parametrize("view", [None, *FarmJobState])
def test_a_job_with_passes_that_were_given_up_leaves_nothing_running_on_the_farm(view: FarmJobState | None) -> None:
    found = verdict(view, missing=(), abandoned=True)
    assert (found.repair is Repair.WITHDRAW) is (view not in (None, COMPLETE))
    assert not found.lost


def test_a_job_that_fails_everywhere_is_taken_off_the_farm_when_nothing_else_is_left() -> None:
    failures = tuple(failure("scene", number=number) for number in range(2))
    found = verdict(WAITING, missing=(BALL,), failures=failures, crew=FAILED_CREW)
    assert (found.fate, found.repair) == (Fate.FAILED, Repair.WITHDRAW)


@pytest.mark.parametrize(
    ("crew", "repair"),
    [
        (Crew(on_job=BOTH, failed=BOTH), Repair.FOLLOW_UP),
        (Crew(on_job=BOTH, active=("node-1",), failed=("node-2",)), Repair.FOLLOW_UP),
        (Crew(on_job=(*BOTH, "node-3"), active=("node-1", "node-3"), failed=("node-2",)), Repair.NONE),
        (Crew(on_job=BOTH, active=BOTH), Repair.NONE),
    ],
)
def test_a_lost_pass_that_burns_servers_is_replaced_by_a_follow_up_without_it(crew: Crew, repair: Repair) -> None:
    state = ACTIVE if crew.active else WAITING
    assert verdict(state, missing=(WALL,), abandoned=True, crew=crew).repair is repair


@pytest.mark.parametrize(("stuck", "repair"), [(None, Repair.NONE), (59.0, Repair.NONE), (60.0, Repair.ADD_SERVERS)])
def test_failed_servers_get_the_job_again_when_the_farm_did_not_help_itself(
    stuck: float | None, repair: Repair
) -> None:
    found = verdict(WAITING, crew=FAILED_CREW, ages=Ages(stuck=stuck), messages=("task 1 on node-1: exit code 5",))
    assert (found.fate, found.repair) == (Fate.STUCK, repair)
    assert "exit code 5" in found.reason
    assert "node-1, node-2" in found.reason


@pytest.mark.parametrize(("readded", "since", "again"), [(1, 119.0, False), (1, 120.0, True), (2, 239.0, False)])
def test_the_pause_between_repairs_grows(readded: int, since: float, again: bool) -> None:
    found = verdict(WAITING, crew=FAILED_CREW, ages=Ages(stuck=60.0, readded=since), readded=readded)
    assert (found.repair is Repair.ADD_SERVERS) is again


def test_a_job_that_every_server_gave_up_again_and_again_ends_and_says_what_the_farm_said() -> None:
    found = verdict(WAITING, crew=FAILED_CREW, ages=Ages(stuck=60.0), readded=3, messages=("exit code 5",))
    assert (found.fate, found.repair) == (Fate.FAILED, Repair.WITHDRAW)
    assert "exit code 5" in found.lost[3]


@pytest.mark.parametrize(("known", "is_said"), [({}, True), ({"failures": (failure("unknown"),)}, False)])
@pytest.mark.parametrize("readded", [0, 3])
def test_servers_that_failed_without_a_word_in_the_job_folder_lead_to_the_share(
    known: dict[str, Any], is_said: bool, readded: int
) -> None:
    found = verdict(WAITING, crew=FAILED_CREW, ages=Ages(stuck=60.0), readded=readded, **known)
    assert ("`flatiron doctor` tells whether the share can be written" in found.advice) == is_said
    assert "Read the nodes' logs in the job folder" in found.advice


def test_a_server_that_is_absent_need_not_fail_for_a_job_to_be_stuck() -> None:
    crew = Crew(on_job=BOTH, failed=("node-1",), absent=("node-2",), total=2)
    assert verdict(WAITING, crew=crew).fate is Fate.STUCK
    assert verdict(WAITING, crew=replace(crew, absent=())).fate is Fate.QUEUED


ages = st.none() | st.floats(0, 1e6)
names = st.lists(st.sampled_from(("node-1", "node-2", "node-3")), unique=True).map(tuple)


@given(
    view=st.none() | st.sampled_from(FarmJobState),
    missing=st.lists(st.sampled_from((BALL, WALL)), unique=True).map(tuple),
    failures=st.lists(
        st.builds(failure, st.sampled_from(("licence", "share", "scene", "node", "unknown")), task=st.integers(1, 9))
    ).map(tuple),
    crew=st.builds(Crew, names, names, names, names, names, st.none() | st.integers(0, 3)),
    times=st.builds(Ages, ages, ages, ages, ages),
    flags=st.fixed_dictionaries(
        {name: st.booleans() for name in ("abandoned", "archived", "suspended_by_us", "queue_lost")}
        | {name: st.integers(0, 9) for name in ("readded", "resubmitted")}
    ),
)
def test_every_evidence_has_a_verdict_that_loses_only_what_is_missing_and_says_why(
    view: FarmJobState | None,
    missing: tuple[MissingPass, ...],
    failures: tuple[Failure, ...],
    crew: Crew,
    times: Ages,
    flags: dict[str, Any],
) -> None:
    found = verdict(view, missing=missing, failures=failures, crew=crew, ages=times, **flags)
    assert set(found.lost) <= {item.index for item in missing}
    assert all(found.lost.values())
    assert bool(found.reason) == bool(missing)
    assert found.repair is Repair.NONE or (view is None) == (found.repair is Repair.RESUBMIT)
    assert found.repair is not Repair.RESUBMIT or (flags["queue_lost"] and not flags["archived"])
