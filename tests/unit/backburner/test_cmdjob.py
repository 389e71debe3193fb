from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from flatiron_tasks.backburner import assumptions, submission
from flatiron_tasks.backburner.cmdjob import CmdJob
from flatiron_tasks.contracts.errors import FarmError, FarmRefusedError, FarmSubmissionError
from flatiron_tasks.pipeline.farm_port import FarmJob

_JOB = FarmJob(
    name="flatiron-20260131-142501-7f3a9c0d",
    description='of "Hall", 50 %\nby the artist',
    command=("python", "node.pyz", "{2}", "name={1}"),
    task_rows=(("pass 1", "0"), ("pass 2", "1")),
    server_group="bakers",
    log_folder="/logs",
)
_SUCCESS = "print('Successfully submitted job 4123456789')"


def _cmdjob(code: str, time_limit_s: float = 30) -> CmdJob:
    return CmdJob((sys.executable, "-c", f"import sys, pathlib\n{code}"), manager="farm", time_limit_s=time_limit_s)


def test_the_command_line_says_everything_about_the_job() -> None:
    # [C1] [C4]
    options = CmdJob(("/opt/cmdjob",), manager="farm", port=3235).options(_JOB, Path("tasks.txt"))

    assert options == [
        "/opt/cmdjob",
        "-jobName:flatiron-20260131-142501-7f3a9c0d",
        "-manager:farm",
        "-port:3235",
        "-priority:50",
        "-timeout:60",
        "-description:of  Hall , 50  by the artist",
        "-group:bakers",
        "-logPath:/logs",
        "-leaveInQueue",
        "-taskList:tasks.txt",
        "-taskName:1",
    ]
    assert submission.words(_JOB) == ("python", "node.pyz", "%tp2", "name=%tp1")


def test_servers_take_the_place_of_a_group() -> None:
    # [C1] [C7]
    job = replace(_JOB, server_group="", servers=("node-1", "node-2"))

    assert "-servers:node-1;node-2" in CmdJob(manager="farm").options(job, Path("tasks.txt"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"servers": ("node-1",)},
        {"server_group": "", "servers": ("a;b",)},
        {"server_group": "", "servers": ("",)},
        {"server_group": 'bakers" -delete'},
        {"log_folder": "/logs\n"},
        {"log_folder": "/logs/%jn"},
    ],
    ids=str,
)
def test_an_option_that_cmdjob_would_misread_is_refused(wrong: dict[str, object]) -> None:
    # [C6] [C7]
    with pytest.raises(FarmRefusedError):
        submission.check(replace(_JOB, **wrong))  # type: ignore[arg-type]


