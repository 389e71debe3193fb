"""What stands in logs while a renderer runs: read once, in any encoding, and alarms that work takes back."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from workers.node.bake_report import BakeReport, ReportedOutput, flaws_of
from workers.node.built_in_profiles import MAX_BATCH, REFERENCE
from workers.node.failure import AttemptFailedError, symptom
from workers.node.log_tail import LogTail
from workers.node.log_text import TolerantDecoder
from workers.node.profile import LogSymptom
from workers.node.renderer_logs import RendererLogs
from workers.node.renderer_run import Outcome, signed
from workers.node.verdict import failure

WAITS = LogSymptom("waiting for licence", "licence", "Start the licence server.", 100)
PROFILE = dataclasses.replace(REFERENCE, symptoms=(WAITS,), progress_pattern="rendering")


class Time:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


class Logs:
    """A renderer's logs, and a clock."""

    def __init__(self, folder: Path) -> None:
        self.now = Time()
        self.printed, self.own = folder / "node.log", folder / "own.log"
        self.logs = RendererLogs(PROFILE, self.printed, [self.own], self.now)

    def look_after(self, seconds: float) -> None:
        self.now.seconds += seconds
        self.logs.look()


def test_what_stood_in_a_log_before_is_another_runs(tmp_path: Path) -> None:
    log = tmp_path / "Max.log"
    log.write_text("old\n")
    tail = LogTail(log)
    with log.open("a") as file:
        file.write("new\n")
    assert (tail.read(), tail.read(), tail.tail) == ("new\n", "", "new\n")


def test_a_log_that_is_not_there_says_nothing(tmp_path: Path) -> None:
    tail = LogTail(tmp_path / "gone" / "Max.log")
    assert (tail.read(), "".join(tail.read_rest())) == ("", "")


def test_utf_16_that_grows_in_odd_pieces_is_read_whole(tmp_path: Path) -> None:
    log = tmp_path / "listener.log"
    tail, text = LogTail(log), ""
    data = "größe マ\n".encode("utf-16")
    for begin in range(0, len(data), 3):
        with log.open("ab") as file:
            file.write(data[begin : begin + 3])
        text += tail.read()
    assert text + "".join(tail.read_rest()) == "größe マ\n"


@pytest.mark.parametrize(
    ("encoding", "text"), [("cp932", "マテリアルがありません"), ("utf-8", "größe マ"), ("cp1252", "größe")]
)
def test_each_line_is_read_in_the_first_encoding_that_fits(encoding: str, text: str) -> None:
    pages = ("cp932",) if encoding == "cp932" else ("cp1252",)
    decoder = TolerantDecoder(pages)
    data = b"plain\n" + text.encode(encoding) + b"\nplain"
    cut = [data[index : index + 1] for index in range(len(data))]
    assert "".join(map(decoder.decode, cut)) + decoder.decode(b"", final=True) == f"plain\n{text}\nplain"


def test_a_renderer_that_only_waits_is_ended_with_the_line_that_said_so(tmp_path: Path) -> None:
    logs = Logs(tmp_path)
    logs.own.write_text("waiting for licence 1\n")
    logs.look_after(0)
    logs.look_after(99)
    with pytest.raises(AttemptFailedError) as caught:
        logs.look_after(2)
    assert (caught.value.failure_class, caught.value.advice) == ("licence", "Start the licence server.")
    assert "waiting for licence 1" in caught.value.why


def test_repeated_waiting_does_not_start_the_time_again(tmp_path: Path) -> None:
    logs = Logs(tmp_path)
    logs.printed.write_text("waiting for licence\n")
    logs.look_after(0)
    with logs.printed.open("a") as file:
        file.write("waiting for licence\n")
    logs.look_after(90)
    with pytest.raises(AttemptFailedError):
        logs.look_after(20)


def test_a_renderer_that_got_its_licence_in_the_end_is_left_alone(tmp_path: Path) -> None:
    logs = Logs(tmp_path)
    logs.own.write_text("waiting for licence\n")
    logs.look_after(0)
    with logs.own.open("a") as file:
        file.write("rendering image\n")
    logs.look_after(90)
    logs.look_after(10_000)


def test_own_logs_are_copied_whole_behind_what_was_printed(tmp_path: Path) -> None:
    logs = Logs(tmp_path)
    logs.printed.write_text("printed\n")
    logs.own.write_text("a\n")
    logs.look_after(0)
    with logs.own.open("a") as file:
        file.write("b\n")
    assert logs.logs.finish() == ["a\nb\n"]
    assert logs.printed.read_text() == "printed\n\n--- own.log ---\na\nb\n"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("[V-Ray] error: Could not obtain a license (-97)", "licence"),
        ("V-Ray: License server is unavailable", "licence"),
        ("Corona: waiting for a license", "licence"),
        ("ERR: ADP Failed to start", "node"),
        ("INF: Missing External Files: brick.png", "scene"),
        ("Missing DLLs: forestpack.dlo", "node"),
        (r"ERR: \\filer\maps\brick.png cannot be found", "share"),
        ("INF: Missing External Files: 0", "renderer"),
        ("INF: V-Ray license obtained", "renderer"),
        ("INF: Rendering image", "renderer"),
    ],
)
def test_lines_of_3ds_max_are_understood(line: str, expected: str) -> None:
    assert symptom(f"{line}\nINF: closing\n" + "INF: more\n" * 30, MAX_BATCH.symptoms)[0] == expected


def test_an_exit_code_of_windows_is_signed() -> None:
    assert [signed(code) for code in (0, 1, 0xFFFFFF7E, 0x7FFFFFFF)] == [0, 1, -130, 0x7FFFFFFF]


def test_an_exit_code_tells_what_no_log_does() -> None:
    error = failure(MAX_BATCH, Outcome(-8, ("", "", "")), "It ended.")
    assert (error.failure_class, "licence error" in error.why) == ("licence", True)
    assert failure(MAX_BATCH, Outcome(-130, ("", "INF: bye")), "It ended.").failure_class == "renderer"


def test_files_that_shrank_or_went_after_the_report_are_noticed(tmp_path: Path) -> None:
    (tmp_path / "a.exr").write_bytes(b"12")
    outputs = tuple(ReportedOutput(name, str(tmp_path / f"{name}.exr"), 2) for name in ("a", "b"))
    report = BakeReport(1, "ok", "none", "", "", "", "", (), outputs, {})
    assert flaws_of(report) == ["b: 2 bytes were reported, 0 are there"]
