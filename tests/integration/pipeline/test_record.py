"""The record keeps its promises on a real Redis, also when everything happens twice, late, or at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import redis

from flatiron_tasks.contracts.errors import StaleLeaseError, StateError
from flatiron_tasks.pipeline.lease import leased
from flatiron_tasks.pipeline.states import JobState, PassState, TextureState
from flatiron_tasks.pipeline.store import JobStore
from tests.integration.pipeline.conftest import JOB, create
from tests.integration.pipeline.moving_clock import MovingClock
from tests.waiting import wait_until


def merge(store: JobStore, index: int) -> None:
    token = store.claims.claim(JOB, f"pass:{index}", 10_000)
    assert token
    state = PassState.MERGED
    store.finish_pass(JOB, index, token, state, reason="", sentence=f"Pass {index}.")
    store.claims.renew(JOB, f"pass:{index}", token, 0)


def sequences(store: JobStore) -> list[int]:
    return [event.sequence for _, event in store.events("0", block_seconds=0)]


def test_a_second_submission_of_one_job_changes_nothing(store: JobStore) -> None:
    assert create(store)
    store.mark_rendered(JOB, [0], "One.")
    assert not create(store)
    assert store.load(JOB).passes[0].state is PassState.RENDERED
    assert sequences(store) == [1, 2]


def test_an_unknown_job_is_an_error_that_says_what_to_do(store: JobStore) -> None:
    with pytest.raises(StateError, match=r"is unknown here.*flatiron status"):
        store.load("20990101-000000-00000000")


def test_each_accepted_change_of_state_emits_exactly_one_event(store: JobStore) -> None:
    create(store)
    old = store.load(JOB)
    assert store.change_state(old, JobState.RENDERING, sentence="On the farm.")
    assert not store.change_state(old, JobState.RENDERING, sentence="On the farm.")
    events = [event for _, event in store.events("0", block_seconds=0)]
    assert [(event.sequence, event.state) for event in events] == [(1, "submitted"), (2, "rendering")]
    assert (events[1].passes_total, events[1].textures_total, events[1].sentence) == (3, 2, "On the farm.")


def test_a_change_outside_the_table_raises_and_changes_nothing(store: JobStore) -> None:
    create(store)
    with pytest.raises(StateError, match="cannot become done"):
        store.change_state(store.load(JOB), JobState.DONE, sentence="No.")
    assert store.load(JOB).state is JobState.SUBMITTED
    assert sequences(store) == [1]


def test_of_many_changes_at_once_one_wins(store: JobStore) -> None:
    create(store)
    record = store.load(JOB)

    def change(_: int) -> bool:
        return store.change_state(record, JobState.RENDERING, sentence="Mine.")

    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(change, range(16))) == [False] * 15 + [True]
    assert sequences(store) == [1, 2]


def test_a_texture_becomes_ready_exactly_when_its_last_pass_is_merged(store: JobStore) -> None:
    create(store)
    for index in (2, 0):
        merge(store, index)
        merge(store, index)  # a doubled message counts once
    assert [texture.unmerged for texture in store.load(JOB).textures] == [1, 1]
    merge(store, 1)
    assert [texture.unmerged for texture in store.load(JOB).textures] == [0, 0]
    assert sequences(store) == [1, 2, 3, 4]


def test_only_one_process_holds_a_lease_and_a_lost_one_cannot_note_its_result(store: JobStore) -> None:
    create(store)
    slow = store.claims.claim(JOB, "pass:0", 1)
    assert slow
    wait_until(lambda: not store.claims.is_claimed(JOB, "pass:0"), what="the lease has expired")
    quick = store.claims.claim(JOB, "pass:0", 60_000)
    assert quick
    assert store.claims.claim(JOB, "pass:0", 60_000) is None
    with pytest.raises(StaleLeaseError):
        store.finish_pass(JOB, 0, slow, PassState.MERGED, reason="", sentence="Stale.")
    assert not store.claims.renew(JOB, "pass:0", slow, 60_000)
    store.finish_pass(JOB, 0, quick, PassState.MERGED, reason="", sentence="Fresh.")
    assert store.load(JOB).passes[0].state is PassState.MERGED


def test_a_lease_lasts_as_long_as_its_work_and_ends_with_it(store: JobStore) -> None:
    create(store)
    with leased(store, JOB, "pass:0", seconds=0.15) as lease:
        assert lease
        with leased(store, JOB, "pass:0", seconds=0.15) as second:
            assert second is None
        before = lease.token
        wait_until(lambda: store.claims.renew(JOB, "pass:0", before, 1), what="the lease could be cut short")
        wait_until(lambda: store.claims.is_claimed(JOB, "pass:0"), what="the keeper has renewed it")
    assert not store.claims.is_claimed(JOB, "pass:0")


def test_a_merged_pass_never_fails_afterwards(store: JobStore) -> None:
    create(store)
    merge(store, 0)
    token = store.claims.claim(JOB, "pass:0", 10_000)
    assert token
    store.finish_pass(JOB, 0, token, PassState.FAILED, reason="late", sentence="Late.")
    assert store.load(JOB).passes[0].state is PassState.MERGED


def test_a_delivered_texture_is_counted_once(store: JobStore) -> None:
    create(store)
    for _ in range(2):
        token = store.claims.claim(JOB, "texture:0", 10_000)
        assert token
        store.finish_texture(JOB, 0, token, TextureState.DELIVERED, path="/out/0.png", note="", sentence="There.")
        store.claims.renew(JOB, "texture:0", token, 0)
    assert store.events("0", block_seconds=0)[-1][1].textures_done == 1


def test_only_a_collectable_texture_can_be_collected(store: JobStore) -> None:
    create(store)
    state = TextureState.DELIVERED
    assert not store.finish_texture(JOB, 0, None, state, path="/out/0.png", note="", sentence="Collected.")
    token = store.claims.claim(JOB, "texture:0", 10_000)
    assert token
    store.finish_texture(JOB, 0, token, TextureState.COLLECTABLE, path="/out/0.png", note="", sentence="Waits.")
    assert store.finish_texture(JOB, 0, None, state, path="/out/0.png", note="", sentence="Collected.")
    assert not store.finish_texture(JOB, 0, None, state, path="/out/0.png", note="", sentence="Collected.")


def test_a_step_is_sent_again_only_when_its_message_must_be_lost(store: JobStore, clock: MovingClock) -> None:
    create(store)
    steps = [("merge_pass:0", "pass:0"), ("merge_pass:1", "pass:1")]
    assert store.steps.due(JOB, steps, 30) == [0, 1]
    assert store.steps.due(JOB, steps, 30) == []
    clock.advance(31)
    assert store.claims.claim(JOB, "pass:1", 60_000)
    assert store.steps.due(JOB, steps, 30) == [0], "somebody works on the other one"
    clock.advance(31)
    assert store.steps.due(JOB, steps[:1], 30) == [], "the second repetition waits longer"
    clock.advance(31)
    assert store.steps.due(JOB, steps[:1], 30) == [0]
    assert store.steps.due(JOB, [], 30) == []


def test_requeue_sets_back_what_failed_and_nothing_else(store: JobStore) -> None:
    create(store)
    store.change_state(store.load(JOB), JobState.RENDERING, sentence="Farm.")
    merge(store, 0)
    assert store.fail_waiting(JOB, {0: "no", 1: "lost", 2: "lost"}, "Lost.") == 2
    store.change_state(store.load(JOB), JobState.FAILED, sentence="Failed.")
    assert store.requeue(JOB, [1, 2], discard=False, sentence="Again.") == 2
    record = store.load(JOB)
    assert record.state is JobState.SUBMITTED
    assert [item.state for item in record.passes] == [PassState.MERGED, PassState.WAITING, PassState.WAITING]
    assert [texture.unmerged for texture in record.textures] == [2, 2]
    assert record.generation == 2
    assert store.take_discards(JOB) == []


def test_rerender_takes_merged_passes_back_too(store: JobStore) -> None:
    create(store)
    store.change_state(store.load(JOB), JobState.RENDERING, sentence="Farm.")
    for index in range(3):
        merge(store, index)
    store.change_state(store.load(JOB), JobState.FAILED, sentence="Failed.")
    assert store.requeue(JOB, [1], discard=True, sentence="Again.") == 1
    record = store.load(JOB)
    assert (record.generation, store.take_discards(JOB)) == (2, [1])
    assert [texture.unmerged for texture in record.textures] == [1, 1]
    store.forget_discards(JOB, [1])
    assert store.take_discards(JOB) == []


def test_a_client_that_was_away_hears_everything_once(store: JobStore) -> None:
    create(store)
    bookmark = store.events("0", block_seconds=0)[-1][0]
    for index in range(3):
        merge(store, index)
    heard = store.events(bookmark, block_seconds=0)
    assert [event.sequence for _, event in heard] == [2, 3, 4]
    assert store.events(heard[-1][0], block_seconds=0.01) == []


def test_only_one_sweep_runs_at_a_time(store: JobStore) -> None:
    with store.claims.only_one("poll:a", seconds=10) as first, store.claims.only_one("poll:a", seconds=10) as second:
        assert (first, second) == (True, False)
    with store.claims.only_one("poll:a", seconds=10) as third:
        assert third


def test_a_redis_that_is_gone_is_an_error_at_once_not_a_hang(redis_server_url: str, clock: MovingClock) -> None:
    from flatiron_tasks.pipeline.store import connect  # noqa: PLC0415
    from workers.embedded.ports import free_port  # noqa: PLC0415

    gone = JobStore(connect(f"redis://127.0.0.1:{free_port()}/0"), clock)
    with pytest.raises(redis.ConnectionError):
        gone.load(JOB)
