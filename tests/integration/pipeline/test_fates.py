"""Every fate of a job on the farm, played through: the right verdict, a readable reason, and an end or an advice."""

from __future__ import annotations

import pytest

from flatiron_tasks.pipeline.farm_port import FarmJobState
from flatiron_tasks.pipeline.fate import Fate
from flatiron_tasks.pipeline.record import JobRecord
from flatiron_tasks.pipeline.states import JobState, PassState
from tests.integration.pipeline.expectations import state
from tests.integration.pipeline.workshop import Workshop
from tests.node_results import write_result
from tests.synthetic_job import BOXES, JOB_ID, SyntheticJob

ALL_TASKS = len(BOXES) * 2
BALL = 3
BALL_TASKS = (7, 8)


@pytest.fixture
def handle(workshop: Workshop, job: SyntheticJob) -> str:
    """The job, just dispatched."""
    workshop.accept(job)
    workshop.work()
    return only_handle(workshop)


def only_handle(workshop: Workshop) -> str:
    (view,) = workshop.farm.jobs().values()
    return view.handle


def record_of(workshop: Workshop) -> JobRecord:
    return workshop.context.store.load(JOB_ID)


def fate_of(workshop: Workshop) -> str:
    seen = record_of(workshop).sighting
    return seen.fate if seen else ""


def swept(workshop: Workshop, seconds: float = 5) -> None:
    workshop.sweep(seconds=seconds)
    workshop.work()


def fail_everywhere(workshop: Workshop, handle: str, task: int, message: str = "exit code 5") -> None:
    for server in workshop.farm.server_names:
        workshop.farm.fail(handle, task, server, message)


def test_running(workshop: Workshop, job: SyntheticJob, handle: str) -> None:
    job.render(passes=[0, 1, 2])
    workshop.farm.finish(handle, *range(1, 7))
    for piece in job.files.plan.pieces_of_strip(BALL, 0):
        job.render_piece(piece)
    workshop.farm.begin(handle, 8, "node-2")
    swept(workshop)
    workshop.clock.advance(2)
    status = workshop.desk.job(JOB_ID)
    assert fate_of(workshop) == Fate.RUNNING
    assert status.waiting == "2 pieces left on node-2, running 2 s; next look in 3 s."


def test_a_look_that_nobody_takes_is_told_with_the_command_that_says_why(workshop: Workshop, handle: str) -> None:
    workshop.farm.begin(handle, 1)
    swept(workshop)
    workshop.clock.advance(100)
    assert workshop.desk.job(JOB_ID).waiting.endswith("next look now.")
    workshop.clock.advance(85)
    expected = "next look overdue by 3 min: `flatiron doctor` tells whether sweep and workers run."
    assert workshop.desk.job(JOB_ID).waiting.endswith(expected)


def test_running_says_so_only_where_nobody_reads_it_twice(workshop: Workshop, handle: str) -> None:
    """What ticks is no event and no change of the record."""
    workshop.farm.begin(handle, 1)
    swept(workshop)
    before = record_of(workshop)
    for _ in range(3):
        swept(workshop)
    assert record_of(workshop) == before


def test_queued_and_never_assigned(workshop: Workshop, handle: str) -> None:
    workshop.farm.absent = {"node-1", "node-2"}
    swept(workshop)
    assert "has no server that is on" in workshop.desk.job(JOB_ID).sentence
    workshop.farm.absent = {"node-1"}
    for _ in range(20):
        swept(workshop, seconds=30)
    assert fate_of(workshop) == Fate.STUCK
    sentence = workshop.desk.job(JOB_ID).sentence
    assert "though node-2 is idle" in sentence
    assert "this 3ds Max version" in sentence
    assert state(workshop) is JobState.RENDERING


def test_suspended_by_a_person_and_activated_again(workshop: Workshop, job: SyntheticJob, handle: str) -> None:
    workshop.farm.suspend(handle)
    swept(workshop)
    assert fate_of(workshop) == Fate.SUSPENDED
    assert "Somebody suspended the job" in workshop.desk.job(JOB_ID).sentence
    swept(workshop, seconds=86_400)
    assert workshop.farm.jobs()[f"flatiron-{JOB_ID}"].state is FarmJobState.SUSPENDED
    workshop.farm.activate(handle)
    job.render()
    workshop.live()
    assert state(workshop) is JobState.DONE


