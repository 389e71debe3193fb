"""A farm that does not take a job now is asked again a few times, less and less often; then a person is told why."""

from __future__ import annotations

import pytest

from flatiron_tasks.contracts.errors import (
    FarmRefusedError,
    FarmSubmissionError,
    FarmUnreachableError,
    FlatironError,
    UnexpectedError,
)
from flatiron_tasks.pipeline.attempt import LONGEST_DISPATCH_PAUSE_S, dispatch_pause
from flatiron_tasks.pipeline.farm_port import FarmJob
from flatiron_tasks.pipeline.next_steps import Step
from flatiron_tasks.pipeline.states import JobState
from flatiron_tasks.testing.fake_farm import FakeFarm
from tests.integration.pipeline.expectations import state
from tests.integration.pipeline.workshop import Workshop
from tests.synthetic_job import JOB_ID, SyntheticJob

STARTING = FarmSubmissionError(
    "cmdjob did not submit the job (exit code 1)", why="it printed: Connection refused", advice="look at the manager"
)
DISPATCH = Step("dispatch", (JOB_ID,))


class ReluctantFarm(FakeFarm):
    """Answers every question, and a submission with the next of `refusals` as long as there are any."""

    def __init__(self, *refusals: FlatironError) -> None:
        super().__init__()
        self.refusals = list(refusals)
        self.asked = 0

    def submit(self, job: FarmJob) -> str:
        self.asked += 1
        if self.refusals:
            raise self.refusals.pop(0)
        return super().submit(job)


def submit(workshop: Workshop, job: SyntheticJob, *refusals: FlatironError) -> ReluctantFarm:
    workshop.farm = farm = ReluctantFarm(*refusals)
    workshop.accept(job)
    workshop.work()
    return farm


def wait_for(workshop: Workshop, seconds: float) -> None:
    workshop.sweep(seconds=seconds)
    workshop.work()


def test_a_manager_that_is_just_starting_fails_no_job(workshop: Workshop, job: SyntheticJob) -> None:
    farm = submit(workshop, job, STARTING, STARTING)
    assert state(workshop) is JobState.SUBMITTED
    wait_for(workshop, 31)
    assert state(workshop) is JobState.SUBMITTED
    wait_for(workshop, 61)
    record = workshop.context.store.load(JOB_ID)
    assert (record.state, len(farm.submissions)) == (JobState.RENDERING, 1)
    assert (record.dispatch_failures, record.dispatch_after, record.farm_note) == (0, 0, "")


def test_a_job_that_waits_for_another_attempt_says_why_and_until_when(workshop: Workshop, job: SyntheticJob) -> None:
    submit(workshop, job, STARTING)
    status = workshop.desk.job(JOB_ID)
    assert status.sentence.endswith(
        "Attempt 1 of 3 to hand the job to the farm failed and is repeated: cmdjob did not submit the job "
        "(exit code 1): it printed: Connection refused."
    )
    assert status.waiting == "Next attempt in 30 s."


def test_messages_that_come_in_the_pause_are_no_attempts(workshop: Workshop, job: SyntheticJob) -> None:
    farm = submit(workshop, job, STARTING)
    for _ in range(9):
        workshop.run(DISPATCH)
        wait_for(workshop, 3)
    assert (state(workshop), farm.asked) == (JobState.SUBMITTED, 1)


def test_after_the_last_attempt_the_job_fails_and_says_what_to_do(workshop: Workshop, job: SyntheticJob) -> None:
    farm = submit(workshop, job, *[STARTING] * 9)
    for _ in range(9):
        wait_for(workshop, 601)
    record = workshop.context.store.load(JOB_ID)
    assert (record.state, record.step, farm.asked) == (JobState.FAILED, "dispatch", 3)
    assert record.reason.startswith("Handing the job to the farm failed in 3 attempts")
    assert "Connection refused" in record.reason
    assert record.advice == f"look at the manager. Then `flatiron requeue {JOB_ID}`."


def test_a_re_queued_job_has_all_its_attempts_again(workshop: Workshop, job: SyntheticJob) -> None:
    farm = submit(workshop, job, *[STARTING] * 5)
    for _ in range(3):
        wait_for(workshop, 601)
    workshop.desk.requeue(JOB_ID)
    for _ in range(3):
        workshop.work()
        workshop.sweep(seconds=601)
    assert (state(workshop), farm.asked) == (JobState.RENDERING, 6)


def test_a_refusal_that_no_attempt_can_mend_fails_the_job_at_once(workshop: Workshop, job: SyntheticJob) -> None:
    refusal = FarmRefusedError("cmdjob refused the job", why="it printed: no such group", advice="correct the group")
    farm = submit(workshop, job, refusal)
    record = workshop.context.store.load(JOB_ID)
    assert (record.state, farm.asked) == (JobState.FAILED, 1)
    assert record.reason == "cmdjob refused the job: it printed: no such group."
    assert record.advice.startswith("correct the group.")


def test_a_manager_that_is_away_uses_up_no_attempt(workshop: Workshop, job: SyntheticJob) -> None:
    farm = submit(workshop, job, *[FarmUnreachableError("The manager is away")] * 8)
    for _ in range(8):
        wait_for(workshop, 601)
    assert (state(workshop), farm.asked) == (JobState.RENDERING, 9)


def test_an_error_that_nobody_foresaw_is_not_tried_for_ever(workshop: Workshop, job: SyntheticJob) -> None:
    farm = submit(workshop, job, *[UnexpectedError("It broke")] * 9)
    for _ in range(9):
        wait_for(workshop, 601)
    assert (state(workshop), farm.asked) == (JobState.FAILED, 3)


def test_a_cancelled_job_is_not_tried_again(workshop: Workshop, job: SyntheticJob) -> None:
    farm = submit(workshop, job, *[STARTING] * 2)
    workshop.desk.cancel(JOB_ID)
    for _ in range(3):
        wait_for(workshop, 601)
    assert (state(workshop), farm.asked) == (JobState.CANCELLED, 1)


@pytest.mark.parametrize(("failures", "pause"), [(1, 30), (2, 60), (3, 120), (5, 480), (6, 600), (9999, 600)])
def test_the_pauses_grow_up_to_a_bound(failures: int, pause: float) -> None:
    assert dispatch_pause(failures, 30) == pause
    assert dispatch_pause(failures, 2 * LONGEST_DISPATCH_PAUSE_S) == 2 * LONGEST_DISPATCH_PAUSE_S
