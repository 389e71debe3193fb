"""What comes next is a function of the record alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flatiron_tasks.contracts.errors import StateError
from flatiron_tasks.pipeline.next_steps import next_steps, settle
from flatiron_tasks.pipeline.record import JobRecord, PassRecord, TextureRecord
from flatiron_tasks.pipeline.states import ENDED, TRANSITIONS, JobState, PassState, TextureState, check_transition

JOB = "20260131-142501-7f3a9c0d"


def record(state: JobState, passes: str, textures: str = "ww") -> JobRecord:
    """Passes: w(aiting) r(endered) m(erged) f(ailed); textures: w(aiting) d(elivered) c(ollectable) f(ailed)."""
    pass_states = {"w": PassState.WAITING, "r": PassState.RENDERED, "m": PassState.MERGED, "f": PassState.FAILED}
    texture_states = {
        "w": TextureState.WAITING,
        "d": TextureState.DELIVERED,
        "c": TextureState.COLLECTABLE,
        "f": TextureState.FAILED,
        "b": TextureState.BESIDE,
    }
    unmerged = sum(letter != "m" for letter in passes)
    return JobRecord(
        job_id=JOB,
        state=state,
        revision=1,
        job_name="Castle",
        manager="localhost:3234",
        network_folder="/bakes",
        output_folder="/out",
        created_at=0,
        updated_at=0,
        passes=tuple(
            PassRecord(i, pass_states[letter], reason="broken" * (letter == "f")) for i, letter in enumerate(passes)
        ),
        textures=tuple(TextureRecord(i, texture_states[letter], unmerged) for i, letter in enumerate(textures)),
    )


def test_a_step_says_to_people_what_it_is_about() -> None:
    told = record(JobState.RENDERING, "rmm")
    first = replace(told.passes[0], attempts=1)
    texture = replace(told.textures[0], unmerged=0, path="C:\\out\\Wall.png")
    told = replace(told, passes=(first, *told.passes[1:]), labels=("Column 04", "b", "c"), textures=(texture,))
    assert [step.shown for step in next_steps(told)] == [
        f'job {JOB} pass 0 "Column 04" try 2',
        f'job {JOB} texture 0 "Wall.png" try 1',
    ]
    assert [step.shown for step in next_steps(record(JobState.SUBMITTED, "w"))] == [f'job {JOB} "Castle" try 1']
    assert [step.shown for step in next_steps(record(JobState.CANCELLING, "w"))] == [f'job {JOB} "Castle"']


@pytest.mark.parametrize(
    ("state", "passes", "textures", "steps"),
    [
        (JobState.SUBMITTED, "www", "ww", ["dispatch"]),
        (JobState.RENDERING, "www", "ww", []),
        (JobState.RENDERING, "wrm", "ww", ["merge_pass:1"]),
        (JobState.MERGING, "rrm", "ww", ["merge_pass:0", "merge_pass:1"]),
        (JobState.DELIVERING, "mmm", "wd", ["replace_placeholder:0"]),
        (JobState.RENDERING, "fmm", "ww", []),
        (JobState.DONE, "mmm", "dd", ["clean_temp"]),
        (JobState.CANCELLING, "wrm", "ww", ["cancel"]),
        (JobState.CANCELLED, "wrm", "ww", []),
        (JobState.FAILED, "frm", "ww", []),
        (JobState.READY_TO_COLLECT, "mmm", "cc", []),
    ],
)
def test_the_next_steps_follow_from_the_record(state: JobState, passes: str, textures: str, steps: list[str]) -> None:
    assert [step.key for step in next_steps(record(state, passes, textures))] == steps


def test_a_cleaned_job_needs_nothing_more() -> None:
    assert next_steps(replace(record(JobState.DONE, "m", "d"), cleaned=True)) == ()


@pytest.mark.parametrize(
    ("state", "passes", "textures", "settled"),
    [
        (JobState.SUBMITTED, "mmm", "dd", None),
        (JobState.RENDERING, "wmm", "ww", None),
        (JobState.RENDERING, "rmm", "ww", JobState.MERGING),
        (JobState.RENDERING, "mmm", "dd", JobState.MERGING),
        (JobState.MERGING, "mmm", "dd", JobState.DELIVERING),
        (JobState.DELIVERING, "mmm", "dw", None),
        (JobState.DELIVERING, "mmm", "dd", JobState.DONE),
        (JobState.DELIVERING, "mmm", "db", JobState.DONE),
        (JobState.DELIVERING, "mmm", "dc", JobState.READY_TO_COLLECT),
        (JobState.READY_TO_COLLECT, "mmm", "dc", None),
        (JobState.READY_TO_COLLECT, "mmm", "dd", JobState.DONE),
        (JobState.RENDERING, "fwm", "ww", None),
        (JobState.RENDERING, "frm", "ww", JobState.MERGING),
        (JobState.RENDERING, "fmm", "ww", JobState.FAILED),
        (JobState.DELIVERING, "mmm", "fd", JobState.FAILED),
        (JobState.DELIVERING, "mmm", "fw", None),
        (JobState.FAILED, "mmm", "dd", None),
        (JobState.CANCELLING, "mmm", "dd", None),
    ],
)
def test_the_state_follows_from_passes_and_textures(
    state: JobState, passes: str, textures: str, settled: JobState | None
) -> None:
    found = settle(record(state, passes, textures))
    assert (found.state if found else None) is settled


def test_a_failure_says_why_and_what_to_do() -> None:
    found = settle(record(JobState.RENDERING, "ffm"))
    assert found is not None
    assert found.reason == "broken 1 more pass failed."
    assert f"flatiron requeue {JOB}" in found.advice


@given(
    state=st.sampled_from(list(JobState)),
    passes=st.text("wrmf", min_size=1, max_size=5),
    textures=st.text("wdcfb", min_size=1, max_size=3),
)
def test_settling_always_ends_and_never_leaves_the_table(state: JobState, passes: str, textures: str) -> None:
    here = record(state, passes, textures)
    for _ in range(len(JobState)):
        found = settle(here)
        if found is None:
            break
        check_transition(JOB, here.state, found.state)
        here = replace(here, state=found.state)
    assert settle(here) is None


@given(passes=st.text("wrm", min_size=1, max_size=5), textures=st.text("wdcb", min_size=1, max_size=3))
def test_a_job_without_failures_always_has_a_step_or_waits_for_the_farm_or_a_person(passes: str, textures: str) -> None:
    here = record(JobState.RENDERING, passes, textures)
    while (found := settle(here)) is not None:
        here = replace(here, state=found.state)
    waits = "w" in passes or here.state is JobState.READY_TO_COLLECT
    assert waits or next_steps(here)


def test_nothing_leaves_an_ended_job() -> None:
    for state in ENDED:
        assert TRANSITIONS[state] == ()
        with pytest.raises(StateError, match="can become nothing"):
            check_transition(JOB, state, JobState.RENDERING)