def test_suspended_and_resumed_on_request(workshop: Workshop, handle: str) -> None:
    assert "next sweep" in workshop.desk.suspend(JOB_ID)
    swept(workshop)
    swept(workshop)
    assert "suspended on request" in workshop.desk.job(JOB_ID).sentence
    workshop.desk.set_priority(JOB_ID, 7)
    workshop.desk.go_on(JOB_ID)
    swept(workshop)
    swept(workshop)
    assert workshop.farm.jobs()[f"flatiron-{JOB_ID}"].state is FarmJobState.WAITING
    assert workshop.farm.priority(handle) == 7
    assert not record_of(workshop).suspended
    assert "suspend" not in workshop.desk.job(JOB_ID).sentence


def test_a_wish_outlives_a_manager_that_is_away(workshop: Workshop, handle: str) -> None:
    workshop.farm.unreachable = True
    workshop.desk.suspend(JOB_ID)
    swept(workshop)
    workshop.farm.unreachable = False
    swept(workshop, seconds=60)
    assert workshop.farm.jobs()[f"flatiron-{JOB_ID}"].state is FarmJobState.SUSPENDED


def test_one_task_that_fails_everywhere_loses_its_pass_and_neither_its_neighbours_nor_the_farm(
    workshop: Workshop, job: SyntheticJob, handle: str
) -> None:
    for attempt, node in enumerate(("node-1", "node-2"), 1):
        write_result(job, task=7, attempt=attempt, host=node, reason="The scene could not be opened.")
        workshop.farm.fail(handle, 7, node)
    for _ in range(3):
        swept(workshop)
    record = record_of(workshop)
    assert [item.index for item in record.passes_in(PassState.FAILED)] == [BALL]
    assert "Pass 3 (Ball) failed on node-1, node-2 in 2 attempts" in record.passes[BALL].reason
    assert record.state is JobState.RENDERING
    follow_up = workshop.farm.submissions[-1]
    assert follow_up.name.endswith(".g2")
    assert [row[1] for row in follow_up.task_rows] == [str(task) for task in range(1, 7)]
    assert len(workshop.farm.jobs()) == 1
    job.render(passes=[0, 1, 2])
    workshop.live()
    assert state(workshop) is JobState.FAILED
    assert len(record_of(workshop).passes_in(PassState.MERGED)) == 3
    assert "Open the scene" in record_of(workshop).reason

    workshop.desk.requeue(JOB_ID)
    workshop.work()
    assert [row[1] for row in workshop.farm.submissions[-1].task_rows] == ["7", "8"]
    swept(workshop)
    assert state(workshop) is JobState.RENDERING, "what failed before a person asked again does not count"
    job.render(passes=[BALL])
    workshop.live()
    assert state(workshop) is JobState.DONE


def test_a_licence_that_is_missing_for_hours_fails_nothing(workshop: Workshop, job: SyntheticJob, handle: str) -> None:
    for attempt in range(1, 30):
        node = f"node-{attempt % 2 + 1}"
        write_result(job, task=1, attempt=attempt, host=node, reason="V-Ray: no license available.")
        workshop.farm.fail(handle, 1, node)
        swept(workshop, seconds=300)
    record = record_of(workshop)
    assert record.state is JobState.RENDERING
    assert not record.passes_in(PassState.FAILED)
    assert record.sighting is not None
    assert record.sighting.readded >= 3
    assert "licence trouble: V-Ray: no license available" in workshop.desk.job(JOB_ID).sentence
    assert "Check the licence server" in workshop.desk.job(JOB_ID).sentence
    job.render()
    workshop.live()
    assert state(workshop) is JobState.DONE


