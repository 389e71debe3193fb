"""What the evidence says about a server: the whole table."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flatiron_tasks.contracts.errors import ContractError
from flatiron_tasks.contracts.identity import utc_text
from flatiron_tasks.contracts.share_probe import ShareAnswer
from flatiron_tasks.pipeline.share_probe.health import TASKS, NodeHealth, NodeVerdict, Probe
from flatiron_tasks.pipeline.share_probe.verdicts import BUSY_AFTER_S, Evidence, Limits, judge

ASKED = 1_769_869_501.0
PROBE = Probe("farm:3234", "0123456789abcdef" * 2, "//server/bakes", ("node-1", "node-2"), ASKED)
LIMITS = Limits(timeout_s=60, free_bytes=1 << 30, clock_s=300)
LATE = LIMITS.timeout_s


def answer(*, clock: float = 1.0, free_bytes: int = 1 << 40) -> ShareAnswer:
    """An answer, its clock so many seconds after the question."""
    moment = utc_text(datetime.fromtimestamp(ASKED + clock, UTC))
    return ShareAnswer(1, PROBE.nonce, 0, "NODE1", "render", "/net/bakes", free_bytes, moment, 4)


def verdict(seen: Evidence) -> NodeVerdict | None:
    health = judge(PROBE, "node-1", seen, LIMITS)
    return None if health is None else health.verdict


@pytest.mark.parametrize(
    ("after", "seen", "expected"),
    [
        (2, {"answer": answer()}, NodeVerdict.OK),
        (LATE * 9, {"answer": answer(clock=LATE * 8)}, NodeVerdict.OK),
        (2, {"answer": answer(), "failed": True}, NodeVerdict.OK),
        (2, {"answer": answer(free_bytes=(1 << 30) - 1)}, NodeVerdict.FULL),
        (2, {"answer": answer(clock=-301)}, NodeVerdict.CLOCK_OFF),
        (2, {"answer": answer(clock=303)}, NodeVerdict.CLOCK_OFF),
        (2, {"answer": answer(clock=-299)}, NodeVerdict.OK),
        (2, {"answer": answer(clock=301)}, NodeVerdict.OK),
        (2, {}, None),
        (2, {"tasks_done": 2}, None),
        (2, {"failed": True}, NodeVerdict.NO_PYTHON),
        (2, {"failed": True, "tasks_done": 1}, NodeVerdict.OTHER_FOLDER),
        (2, {"failed": True, "tasks_done": 2}, NodeVerdict.READ_ONLY),
        (2, {"tasks_done": len(TASKS)}, None),
        (LATE, {"tasks_done": len(TASKS)}, NodeVerdict.OTHER_FOLDER),
        (LATE, {}, NodeVerdict.SILENT),
        (LATE, {"tasks_done": 1}, NodeVerdict.SILENT),
        (2, {"refusal": "cmdjob takes no such name"}, NodeVerdict.SILENT),
        (BUSY_AFTER_S - 1, {"is_busy": True}, None),
        (BUSY_AFTER_S, {"is_busy": True}, NodeVerdict.BUSY),
        (LATE, {"is_busy": True}, NodeVerdict.BUSY),
    ],
)
def test_the_evidence_decides(after: float, seen: dict[str, object], expected: NodeVerdict | None) -> None:
    assert verdict(Evidence(ASKED + after, **seen)) is expected  # type: ignore[arg-type]


@given(
    after=st.floats(0, 1e6),
    tasks_done=st.integers(0, len(TASKS)),
    failed=st.booleans(),
    is_busy=st.booleans(),
    refusal=st.sampled_from(["", "no"]),
)
def test_without_an_answer_no_server_is_ever_good(
    after: float, tasks_done: int, failed: bool, is_busy: bool, refusal: str
) -> None:
    failed = failed and tasks_done < len(TASKS)
    seen = Evidence(ASKED + after, tasks_done=tasks_done, failed=failed, is_busy=is_busy, refusal=refusal)
    assert verdict(seen) is not NodeVerdict.OK


@given(sent=st.floats(0, 1e5), read=st.floats(0, 1e5))
def test_a_right_clock_is_never_accused_however_long_an_answer_lies_there(sent: float, read: float) -> None:
    seen = Evidence(ASKED + sent + read, answer(clock=sent))
    assert verdict(seen) is NodeVerdict.OK


def test_the_sentence_names_the_server_the_folder_and_what_the_farm_says() -> None:
    seen = Evidence(ASKED + 2, failed=True, tasks_done=1, messages=("first", "exit code 9"))
    health = judge(PROBE, "node-2", seen, LIMITS)
    assert health is not None
    assert health.sentence.startswith("node-2 sees another folder, or none, where the workers see //server/bakes:")
    assert health.sentence.endswith("The farm says: exit code 9.")


def test_health_and_probe_survive_being_kept() -> None:
    health = judge(PROBE, "node-1", Evidence(ASKED + 2, answer()), LIMITS)
    assert health is not None
    assert NodeHealth.from_json(health.to_json()) == health
    again = Probe.from_json(PROBE.manager, PROBE.to_json(), {1: ASKED + 2}, frozenset({0}))
    assert (again.servers, again.asked_at, again.asked, again.over) == (
        PROBE.servers,
        ASKED,
        {1: ASKED + 2},
        frozenset({0}),
    )


def test_what_a_server_says_of_its_folder_is_shown_short_and_moves_no_cursor() -> None:
    (strange,) = (replace(answer(free_bytes=1), target="/x" + "t" * 4000),)
    health = judge(PROBE, "node-1", Evidence(ASKED + 2, strange), LIMITS)
    assert health is not None
    assert len(health.sentence) < 400
    told = judge(PROBE, "node-1", Evidence(ASKED + 2, failed=True, messages=("\x1b[31mred\u202e\n" * 99,)), LIMITS)
    assert told is not None
    assert told.sentence.isprintable()


@pytest.mark.parametrize(
    "change",
    [
        {"target": "/x\x1b[31m"},
        {"target": "/x\u202e"},
        {"free_bytes": 10**400},
        {"free_bytes": 2**63},
        {"rename_ms": 2**63},
        {"clock": "2026-99-99T99:99:99Z"},
        {"clock": "2026-01-01T23:59:60Z"},
    ],
)
def test_an_answer_that_no_reader_can_hold_or_show_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ContractError):
        replace(answer(), **change)  # type: ignore[arg-type]
