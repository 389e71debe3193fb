"""What the list says of a job: how long, how far, how much longer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flatiron_tasks.contracts.identity import read_time
from flatiron_tasks.contracts.job_view import JobView
from max_submitter.jobs.rows import announced, job_row, progress
from max_submitter.session.port import JobRow
from tests.unit.jobs.examples import BEGIN, JOB, entry, job_pass, texture, view

PASS_STATES = ("waiting", "rendered", "merging", "merged", "failed")
TEXTURE_STATES = ("waiting", "delivering", "delivered", "beside", "collectable", "failed")


def row(shown: JobView, seconds: float) -> JobRow:
    return job_row(shown, read_time(BEGIN) + timedelta(seconds=seconds), thumbnail=None, notes=())


def test_a_running_job_counts_from_its_acceptance_to_now() -> None:
    assert row(view(), 90).elapsed_seconds == 90


def test_an_ended_job_stops_counting_at_its_last_change() -> None:
    assert row(view(state="done"), 4000).elapsed_seconds == 60


def test_a_clock_that_is_behind_never_gives_a_negative_time() -> None:
    assert row(view(), -30).elapsed_seconds == 0


def test_the_rest_is_told_from_what_is_done() -> None:
    half = view(passes=(job_pass("merged"), job_pass("merged"), job_pass("waiting")), textures=())
    assert row(half, 60).remaining_seconds == pytest.approx(60 * 0.4 / 0.6)


@pytest.mark.parametrize("changes", [{"state": "failed"}, {"suspended": True}, {"passes": ()}])
def test_nothing_is_promised_that_cannot_be_known(changes: dict[str, Any]) -> None:
    shown = view(passes=(job_pass("merged"), job_pass("waiting")))
    assert row(replace(shown, **changes), 60).remaining_seconds is None


@given(
    passes=st.lists(st.sampled_from(PASS_STATES), max_size=8),
    textures=st.lists(st.sampled_from(TEXTURE_STATES), max_size=8),
)
def test_progress_stays_between_nothing_and_all(passes: list[str], textures: list[str]) -> None:
    shown = view(
        passes=tuple(job_pass(state) for state in passes),
        textures=tuple(texture("wall.png", state, "/out/wall.png") for state in textures),
    )
    assert 0 <= progress(shown) <= 1
    assert progress(replace(shown, state="done")) == 1


def test_a_job_that_no_worker_has_taken_is_shown_at_once(tmp_path: Path) -> None:
    shown = announced(entry(tmp_path, tmp_path, "wall.png"), artist="ada", host="ws-7", now=read_time(BEGIN))
    assert (shown.job_id, shown.state, shown.farm) == (JOB, "submitted", "farm:3234")
    assert [item.file_name for item in shown.textures] == ["wall.png"]
    assert JobView.from_json(shown.to_json(), source="test") == shown
