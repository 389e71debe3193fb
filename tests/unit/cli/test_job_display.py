"""What people see of a job: complete, correct, and readable at 80 columns."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console, RenderableType

from flatiron_tasks.api import JobStatus
from flatiron_tasks.contracts.event import Event
from tests.unit.cli.statuses import FAILED, NOW, job_status
from workers.cli import job_tables, job_text
from workers.cli.progress import LineDisplay, LiveDisplay, announced, display_for, follow


def _shown(what: RenderableType, width: int = 80) -> str:
    console = Console(file=io.StringIO(), width=width, force_terminal=False)
    console.print(what)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_the_table_of_jobs_stays_within_80_columns_and_keeps_every_id_whole() -> None:
    statuses = [
        job_status(
            ("merged", "waiting"), ("waiting",), job_name="A name that is far too long for any table", state=state
        )
        for state in ("submitted", "ready_to_collect", "cancelling", "done")
    ]
    text = _shown(job_tables.jobs(statuses, NOW))
    rows = [line for line in text.splitlines() if "ready to collect" in line]
    assert max(map(len, text.splitlines())) <= 80
    assert text.count("20260131-142501-7f3a9c0d") == 5  # each row, and the command of the one to collect
    assert "1/2" in rows[0]
    assert "0/1" in rows[0]
    assert "5 min" in rows[0]


def test_no_jobs_is_said() -> None:
    assert _shown(job_tables.jobs([], NOW)) == "No jobs.\n"


@pytest.mark.parametrize("view", ["all", "one"])
def test_a_failed_job_shows_reason_next_step_and_the_exact_command(view: str) -> None:
    text = _shown(job_tables.jobs([FAILED], NOW) if view == "all" else job_tables.job(FAILED, NOW))
    assert "Why: 3 passes could not be merged: a piece holds NaN." in text
    assert "Next step: Look at the passes, then start them again." in text
    assert "flatiron requeue 20260131-142501-7f3a9c0d --pass 1-2 --pass 4" in text


def test_a_failed_job_without_failed_passes_is_requeued_as_a_whole() -> None:
    assert job_text.next_commands(job_status(state="failed")) == ("flatiron requeue 20260131-142501-7f3a9c0d",)


def test_a_job_that_waits_to_be_collected_shows_the_command() -> None:
    text = _shown(job_tables.job(job_status(state="ready_to_collect"), NOW))
    assert "flatiron collect 20260131-142501-7f3a9c0d" in text


def test_a_job_that_runs_asks_nobody_for_anything() -> None:
    assert job_tables.needs(job_status(), with_name=True) == []


def test_one_job_shows_every_pass_and_texture() -> None:
    text = _shown(job_tables.job(job_status(("merged", "failed"), ("delivered", "waiting")), NOW))
    for part in ("Object0", "Object1", "holds NaN", "CompleteMap_0.png", "delivered", "manager:3234"):
        assert part in text


def test_names_are_never_read_as_markup() -> None:
    text = _shown(job_tables.jobs([job_status(job_name="[red]x[/]")], NOW))
    assert "[red]x[/]" in text


def test_a_command_for_many_passes_stays_on_one_line() -> None:
    failed = job_status(("failed", "merged") * 30, state="failed")
    assert "\n  flatiron requeue 20260131-142501-7f3a9c0d --all-failed" in _shown(job_tables.jobs([failed], NOW))


def test_a_command_is_never_cut_off() -> None:
    failed = job_status(("failed",), state="failed", job_id="a-very-long-job-id-" * 3)
    text = _shown(job_tables.jobs([failed], NOW), width=60)
    assert "".join(text.split()).endswith("a-very-long-job-id-" * 3 + "--pass0")


def test_json_holds_the_whole_status() -> None:
    status = job_status(("merged",), ("waiting",))
    data = json.loads(job_text.as_json(status))
    assert data["job_id"] == status.job_id
    assert data["passes"][0]["state"] == "merged"
    assert json.loads(job_text.as_json([status])) == [data]


@given(st.sets(st.integers(0, 60)))
def test_compacted_numbers_name_every_number_once(numbers: set[int]) -> None:
    named: list[int] = []
    for part in job_text.compact(numbers):
        first, _, last = part.partition("-")
        named.extend(range(int(first), int(last or first) + 1))
    assert named == sorted(numbers)


@pytest.mark.parametrize(("seconds", "text"), [(0, "0 s"), (59, "59 s"), (61, "1 min"), (7300, "2 h"), (200000, "2 d")])
def test_an_age_is_told_in_one_unit(seconds: int, text: str) -> None:
    assert job_text.age(NOW - timedelta(seconds=seconds), NOW) == text


class FakeDesk:
    """Plays the statuses of a job, one per question; unknown while there is None."""

    def __init__(self, *played: JobStatus | None) -> None:
        self.played = list(played)
        self.bookmarks: list[str] = []

    def refusal(self, job_id: str) -> str:
        return ""

    def is_known(self, job_id: str) -> bool:
        if self.played[0] is None:
            self.played.pop(0)
            return False
        return True

    def job(self, job_id: str) -> JobStatus:
        status = self.played.pop(0)
        assert status is not None
        return status

    def events(self, after: str, *, block_seconds: float) -> list[tuple[str, Event]]:
        self.bookmarks.append(after)
        event = Event(1, 1, "20260131-142501-7f3a9c0d", "note", "merging", 1, 0, 1, 0, "…", "2026-01-31T14:25:01Z")
        return [(f"{len(self.bookmarks)}-0", event)] if len(self.bookmarks) == 1 else []


def _followed(desk: FakeDesk) -> tuple[str, tuple[JobStatus, ...]]:
    console = Console(file=io.StringIO(), width=80)
    statuses = follow(desk, {"20260131-142501-7f3a9c0d": "Courtyard"}, LineDisplay(console))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue(), statuses


def test_without_a_terminal_every_change_is_one_line_and_nothing_is_said_twice() -> None:
    running, done = job_status(("waiting",)), job_status(("merged",), state="done", sentence="In place.")
    text, statuses = _followed(FakeDesk(running, running, running, done))
    assert text.splitlines() == [
        "Courtyard (20260131-142501-7f3a9c0d): merging, passes 0/1, textures 0/0: Merging, 1 of 3 passes merged.",
        "Courtyard (20260131-142501-7f3a9c0d): done, passes 1/1, textures 0/0: In place.",
    ]
    assert statuses == (done,)


def test_a_job_that_no_worker_knows_yet_is_waited_for() -> None:
    text, _ = _followed(FakeDesk(None, job_status(state="done")))
    assert text.splitlines()[0].startswith("Courtyard (20260131-142501-7f3a9c0d): submitted")


@pytest.mark.parametrize("state", ["done", "failed", "cancelled", "ready_to_collect"])
def test_following_ends_with_every_state_that_needs_no_worker(state: str) -> None:
    _, statuses = _followed(FakeDesk(job_status(state=state)))
    assert statuses[0].state == state


def test_following_goes_on_from_the_last_event() -> None:
    desk = FakeDesk(*[job_status()] * 3, job_status(state="done"))
    _followed(desk)
    assert desk.bookmarks[1:] == ["1-0", "1-0"]


def test_following_stops_when_the_check_fails() -> None:
    def check() -> None:
        raise ConnectionError("a service died")

    with pytest.raises(ConnectionError):
        follow(FakeDesk(job_status()), {"x": "x"}, LineDisplay(Console(file=io.StringIO())), check=check)


def test_the_live_display_shows_every_job_within_80_columns() -> None:
    clock = iter([0.0] + [75.0] * 10)
    live = LiveDisplay(Console(file=io.StringIO(), width=80), lambda: next(clock))
    statuses: Sequence[JobStatus] = [
        job_status(("merged", "merging", "failed", "waiting"), ("waiting",) * 8, job_name="Multi Pass"),
        replace(announced("20260131-142501-00000000", "Single Pass"), state="ready_to_collect"),
    ]
    live.show(statuses)
    text = _shown(live.render())
    assert "Multi Pass" in text
    assert "passes 1/4" in text
    assert "█▓✗·  merging Object1" in text
    assert "1:15" in text
    assert "Single Pass" in text
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize(("terminal", "kind"), [(True, LiveDisplay), (False, LineDisplay)])
def test_the_display_fits_where_it_is_shown(terminal: bool, kind: type) -> None:
    assert type(display_for(Console(file=io.StringIO(), force_terminal=terminal))) is kind


def test_every_state_is_told_in_words() -> None:
    words: Mapping[str, str] = {"ready_to_collect": "ready to collect", "done": "done"}
    assert {state: job_tables.state(state).plain for state in words} == words
