"""A step is sent again when its message may be lost, and a queue that is merely long does not grow by it."""

from __future__ import annotations

from flatiron_tasks.pipeline.store import JobStore
from tests.integration.pipeline.conftest import JOB, create
from tests.integration.pipeline.moving_clock import MovingClock

STALLED = 30.0


def test_a_step_that_waits_in_a_long_queue_is_sent_ever_more_seldom(store: JobStore, clock: MovingClock) -> None:
    create(store)
    sent = []
    for second in range(0, 1000, 10):
        if store.steps.due(JOB, [("merge_pass:0", "pass:0")], STALLED):
            sent.append(second)
        clock.advance(10)
    assert sent == [0, 30, 90, 210, 450, 690, 930]


def test_any_number_of_steps_can_be_asked_about_at_once(store: JobStore, clock: MovingClock) -> None:
    create(store)
    steps = [(f"merge_pass:{index}", f"pass:{index}") for index in range(12_345)]
    store.claims.claim(JOB, "pass:12000", 60_000)
    assert store.steps.due(JOB, steps, STALLED) == [index for index in range(12_345) if index != 12_000]
    assert store.steps.due(JOB, steps, STALLED) == []
    clock.advance(STALLED)
    assert len(store.steps.due(JOB, steps, STALLED)) == 12_344
