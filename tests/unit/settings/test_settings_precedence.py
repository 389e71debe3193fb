"""Which source wins, and what each one may say."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from flatiron_tasks.contracts.errors import SettingsError
from flatiron_tasks.settings import Settings, hide_password, load_settings


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "some settings.toml"
    path.write_text('max_attempts = 5\npoll_seconds = 7\n[flower]\nport = 6000\naddress = "127.0.0.2"\n')
    return path


def test_defaults_need_neither_file_nor_environment() -> None:
    assert load_settings() == Settings()


def test_the_file_wins_over_the_default(config: Path) -> None:
    assert load_settings(config).max_attempts == 5


def test_the_environment_wins_over_the_file(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLATIRON_MAX_ATTEMPTS", "6")
    assert load_settings(config).max_attempts == 6
    assert load_settings(config).poll_seconds == 7


def test_an_override_wins_over_the_environment(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLATIRON_MAX_ATTEMPTS", "6")
    assert load_settings(config, {"max_attempts": 7}).max_attempts == 7


def test_one_member_of_a_group_can_be_set_without_losing_the_others(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLATIRON_FLOWER__PORT", "6001")
    flower = load_settings(config, {"flower": {"url_prefix": "f"}}).flower
    assert (flower.address, flower.port, flower.url_prefix) == ("127.0.0.2", 6001, "f")


def test_an_empty_variable_counts_as_not_set(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLATIRON_MAX_ATTEMPTS", "")
    assert load_settings(config).max_attempts == 5


def test_the_environment_can_hold_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLATIRON_NETWORK_FOLDERS", '["/mnt/a", "/mnt/b"]')
    monkeypatch.setenv("FLATIRON_PATH_RULES", '[{"canonical": "\\\\\\\\server\\\\bakes\\\\", "local": "/mnt/a"}]')
    settings = load_settings()
    assert settings.network_folders == (Path("/mnt/a"), Path("/mnt/b"))
    assert settings.path_rules[0].canonical == "//server/bakes"


def test_the_file_is_found_by_variable_then_in_the_current_folder(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "flatiron.toml").write_text("max_attempts = 8\n")
    assert load_settings().max_attempts == 8
    monkeypatch.setenv("FLATIRON_CONFIG", str(config))
    assert load_settings().max_attempts == 5


def test_the_file_of_the_user_is_read_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "user" / "flatiron").mkdir(parents=True)
    (tmp_path / "user" / "flatiron" / "flatiron.toml").write_text("max_attempts = 9\n")
    monkeypatch.setattr("platformdirs.user_config_path", lambda *_, **__: tmp_path / "user" / "flatiron")
    monkeypatch.chdir(tmp_path)
    assert load_settings().max_attempts == 9


def test_settings_built_by_a_program_do_not_depend_on_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLATIRON_MAX_ATTEMPTS", "6")
    assert Settings().max_attempts == 3


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        Settings().max_attempts = 4


def test_a_password_is_neither_in_the_text_of_the_settings_nor_in_the_url_that_is_shown() -> None:
    settings = Settings(
        redis_url="redis://artist:secret@host:6379/2",
        flower={"basic_auth": "td:secret"},  # type: ignore[arg-type]
    )
    assert "secret" not in repr(settings)
    assert settings.redis_url_shown == "redis://artist:***@host:6379/2"


def test_a_url_without_password_is_shown_as_it_is() -> None:
    assert hide_password("redis://host:1/0") == "redis://host:1/0"


def test_a_missing_file_that_was_named_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match=r"gone\.toml does not exist.*--config"):
        load_settings(tmp_path / "gone.toml")
    monkeypatch.setenv("FLATIRON_CONFIG", str(tmp_path / "lost.toml"))
    with pytest.raises(SettingsError, match=r"lost\.toml does not exist.*FLATIRON_CONFIG"):
        load_settings()
