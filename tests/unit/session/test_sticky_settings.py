"""Settings come back as they were left, and nothing that is broken keeps the panel from opening."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from flatiron_tasks.contracts.errors import SettingsError
from max_submitter.artist_configuration import (
    NOT_SET_UP,
    VARIABLE,
    keep_configuration,
    load_configuration,
    user_file,
)
from max_submitter.bake_settings import ArtistConfiguration
from max_submitter.session.sticky import DEFAULTS, FILE_NAME, NOTE, UNREADABLE_NOTE, StickySettings
from max_submitter.testing import fake_worlds
from max_submitter.testing.fake_scene import FakeScene
from tests.unit.session.artist import Artist
from tests.waiting import wait_until

EXAMPLE = Path(__file__).resolve().parents[3] / "deploy" / "artist.example.json"


def test_what_was_set_comes_back_with_the_scene_and_as_default_of_other_scenes(tmp_path: Path) -> None:
    artist = Artist(tmp_path)
    session = artist.open()
    assert session.settings == DEFAULTS
    chosen = artist.settings(padding=17)
    session.change(chosen)
    session.close()
    saved = tmp_path / "data" / "flatiron"
    config = tmp_path / "config" / "flatiron" / FILE_NAME
    artist.until(config.is_file, "the user's settings are written")
    assert saved.is_dir()
    assert artist.open().settings == chosen
    artist.scene.world.notes[NOTE] = dataclasses.replace(chosen, padding=3).to_json()
    assert artist.open().settings.padding == 3
    artist.scene = FakeScene()
    assert artist.open().settings.padding == 17


def test_a_scene_that_is_opened_brings_its_own_settings_and_gets_none_of_the_one_before(tmp_path: Path) -> None:
    artist = Artist(tmp_path)
    session = artist.open()
    session.change(artist.settings(padding=17))
    other = fake_worlds.castle(tmp_path)
    other.notes[NOTE] = artist.settings(padding=5).to_json()
    artist.scene.open(other)
    assert session.settings.padding == 5
    session.close()
    assert '"padding": 5' in other.notes[NOTE]


def test_a_broken_file_is_kept_aside_and_told_once(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text('{"schema_version": 9}')
    sticky = StickySettings(tmp_path)
    assert sticky.of_user() == DEFAULTS
    assert "schema_version" in sticky.troubles[0]
    assert (tmp_path / f"{FILE_NAME}.unreadable").read_text() == '{"schema_version": 9}'
    again = StickySettings(tmp_path)
    assert again.of_user() == DEFAULTS
    assert again.troubles == []


def test_a_broken_note_is_kept_aside_in_the_scene_and_told_once(tmp_path: Path) -> None:
    scene, sticky = FakeScene(), StickySettings(tmp_path)
    scene.write_note(NOTE, "{half a")
    assert sticky.of_scene(scene) is None
    assert len(sticky.troubles) == 1
    assert scene.read_note(UNREADABLE_NOTE) == "{half a"
    assert sticky.of_scene(scene) is None
    assert len(sticky.troubles) == 1


def test_the_named_configuration_wins_and_a_broken_one_is_a_sentence(tmp_path: Path) -> None:
    environment = {"XDG_CONFIG_HOME": str(tmp_path / "config"), "APPDATA": str(tmp_path / "config")}
    assert load_configuration(environment).configuration == NOT_SET_UP
    assert keep_configuration(dataclasses.replace(NOT_SET_UP, artist="mira"), environment) is None
    assert load_configuration(environment).configuration.artist == "mira"
    named = {**environment, VARIABLE: str(tmp_path / "studio.json")}
    assert isinstance(load_configuration(named).trouble, SettingsError)
    (tmp_path / "studio.json").write_text("{}")
    found = load_configuration(named)
    assert found.configuration == NOT_SET_UP
    assert "schema_version" in str(found.trouble)
    (tmp_path / "studio.json").write_text(dataclasses.replace(NOT_SET_UP, artist="studio").to_json())
    assert load_configuration(named).configuration.artist == "studio"
    remark = keep_configuration(NOT_SET_UP, named)
    assert remark is not None
    assert str(user_file(environment)) in remark.what


def test_the_example_configuration_can_be_used_as_it_is() -> None:
    configuration = ArtistConfiguration.from_json(EXAMPLE.read_bytes(), source=str(EXAMPLE))
    assert configuration.redis_url.startswith("rediss://")


def test_a_configuration_that_is_taken_over_is_kept_for_the_next_start(tmp_path: Path) -> None:
    artist = Artist(tmp_path)
    session = artist.open()
    session.configure(dataclasses.replace(session.configuration, artist="mira"))
    session.close()
    wait_until(lambda: '"mira"' in user_file(artist.environment).read_text("utf-8"), what="the configuration is kept")
    assert artist.open().configuration.artist == "mira"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema_version": 1}'])
def test_no_content_of_the_users_file_keeps_the_session_from_opening(tmp_path: Path, text: str) -> None:
    artist = Artist(tmp_path)
    path = user_file(artist.environment)
    path.write_text(text)
    session = artist.open()
    assert session.configuration == NOT_SET_UP
    assert any("cannot be used" in item.what for item in session.findings())
    session.close()