def test_no_shell_ever_sees_the_job_and_none_of_our_settings_reach_cmdjob(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # [C2] [C13] [A18]
    monkeypatch.setenv("FLATIRON_REDIS_URL", "redis://:secret@host")
    nasty = ("python", "$(touch owned)", "; touch owned", "`touch owned`", "a & b", "'\"\\")
    note = f"pathlib.Path({str(tmp_path / 'seen')!r}).write_text(json.dumps([sys.argv[-6:], dict(os.environ)]))"
    _cmdjob(f"import os, json\n{note}\n{_SUCCESS}").submit(replace(_JOB, command=nasty))

    words, environment = json.loads((tmp_path / "seen").read_text())
    assert tuple(words) == nasty
    assert not [name for name in environment if name.startswith("FLATIRON_")]
    assert "PATH" in environment


def test_a_batch_file_is_no_cmdjob_on_windows() -> None:
    # [C2]
    with pytest.raises(FarmRefusedError, match="batch file"):
        CmdJob(("submit.bat",), manager="farm", platform="win32").submit(_JOB)


def test_the_task_list_has_a_row_per_task_with_its_human_name_first_and_is_gone_afterwards(tmp_path: Path) -> None:
    # [C5] [A17]
    code = (
        "path = next(a for a in sys.argv if a.startswith('-taskList:')).partition(':')[2]\n"
        f"pathlib.Path({str(tmp_path / 'copy')!r}).write_bytes(pathlib.Path(path).read_bytes())\n"
        f"pathlib.Path({str(tmp_path / 'where')!r}).write_text(path)\n{_SUCCESS}"
    )

    assert _cmdjob(code).submit(_JOB) == "4123456789"
    assert (tmp_path / "copy").read_bytes() == b"pass 1\t0\npass 2\t1\n"
    assert not Path((tmp_path / "where").read_text()).exists()


@pytest.mark.parametrize(
    "code",
    [
        "sys.exit(1)",
        f"{_SUCCESS}; sys.exit(1)",
        "print('all is well')",
        "print('Successfully submitted job')",
        "print('Successfully submitted job 12345678901')",
    ],
)
def test_only_exit_0_together_with_the_success_line_is_a_submission(code: str) -> None:
    # [C8] [C9] [A16]
    with pytest.raises(FarmSubmissionError):
        _cmdjob(code).submit(_JOB)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("No such group: bakers", FarmRefusedError),
        ("Error: the server group bakers does not exist", FarmRefusedError),
        ("Unknown option -jobNamed", FarmRefusedError),
        ("Job submission failed: invalid argument: -priority must be 0 to 100", FarmRefusedError),
        ("Could not connect to the manager", FarmSubmissionError),
        ("Connection refused", FarmSubmissionError),
        ("The manager answered 450 Job refused", FarmSubmissionError),
        ("Kann keine Verbindung herstellen", FarmSubmissionError),
    ],
)
def test_a_failure_shows_what_cmdjob_printed_and_ends_the_attempts_only_if_none_can_help(
    text: str, error: type[FarmError]
) -> None:
    # [C9] [A16]
    with pytest.raises(error, match=text):
        _cmdjob(f"sys.stderr.write({text!r}); sys.exit(2)").submit(_JOB)


def test_a_failure_that_may_pass_is_one_that_counts_as_an_attempt() -> None:
    assert (FarmSubmissionError.retryable, FarmSubmissionError.counted) == (True, True)
    assert not FarmRefusedError.retryable


def test_a_cmdjob_that_does_not_end_is_stopped() -> None:
    # [C10]
    with pytest.raises(FarmSubmissionError, match="did not end"):
        _cmdjob("import threading; threading.Event().wait()", time_limit_s=0.2).submit(_JOB)


def test_a_process_that_cmdjob_leaves_behind_is_not_waited_for(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    arguments = [sys.executable, "-c", f"open({str(gate)!r}).read()"]
    linger = f"import subprocess; subprocess.Popen({arguments!r})"

    assert _cmdjob(f"{linger}\n{_SUCCESS}").submit(_JOB) == "4123456789"
    with gate.open("wb"):
        pass  # opens only because the process waits at the other end


def test_a_cmdjob_that_is_not_installed_is_refused_with_advice() -> None:
    with pytest.raises(FarmRefusedError, match="settings"):
        CmdJob(("/nowhere/cmdjob",), manager="farm").submit(_JOB)


@pytest.mark.parametrize("word", ["%tn", "%TP1", "%4tp2", "x%jnx", "%srv", "%dsc", "%jp3"])
def test_a_command_that_cmdjob_would_rewrite_is_refused(word: str) -> None:
    # [C6]
    with pytest.raises(FarmRefusedError, match="would replace"):
        submission.check(replace(_JOB, command=("python", word)))


@pytest.mark.parametrize("word", ["100%", "%PATH%", "{x}", "{}", "%t", "{2}-{1}"])
def test_a_command_that_only_looks_special_is_taken(word: str) -> None:
    submission.check(replace(_JOB, command=("python", word)))


@pytest.mark.parametrize("name", ["a:b", "ä", "", " a", "a ", "a/b", "x" * 71, "a\nb"])
def test_a_name_that_cmdjob_would_not_take_is_none(name: str) -> None:
    # [C3]
    assert not assumptions.is_job_name(name)


@pytest.mark.parametrize("name", ["a", "Flatiron_bake-1,2. x", "x" * 70])
def test_a_name_that_cmdjob_takes_is_one(name: str) -> None:
    assert assumptions.is_job_name(name)
