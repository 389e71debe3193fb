from __future__ import annotations

from pathlib import Path

import pytest

from flatiron_tasks.contracts.errors import BadInputError
from workers.farm.cmdjob import job_spec, run
from workers.farm.jobs import JobSpec, OnCompletion
from workers.farm.options import parse


@pytest.mark.parametrize(
    "spelling",
    [
        ["-jobName:bake"],
        ["-jobName", "bake"],
        ["-jobName:", "bake"],
        ["-JOBNAME:bake"],
        ["-jobname:x", "-JobName:bake"],
    ],
)
def test_every_spelling_of_an_option_means_the_same(spelling: list[str]) -> None:
    assert parse([*spelling, "render"]).text("jobname") == "bake"


def test_options_end_at_the_executable() -> None:
    line = parse(["-suspended", "render", "-jobName:mine", "-x"])

    assert line.command == ("render", "-jobName:mine", "-x")
    assert line.options == {"suspended": ""}


def test_a_value_may_hold_colons() -> None:
    assert parse(["-taskList:C:\\list.txt", "x"]).text("tasklist") == "C:\\list.txt"


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["-jobName:x"],
        ["-jobName"],
        ["-nonsense", "x"],
        ["-suspended:1", "x"],
        ["-progress", "x"],
        ["-attach", "x"],
        ["@file", "x"],
    ],
)
def test_a_command_line_that_cannot_be_obeyed_is_refused(arguments: list[str]) -> None:
    with pytest.raises(BadInputError):
        parse(arguments)


@pytest.mark.parametrize(
    "option",
    [
        "-priority:101",
        "-priority:high",
        "-timeout:-1",
        "-timeout:nan",
        "-numTasks:0",
        "-numTasks:1.5",
        "-jobName:a/b",
        "-logPath:/nowhere/at/all",
    ],
)
def test_a_value_that_makes_no_sense_is_refused(option: str) -> None:
    with pytest.raises(BadInputError):
        job_spec(parse([option, "render"]))


def test_a_task_list_gives_one_row_per_line(tmp_path: Path) -> None:
    file = tmp_path / "liste ä.txt"
    file.write_bytes("\ufeffFrame 1\t1\tä\r\nFrame 2\t2\t".encode())

    spec = job_spec(parse([f"-taskList:{file}", "-taskName:1", "render", "%tp2"]))
    assert spec.rows == (("Frame 1", "1", "ä"), ("Frame 2", "2", ""))
    assert (spec.task_name_column, spec.words) == (1, ("render", "%tp2"))


def test_numbered_tasks_count_from_tp_start_by_tp_jump() -> None:
    spec = job_spec(parse(["-numTasks:3", "-tp_start:10", "-tp_jump:5", "render"]))

    assert spec.rows == (("10",), ("15",), ("20",))


def test_job_parameters_are_the_second_column(tmp_path: Path) -> None:
    file = tmp_path / "parameters"
    file.write_text("width\t1024\nheight\t512\n", encoding="utf-8")

    assert job_spec(parse([f"-jobParamFile:{file}", "render"])).parameters == ("1024", "512")


@pytest.mark.parametrize(
    ("options", "fate", "days"),
    [
        ([], OnCompletion.DEFAULT, 0.0),
        (["-delete"], OnCompletion.DELETE, 0.0),
        (["-delete:3", "-archive:2"], OnCompletion.ARCHIVE, 2.0),
        (["-archive:2", "-leaveInQueue"], OnCompletion.LEAVE, 0.0),
    ],
)
def test_leave_in_queue_wins_over_archive_over_delete(options: list[str], fate: OnCompletion, days: float) -> None:
    spec = job_spec(parse([*options, "render"]))

    assert (spec.on_completion, spec.completion_days) == (fate, days)


def test_dependencies_are_names_or_numbers_between_semicolons_or_commas() -> None:
    spec = job_spec(parse(["-dependencies:first;3000000001,third", "-nonconcurrent", "render"]))

    assert (spec.dependencies, spec.nonconcurrent) == (("first", "3000000001", "third"), True)


def test_a_job_document_survives_the_journey() -> None:
    spec = job_spec(parse(["-servers:a;b", "-group:g", "-suspended", "-timeout:0.5", "render", "ä"]))

    assert JobSpec.from_json(spec.to_json()) == spec


def test_a_failed_submission_says_why_and_leaves_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-priority:101", "render"]) == 1
    output = capsys.readouterr()
    assert "priority" in output.err
    assert output.out == ""


def test_the_usage_text_is_no_submission(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-?"]) == 0
    assert "Successfully" not in capsys.readouterr().out
