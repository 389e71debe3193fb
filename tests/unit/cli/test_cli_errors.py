"""Every command explains itself, and every error ends in a documented exit code and words that help."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import redis
from kombu.exceptions import OperationalError
from typer.testing import CliRunner

from flatiron_tasks.contracts import errors
from workers.cli.app import app
from workers.cli.exit_codes import MEANINGS, ExitCode, exit_code_of

RUN = CliRunner()
COMMANDS = [
    "bake",
    "status",
    "cancel",
    "suspend",
    "resume",
    "priority",
    "collect",
    "requeue",
    "rerender",
    "resubmit",
    "local",
    "merge",
    "metrics",
    "verify",
    "demo",
    "doctor",
    "chaos",
    "web",
    "worker",
    "sweep",
    "flower",
    "probe-manager",
    "redis-users",
]
DEAD_REDIS = "redis://artist:hunter2@127.0.0.1:1/0"


class FailingDesk:
    """A desk that only raises."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __getattr__(self, name: str) -> Callable[..., object]:
        def fail(*_: object, **__: object) -> object:
            raise self.error

        return fail


def _status_with(error: BaseException, monkeypatch: pytest.MonkeyPatch, *before: str) -> tuple[int, str]:
    monkeypatch.setattr("workers.cli.session.Session.desk", lambda _: FailingDesk(error))
    result = RUN.invoke(app, [*before, "status"])
    return result.exit_code, " ".join(result.stderr.split())


@pytest.mark.parametrize("command", [*COMMANDS, "farm", "farm manager", "farm server"])
def test_every_command_explains_itself(command: str) -> None:
    result = RUN.invoke(app, [*command.split(), "--help"])
    assert result.exit_code == 0
    assert "Usage" in result.stdout


def test_the_list_of_commands_is_complete() -> None:
    assert sorted([*COMMANDS, "farm"]) == sorted(
        [command.name or getattr(command.callback, "__name__", "") for command in app.registered_commands]
        + [group.name or "" for group in app.registered_groups]
    )


def test_help_documents_every_exit_code() -> None:
    text = " ".join(RUN.invoke(app, ["--help"]).stdout.split())
    assert set(MEANINGS) == set(ExitCode)
    for code, meaning in MEANINGS.items():
        assert f"{code.value} {meaning}" in text


def test_the_version_is_shown() -> None:
    result = RUN.invoke(app, ["--version"])
    assert result.exit_code == 0
    assert result.stdout.startswith("flatiron ")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.BadInputError("x"), 3),
        (errors.SettingsError("x"), 3),
        (errors.StateError("x"), 3),
        (errors.NotReadyError("x"), 4),
        (errors.FarmUnreachableError("x"), 5),
        (errors.FarmRefusedError("x"), 5),
        (errors.FarmSubmissionError("x"), 5),
        (redis.ConnectionError("x"), 7),
        (redis.TimeoutError("x"), 7),
        (redis.AuthenticationError("x"), 7),
        (OperationalError("x"), 7),
        (errors.TransportError("x"), 7),
        (errors.ShareError("x"), 1),
        (ValueError("x"), 1),
    ],
)
def test_an_error_ends_in_its_exit_code(error: Exception, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert exit_code_of(error) == code
    assert _status_with(error, monkeypatch)[0] == code


def test_an_error_says_what_why_and_the_next_step(monkeypatch: pytest.MonkeyPatch) -> None:
    error = errors.StateError("Job x is unknown.", why="It was cleaned.", advice="Look at `flatiron status`.")
    _, text = _status_with(error, monkeypatch)
    assert text == "Error: Job x is unknown. Why: It was cleaned. Next step: Look at `flatiron status`."


def test_an_unexpected_error_shows_its_traceback_only_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    code, text = _status_with(ValueError("odd"), monkeypatch)
    assert code == 1
    assert "--verbose" in text
    assert "Traceback" not in text
    assert "Traceback" in _status_with(ValueError("odd"), monkeypatch, "--verbose")[1]


def test_ctrl_c_ends_in_130(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _status_with(KeyboardInterrupt(), monkeypatch) == (130, "Interrupted.")


def test_a_redis_that_is_not_there_is_named_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLATIRON_REDIS_URL", DEAD_REDIS)
    result = RUN.invoke(app, ["status"])
    assert result.exit_code == 7
    assert "redis://artist:***@127.0.0.1:1/0" in result.stderr
    assert "FLATIRON_REDIS_URL" in result.stderr
    assert "hunter2" not in result.output


def test_a_wrong_command_line_ends_in_2() -> None:
    for arguments in (["no-such-command"], ["status", "--no-such-option"], ["requeue"]):
        assert RUN.invoke(app, arguments).exit_code == 2
    assert RUN.invoke(app, ["requeue", "job", "--pass", "x"]).exit_code == 2
    assert RUN.invoke(app, ["requeue", "job", "--pass", "1", "--all-failed"]).exit_code == 2
    assert RUN.invoke(app, ["status", "job", "--watch", "--json"]).exit_code == 2


def test_a_settings_file_that_is_wrong_ends_in_3(tmp_path: Path) -> None:
    (tmp_path / "flatiron.toml").write_text("redis_ulr = 1\n")
    result = RUN.invoke(app, ["--config", str(tmp_path / "flatiron.toml"), "status"])
    assert result.exit_code == 3
    assert "redis_url" in result.stderr


def test_flower_open_to_everybody_is_refused_before_it_listens() -> None:
    result = RUN.invoke(app, ["flower", "--address", "0.0.0.0"])
    assert result.exit_code == 3
    assert "password" in result.stderr


def test_a_scene_that_is_not_there_ends_in_3(tmp_path: Path) -> None:
    result = RUN.invoke(app, ["demo", "--scene", str(tmp_path / "gone.glb")])
    assert result.exit_code == 3
    assert "gone.glb" in result.stderr


def test_a_scene_that_cannot_be_read_ends_in_3(tmp_path: Path) -> None:
    (tmp_path / "broken.glb").write_bytes(b"not glTF")
    result = RUN.invoke(app, ["bake", str(tmp_path / "broken.glb"), "--manager", "m", "--output", str(tmp_path)])
    assert result.exit_code == 3
    assert "broken.glb" in result.stderr


def test_merging_a_folder_that_holds_no_job_is_an_error_that_names_it(tmp_path: Path) -> None:
    result = RUN.invoke(app, ["merge", str(tmp_path)])
    assert result.exit_code != 0
    assert "job.desc" in result.stderr
