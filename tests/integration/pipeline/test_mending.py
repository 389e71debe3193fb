"""What the sweep and people mend: stuck jobs, passes that were given up, farm jobs that should not be there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from flatiron_tasks.pipeline.farm_port import FarmJobState, FarmJobView
from flatiron_tasks.pipeline.fate import Fate
from flatiron_tasks.pipeline.lease import leased
from flatiron_tasks.pipeline.next_steps import DISPATCH
from flatiron_tasks.pipeline.record import JobRecord
from flatiron_tasks.pipeline.states import JobState, PassState
from flatiron_tasks.testing.fake_farm import FakeFarm
from tests.integration.pipeline.expectations import state
from tests.integration.pipeline.workshop import Workshop
from tests.node_results import write_result
from tests.synthetic_job import JOB_ID, SyntheticJob

BALL = 3


def dispatched(workshop: Workshop, job: SyntheticJob) -> str:
    """Accept and dispatch the job; its handle."""
    workshop.accept(job)
    workshop.work()
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


class Mute(FakeFarm):
    """A farm that tells nothing about failures."""

    def messages(self, handle: str) -> tuple[str, ...]:
        """Nothing, whoever asks."""
        super().messages(handle)
        return ()


class NeverWaiting(FakeFarm):
    """A farm that calls a job active though no server works on it."""

    def jobs(self) -> Mapping[str, FarmJobView]:
        """Every job that waits is called active."""
        return {name: _active(view) for name, view in super().jobs().items()}


def _active(view: FarmJobView) -> FarmJobView:
    return replace(view, state=FarmJobState.ACTIVE) if view.state is FarmJobState.WAITING else view


def test_a_job_that_is_called_active_though_every_server_failed_is_mended_and_then_given_up(
    workshop: Workshop, job: SyntheticJob
) -> None:
    workshop.farm = NeverWaiting()
    handle = dispatched(workshop, job)
    workshop.farm.begin(handle, 1)
    swept(workshop)
    assert fate_of(workshop) == Fate.RUNNING
    fates = set()
    for _ in range(120):
        if handle in {view.handle for view in workshop.farm.jobs().values()}:
            for server in workshop.farm.server_names:
                workshop.farm.fail(handle, 1, server)
        swept(workshop, seconds=60)
        fates.add(fate_of(workshop))
    assert Fate.STUCK in fates
    assert state(workshop) is JobState.FAILED
    assert not workshop.farm.jobs()


def test_a_job_that_runs_long_is_doubted_later_and_later(workshop: Workshop, job: SyntheticJob) -> None:
    handle = dispatched(workshop, job)
    workshop.farm.begin(handle, 1)
    swept(workshop)
    workshop.farm.requests.clear()
    for _ in range(64):
        swept(workshop, seconds=15)
    assert 3 <= workshop.farm.requests["progress"] <= 5
    assert fate_of(workshop) == Fate.RUNNING


def lose_ball(workshop: Workshop, job: SyntheticJob, handle: str) -> None:
    """One pass is given up while a server goes on with the others."""
    workshop.farm.server_names = ("node-1", "node-2", "node-3", "node-4")
    workshop.farm.begin(handle, 1, "node-3")
    workshop.farm.begin(handle, 2, "node-4")
    for attempt in (1, 2):
        write_result(job, task=7, attempt=attempt, host="node-1", reason="The scene could not be opened.")
    workshop.farm.fail(handle, 7, "node-1")
    swept(workshop)
    swept(workshop)
    assert [item.index for item in record_of(workshop).passes_in(PassState.FAILED)] == [BALL]


def test_a_job_that_ends_failed_leaves_nothing_running_on_the_farm(workshop: Workshop, job: SyntheticJob) -> None:
    handle = dispatched(workshop, job)
    lose_ball(workshop, job, handle)
    job.render(passes=[0, 1, 2])
    workshop.live()
    assert state(workshop) is JobState.FAILED
    assert not workshop.farm.jobs()


def test_a_pass_that_was_given_up_can_be_queued_again_while_its_job_goes_on(
    workshop: Workshop, job: SyntheticJob
) -> None:
    handle = dispatched(workshop, job)
    lose_ball(workshop, job, handle)
    job.render(passes=[0])
    assert "1 pass" in workshop.desk.requeue(JOB_ID)
    workshop.work()
    for _ in range(3):
        swept(workshop)
    record = record_of(workshop)
    assert not record.passes_in(PassState.FAILED), "what failed before a person asked again does not count"
    assert [view.name[-3:] for view in workshop.farm.jobs().values()] == [".g2"]
    assert {row[1] for row in workshop.farm.submissions[-1].task_rows} == {str(task) for task in range(3, 9)}
    job.render()
    workshop.live()
    assert state(workshop) is JobState.DONE


def test_a_pass_can_be_queued_again_while_its_neighbours_are_merged(workshop: Workshop, job: SyntheticJob) -> None:
    handle = dispatched(workshop, job)
    lose_ball(workshop, job, handle)
    job.render(passes=[0, 1, 2])
    workshop.sweep()
    workshop.sweep()
    assert state(workshop) is JobState.MERGING
    workshop.desk.requeue(JOB_ID)
    assert state(workshop) is JobState.RENDERING
    workshop.work()
    job.render(passes=[BALL])
    workshop.live()
    assert state(workshop) is JobState.DONE


def test_after_a_lost_record_the_latest_farm_job_is_adopted_and_no_other_one_is_left(
    workshop: Workshop, job: SyntheticJob
) -> None:
    dispatched(workshop, job)
    (first,) = workshop.farm.submissions
    for generation in (7, 44):
        workshop.farm.submit(replace(first, name=f"{first.name}.g{generation}"))
    workshop.client.flushall()
    workshop.accept(job)
    workshop.work()
    assert [view.name for view in workshop.farm.jobs().values()] == [f"{first.name}.g44"]
    assert record_of(workshop).generation == 44


def test_clean_up_waits_for_a_submission_that_is_under_way(workshop: Workshop, job: SyntheticJob) -> None:
    dispatched(workshop, job)
    job.render()
    with leased(workshop.context.store, JOB_ID, DISPATCH, seconds=3600):
        workshop.live()
        assert state(workshop) is JobState.DONE
        assert job.files.folder.path.exists()
    swept(workshop, seconds=300)
    assert not job.files.folder.path.exists()
    assert not workshop.farm.jobs()


def test_a_suspended_job_that_is_queued_again_stays_suspended(workshop: Workshop, job: SyntheticJob) -> None:
    lose_ball(workshop, job, dispatched(workshop, job))
    workshop.desk.suspend(JOB_ID)
    swept(workshop)
    workshop.desk.requeue(JOB_ID)
    workshop.work()
    swept(workshop)
    (view,) = workshop.farm.jobs().values()
    assert view.name.endswith(".g2")
    assert view.state is FarmJobState.SUSPENDED


def test_a_farm_that_says_nothing_about_failures_is_asked_once(workshop: Workshop, job: SyntheticJob) -> None:
    workshop.farm = Mute()
    handle = dispatched(workshop, job)
    for server in workshop.farm.server_names:
        workshop.farm.fail(handle, 1, server)
    for _ in range(8):
        swept(workshop)
    assert workshop.farm.requests["messages"] == 1
