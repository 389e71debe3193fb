"""A renderer is watched by an injected clock: it ends by itself, or for exactly one reason."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from workers.node.exit_codes import NodeExit
from workers.node.failure import AttemptFailedError
from workers.node.supervision import Limits, Watch


class Time:
    """A clock that the process moves, a second with every wait."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds, UTC)

    def monotonic(self) -> float:
        return self.seconds


class Process:
    """A renderer that ends at a second, and speaks or works while a condition holds."""

    def __init__(self, time: Time, *, ends_at: float, at_each_second: Callable[[float], None] = lambda _: None) -> None:
        self.time = time
        self.ends_at = ends_at
        self.at_each_second = at_each_second
        self.said = 0

    def wait(self, seconds: float) -> int | None:
        self.time.seconds += max(seconds, 1)
        self.at_each_second(self.time.seconds)
        return 0 if self.time.seconds >= self.ends_at else None

    def spoken(self) -> int:
        return self.said

    def end(self) -> str:
        return ""


def watch(
    process: Process,
    work: Path,
    *,
    limits: Limits | None = None,
    is_stopped: Callable[[], bool] = lambda: False,
    is_gone: Callable[[], bool] = lambda: False,
) -> NodeExit:
    limits = limits or Limits(time_limit_s=1000, no_progress_s=100)
    watcher = Watch(process, work=work, limits=limits, clock=process.time, is_stopped=is_stopped, is_gone=is_gone)
    try:
        assert watcher.until_end() == 0
    except AttemptFailedError as error:
        return error.code
    return NodeExit.DONE


def test_a_renderer_that_ends_in_time_is_left_alone(tmp_path: Path) -> None:
    assert watch(Process(Time(), ends_at=90), tmp_path) is NodeExit.DONE


def test_a_silent_renderer_is_given_up(tmp_path: Path) -> None:
    process = Process(Time(), ends_at=10_000)
    assert watch(process, tmp_path) is NodeExit.NO_PROGRESS
    assert 100 < process.time.seconds < 120


def test_a_renderer_that_speaks_goes_on_until_its_time_limit(tmp_path: Path) -> None:
    process = Process(Time(), ends_at=10_000)
    process.at_each_second = lambda second: setattr(process, "said", int(second) // 50)
    assert watch(process, tmp_path) is NodeExit.TIMED_OUT
    assert 1000 < process.time.seconds < 1010


def test_a_renderer_whose_files_grow_goes_on_until_its_time_limit(tmp_path: Path) -> None:
    def grow(second: float) -> None:
        (tmp_path / "folder").mkdir(exist_ok=True)
        (tmp_path / "folder" / "image").write_bytes(bytes(int(second) // 50))

    assert watch(Process(Time(), ends_at=10_000, at_each_second=grow), tmp_path) is NodeExit.TIMED_OUT


def test_a_work_folder_that_cannot_be_read_is_no_progress_and_no_fault(tmp_path: Path) -> None:
    assert watch(Process(Time(), ends_at=10_000), tmp_path / "gone") is NodeExit.NO_PROGRESS


def test_a_job_that_is_gone_at_one_look_only_is_a_hiccup_of_the_share(tmp_path: Path) -> None:
    looks = iter([False, True] * 100)
    assert watch(Process(Time(), ends_at=90), tmp_path, is_gone=lambda: next(looks)) is NodeExit.DONE


def test_a_job_that_stays_gone_ends_the_renderer(tmp_path: Path) -> None:
    process = Process(Time(), ends_at=10_000)
    assert watch(process, tmp_path, is_gone=lambda: process.time.seconds > 30) is NodeExit.REVOKED
    assert process.time.seconds < 50


def test_a_request_to_stop_counts_even_if_the_renderer_has_just_ended(tmp_path: Path) -> None:
    assert watch(Process(Time(), ends_at=1), tmp_path, is_stopped=lambda: True) is NodeExit.REVOKED


@pytest.mark.parametrize("code", list(NodeExit))
def test_every_exit_code_says_what_it_means(code: NodeExit) -> None:
    assert 0 <= code.value < 64
    assert code.meaning