def test_servers_that_failed_silently_get_the_job_again_and_then_it_is_given_up(
    workshop: Workshop, handle: str
) -> None:
    fail_everywhere(workshop, handle, 1, "python is not recognized")
    for _ in range(30):
        swept(workshop, seconds=60)
        detail = workshop.farm.detail(handle)
        if detail is not None and not detail.failed_servers:
            fail_everywhere(workshop, handle, 1, "python is not recognized")
    record = record_of(workshop)
    assert workshop.farm.requests["add_server_again"] == 3 * 2
    assert record.state is JobState.FAILED
    assert "Every server of the farm has failed on this job and gave it up" in record.reason
    assert "python is not recognized" in record.reason
    assert not workshop.farm.jobs(), "a job that was given up burns no farm"


def test_a_farm_that_gets_over_its_failures_itself_is_left_alone(
    workshop: Workshop, job: SyntheticJob, handle: str
) -> None:
    fail_everywhere(workshop, handle, 1)
    swept(workshop)
    assert fate_of(workshop) == Fate.STUCK
    for server in workshop.farm.servers():
        workshop.farm.add_server_again(handle, server.handle)
    workshop.farm.begin(handle, 1)
    workshop.farm.requests.clear()
    for _ in range(20):
        swept(workshop)
    assert not workshop.farm.requests["add_server_again"]
    assert fate_of(workshop) == Fate.RUNNING
    job.render()
    workshop.live()
    assert state(workshop) is JobState.DONE


def test_complete_before_the_farm_says_so(workshop: Workshop, job: SyntheticJob, handle: str) -> None:
    workshop.farm.begin(handle, 1)
    job.render()
    swept(workshop)
    assert len(record_of(workshop).passes_in(PassState.MERGED)) == len(BOXES)


@pytest.mark.parametrize("archive", [True, False])
def test_vanished_but_complete(workshop: Workshop, job: SyntheticJob, handle: str, archive: bool) -> None:
    job.render()
    workshop.farm.vanish(handle, archive=archive)
    workshop.live()
    assert state(workshop) is JobState.DONE


@pytest.mark.parametrize(("archive", "said"), [(True, "to its archive"), (False, "does not know the job any more")])
@pytest.mark.parametrize("share_caching_seconds", [15])
def test_vanished(workshop: Workshop, job: SyntheticJob, handle: str, archive: bool, said: str) -> None:
    job.render(passes=[0])
    workshop.farm.vanish(handle, archive=archive)
    swept(workshop)
    swept(workshop)
    assert fate_of(workshop) == Fate.SETTLING
    swept(workshop, seconds=20)
    swept(workshop)
    record = record_of(workshop)
    assert record.state is JobState.FAILED
    assert said in record.reason
    assert "node-1 wrote its pieces to " in record.reason
    assert workshop.farm.requests["archived"] <= 3


@pytest.mark.parametrize("share_caching_seconds", [15])
def test_complete_without_files_names_nodes_and_paths(workshop: Workshop, job: SyntheticJob, handle: str) -> None:
    job.render(passes=[0, 1, 2])
    workshop.farm.finish(handle)
    for seconds in (5, 5, 20, 5):
        swept(workshop, seconds=seconds)
    record = record_of(workshop)
    assert record.state is JobState.FAILED
    for part in ("says the job is complete", "pass 3 (Ball), strip 1 of 2", "node-1 wrote", "This worker looks into"):
        assert part in record.reason


def test_a_manager_that_comes_back_without_a_queue_is_given_time_to_read_it(
    workshop: Workshop, job: SyntheticJob, handle: str
) -> None:
    swept(workshop)
    workshop.farm.unreachable = True
    swept(workshop)
    workshop.farm.unreachable, workshop.farm.blind = False, True
    for _ in range(10):
        swept(workshop)
    assert state(workshop) is JobState.RENDERING
    assert not record_of(workshop).passes_in(PassState.FAILED)
    workshop.farm.blind = False
    swept(workshop)
    assert fate_of(workshop) == Fate.QUEUED
    job.render()
    workshop.live()
    assert state(workshop) is JobState.DONE
    assert len(workshop.farm.submissions) == 1
