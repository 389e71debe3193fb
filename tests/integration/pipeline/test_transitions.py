"""The table of states is the truth: no script in Redis changes a state in a way that the table does not know."""

from __future__ import annotations

import re
from importlib import resources

import pytest
import redis

from flatiron_tasks.pipeline.states import TRANSITIONS, JobState
from flatiron_tasks.pipeline.store import JobStore
from tests.integration.pipeline.conftest import JOB, create

EVERY_STATE = pytest.mark.parametrize("state", list(JobState))


def scripts_that_change_a_state() -> set[str]:
    folder = resources.files("flatiron_tasks.pipeline") / "lua"
    texts = {entry.name: entry.read_text("utf-8") for entry in folder.iterdir() if entry.name.endswith(".lua")}
    return {name for name, text in texts.items() if re.search(r"'HSET', JOB, 'state'", text)}


def test_states_change_by_the_table_in_the_store_and_by_a_re_queue_only() -> None:
    assert scripts_that_change_a_state() == {"change_state.lua", "requeue.lua"}


def test_a_new_job_is_submitted(store: JobStore) -> None:
    create(store)
    assert store.load(JOB).state is JobState.SUBMITTED


@EVERY_STATE
@pytest.mark.parametrize("passes", [[], [0, 1]], ids=["nothing", "passes"])
@pytest.mark.parametrize("discard", [False, True], ids=["kept", "discarded"])
def test_a_re_queue_changes_states_only_as_the_table_says(
    store: JobStore, client: redis.Redis, state: JobState, passes: list[int], discard: bool
) -> None:
    create(store)
    client.hset(f"flatiron:job:{JOB}", "state", state)
    client.hset(f"flatiron:job:{JOB}:passes", "0", "failed")
    store.requeue(JOB, passes, discard=discard, sentence="Again.")
    now = store.load(JOB).state
    assert now is state or now in TRANSITIONS[state]


@pytest.mark.parametrize("state", [JobState.MERGING, JobState.DELIVERING])
def test_a_job_that_goes_on_renders_again_what_is_set_back(
    store: JobStore, client: redis.Redis, state: JobState
) -> None:
    create(store)
    client.hset(f"flatiron:job:{JOB}", "state", state)
    client.hset(f"flatiron:job:{JOB}:passes", "0", "failed")
    assert store.requeue(JOB, [0], discard=False, sentence="Again.") == 1
    assert store.load(JOB).state is JobState.RENDERING
