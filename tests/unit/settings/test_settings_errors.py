"""A wrong setting is refused by name, with where it stands and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from flatiron_tasks.contracts.errors import SettingsError
from flatiron_tasks.settings import EXPLAINED_NAMES, Settings, load_settings


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "flatiron.toml"


def _error(config: Path | None = None) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        load_settings(config)
    return caught.value


def test_an_unknown_key_in_the_file_is_refused_with_the_nearest_name(config: Path) -> None:
    config.write_text("poll_second = 3\n")
    assert str(_error(config)) == (
        f"Unknown setting `poll_second` in the file {config}. Next step: Did you mean `poll_seconds`?"
    )


def test_an_unknown_key_inside_a_group_is_refused_with_the_nearest_name(config: Path) -> None:
    config.write_text("[flower]\nprot = 3\n")
    assert "`flower.prot`" in _error(config).what
    assert "`port`" in _error(config).advice


@pytest.mark.parametrize(
    ("variable", "nearest"),
    [
        ("FLATIRON_REDIS_ULR", "FLATIRON_REDIS_URL"),
        ("FLATIRON_FLOWER__PROT", "FLATIRON_FLOWER__PORT"),
        ("FLATIRON_CONFG", "FLATIRON_CONFIG"),
        ("flatiron_max_attempt", "FLATIRON_MAX_ATTEMPTS"),
    ],
)
def test_an_unknown_variable_is_refused_with_the_nearest_name(
    variable: str, nearest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "x")
    error = _error()
    assert f"`{variable}`" in error.what
    assert nearest in error.advice


@pytest.mark.parametrize("name", sorted(EXPLAINED_NAMES))
def test_an_expected_but_wrong_name_is_explained(name: str, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert name not in Settings.model_fields
    config.write_text(f'{name} = "x"\n')
    assert _error(config).advice == EXPLAINED_NAMES[name]
    monkeypatch.setenv(f"FLATIRON_{name.upper()}", "x")
    assert _error().advice == EXPLAINED_NAMES[name]


def test_a_wrong_value_names_key_value_source_and_reason(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config.write_text("max_attempts = 0\n")
    error = _error(config)
    assert error.what == f"The setting `max_attempts` in the file {config} cannot be 0."
    assert "greater than or equal to 1" in error.why
    monkeypatch.setenv("FLATIRON_MAX_ATTEMPTS", "many")
    assert _error(config).what == "The setting `FLATIRON_MAX_ATTEMPTS` in the environment cannot be 'many'."


def test_a_wrong_value_inside_a_list_says_which_one(config: Path) -> None:
    config.write_text('[[path_rules]]\ncanonical = "/a"\nlocal = "/b"\n[[path_rules]]\ncanonical = "c"\nlocal = "/d"\n')
    error = _error(config)
    assert "`path_rules[1].canonical`" in error.what
    assert "not an absolute path" in error.why


def test_a_variable_that_is_not_json_says_how_lists_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLATIRON_NETWORK_FOLDERS", "/mnt/bakes")
    assert "JSON" in _error().advice


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("FLATIRON_REDIS_URL", "http://:hunter2@host/0"),
        ("FLATIRON_REDIS_URL", "redis://:hunter2@host/jobs"),
        ("FLATIRON_FLOWER__BASIC_AUTH", "hunter2"),
        ("FLATIRON_FLOWER", '{"basic_auth": "hunter2"}'),
    ],
)
def test_an_error_never_shows_a_password(variable: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, value)
    assert "hunter2" not in str(_error())


def test_a_file_that_is_not_toml_is_refused_with_its_line(config: Path) -> None:
    config.write_text("max_attempts = 3\nredis_url = \n")
    assert "line 2" in _error(config).why


def test_a_folder_in_place_of_a_table_is_refused(config: Path) -> None:
    config.write_text('flower = "on"\n')
    assert "`flower`" in _error(config).what


def test_a_relative_network_folder_is_refused(config: Path) -> None:
    config.write_text('network_folders = ["bakes"]\n')
    assert "absolute" in _error(config).why
