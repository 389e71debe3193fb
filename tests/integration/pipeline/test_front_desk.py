"""What the front desk is asked it does once, or refuses; the artist hears of both, and refusals are counted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flatiron_tasks.contracts import channels
from flatiron_tasks.contracts.errors import BadInputError, StateError
from flatiron_tasks.contracts.event import Event
from flatiron_tasks.pipeline.states import JobState
from flatiron_tasks.tasks.front_desk import BAD_INPUT, NOT_NOW, OPERATIONS, serve
from tests.integration.pipeline.expectations import state
from tests.integration.pipeline.workshop import Workshop
from tests.synthetic_job import JOB_ID, SyntheticJob, make_job


def ask(workshop: Workshop, task: str, *arguments: Any) -> None:
    serve(workshop.context, task, [JOB_ID, *arguments], {}, delivery={"routing_key": channels.FRONT_DESK_QUEUE})


def last_event(workshop: Workshop) -> Event:
    return workshop.desk.events("0", block_seconds=0)[-1][1]


def refusals(workshop: Workshop) -> dict[str, int]:
    return workshop.context.store.artists.refusals()


def test_every_request_has_an_operation() -> None:
    assert set(OPERATIONS) == set(channels.REQUEST_TASKS)


def test_a_job_is_suspended_goes_on_and_is_cancelled_on_request(workshop: Workshop, job: SyntheticJob) -> None:
    workshop.accept(job)
    workshop.work()
    ask(workshop, channels.SUSPEND_TASK)
    assert "suspended" in last_event(workshop).sentence
    workshop.sweep()
    assert workshop.context.store.load(JOB_ID).suspended
    ask(workshop, channels.GO_ON_TASK)
    ask(workshop, channels.SET_PRIORITY_TASK, 7)
    workshop.sweep()
    record = workshop.context.store.load(JOB_ID)
    assert (record.suspended, record.priority) == (False, 7)
    ask(workshop, channels.CANCEL_JOB_TASK)
    assert (last_event(workshop).kind, last_event(workshop).state) == ("note", "cancelling")
    workshop.live()
    assert state(workshop) is JobState.CANCELLED
    assert not refusals(workshop)


def test_only_what_failed_is_queued_again_and_asking_twice_is_harmless(workshop: Workshop, job: SyntheticJob) -> None:
    job.render()
    job.piece(next(job.files.plan.pieces(2))).write_bytes(b"broken")
    workshop.accept(job)
    workshop.live()
    assert state(workshop) is JobState.FAILED
    ask(workshop, channels.RERENDER_TASK, [2])
    workshop.work()
    ask(workshop, channels.RERENDER_TASK, [2])
    assert "nothing of it waits" in last_event(workshop).sentence
    job.render(passes=[2], attempt=2)
    workshop.live()
    assert state(workshop) is JobState.DONE


def test_a_refusal_by_the_jobs_state_is_told_counted_and_changes_nothing(workshop: Workshop, job: SyntheticJob) -> None:
    workshop.accept(job)
    job.render()
    workshop.live()
    before = workshop.context.store.load(JOB_ID)
    with pytest.raises(StateError, match="nothing to cancel"):
        ask(workshop, channels.CANCEL_JOB_TASK)
    event = last_event(workshop)
    assert (event.kind, event.sentence) == ("note", f"Job {JOB_ID} is done; there is nothing to cancel.")
    after = workshop.context.store.load(JOB_ID)
    assert (after.state, after.revision, after.updated_at) == (before.state, before.revision, before.updated_at)
    assert refusals(workshop) == {NOT_NOW: 1}


@pytest.mark.parametrize(
    ("task", "arguments"),
    [
        (channels.REQUEUE_TASK, [[99]]),
        (channels.RERENDER_TASK, [[]]),
        (channels.SET_PRIORITY_TASK, [1000]),
        (channels.COLLECTED_TASK, [99, "/out/a.png"]),
        (channels.CANCEL_JOB_TASK, ["really"]),
    ],
)
def test_a_wrong_message_is_refused_and_counted(
    workshop: Workshop, job: SyntheticJob, task: str, arguments: list[Any]
) -> None:
    workshop.accept(job)
    workshop.live()
    before = workshop.context.store.load(JOB_ID)
    with pytest.raises(BadInputError):
        ask(workshop, task, *arguments)
    assert refusals(workshop) == {BAD_INPUT: 1}
    assert workshop.context.store.load(JOB_ID).revision == before.revision


def test_a_job_that_nobody_knows_is_refused_and_gets_no_record(workshop: Workshop) -> None:
    with pytest.raises(StateError, match="is unknown here"):
        ask(workshop, channels.SUSPEND_TASK)
    assert refusals(workshop) == {NOT_NOW: 1}
    assert not workshop.context.store.exists(JOB_ID)
    assert not workshop.desk.events("0", block_seconds=0)


def test_a_texture_is_collected_once(workshop: Workshop, tmp_path: Path) -> None:
    job = make_job(tmp_path, output_visible=False)
    job.render()
    workshop.accept(job)
    workshop.live()
    assert state(workshop) is JobState.READY_TO_COLLECT
    for index in (0, 1):
        ask(workshop, channels.COLLECTED_TASK, index, "C:\\artist\\textures\\a.png")
    ask(workshop, channels.COLLECTED_TASK, 1, "C:\\artist\\textures\\b.png")
    assert "does not wait to be collected" in last_event(workshop).sentence
    assert [item.path for item in workshop.context.store.load(JOB_ID).textures] == ["C:/artist/textures/a.png"] * 2
    workshop.live()
    assert state(workshop) is JobState.DONE
