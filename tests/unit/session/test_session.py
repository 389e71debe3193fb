"""The session keeps the panel up to date: findings, files, settings and jobs, always told on the main thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from flatiron_tasks.contracts.errors import BadInputError, PathMappingError, SceneError, ShareError, StateError
from flatiron_tasks.share.path_mapping import PathRule
from max_submitter.artist_configuration import NOT_SET_UP, user_file
from max_submitter.jobs import artist_jobs
from max_submitter.jobs.hands import Hands
from max_submitter.session import configuration_keeper, desktop
from max_submitter.session.artist_session import ArtistSession
from max_submitter.testing import fake_worlds
from tests.unit.jobs.examples import JOB, view
from tests.unit.session.artist import Artist
from tests.waiting import wait_until


@pytest.fixture
def artist(tmp_path: Path) -> Artist:
    return Artist(tmp_path)


@pytest.fixture
def session(artist: Artist) -> Iterator[ArtistSession]:
    session = artist.open()
    yield session
    session.close()


def checked(artist: Artist, session: ArtistSession) -> list[str]:
    artist.until(lambda: not session.is_checking(), "all is checked")
    return [finding.check for finding in session.findings()]


def test_a_finding_is_mended_by_its_button_and_looked_at_again(artist: Artist, session: ArtistSession) -> None:
    folder = artist.folder / "not" / "yet"
    session.change(artist.settings(output_folder=str(folder)))
    checked(artist, session)
    (finding,) = [item for item in session.findings() if item.where == "output_folder" and item.fix is not None]
    session.fix(finding)
    assert folder.is_dir()
    assert session.is_checking()
    assert finding.check not in checked(artist, session)


def test_a_fix_that_fails_raises_and_everything_is_looked_at_again(artist: Artist, session: ArtistSession) -> None:
    artist.scene.write_note("anything", "changes the scene")
    session.change(artist.settings())
    checked(artist, session)
    (finding,) = [item for item in session.findings() if item.check == "scene-unsaved"]
    artist.scene.fail("save_scene", SceneError("The file is read-only."))
    with pytest.raises(SceneError, match="read-only"):
        session.fix(finding)
    assert session.is_checking()


def test_the_path_of_every_file_is_known_before_anything_is_sent(artist: Artist, session: ArtistSession) -> None:
    (artist.output / "castle_CompleteMap_1.png").write_bytes(b"there")
    session.change(artist.settings())
    artist.until(lambda: len(session.planned_files()) == 2, "the files are planned")
    assert [(item.element, item.path.name, item.exists) for item in session.planned_files()] == [
        ("CompleteMap", "castle_CompleteMap_0.png", False),
        ("CompleteMap", "castle_CompleteMap_1.png", True),
    ]
    session.change(artist.settings(output_folder=""))
    artist.until(lambda: session.planned_files() == (), "there are none")


def test_listeners_are_called_on_the_main_thread_until_they_end(artist: Artist, session: ArtistSession) -> None:
    threads: set[int] = set()
    end = session.listen(lambda _: threads.add(threading.get_ident()))
    session.change(artist.settings())
    session.test()
    checked(artist, session)
    artist.until(lambda: all(line.ok is not None for line in session.test_lines()), "all is tested")
    assert threads == {threading.get_ident()}
    end()
    end()
    threads.clear()
    session.change(artist.settings(padding=9))
    assert not threads


def test_another_scene_is_looked_at_and_its_groups_are_told(artist: Artist, session: ArtistSession) -> None:
    checked(artist, session)
    other = fake_worlds.castle(artist.folder)
    other.groups = {"tower": [101]}
    artist.heard.clear()
    artist.scene.open(other)
    assert [group.name for group in session.groups()] == ["tower"]
    assert {"scene", "settings", "preflight"} <= set(artist.heard)
    assert session.is_checking()


def test_a_scene_that_cannot_be_read_is_a_finding_and_no_crash(artist: Artist, session: ArtistSession) -> None:
    checked(artist, session)
    artist.scene.fail("renderer", SceneError("3ds Max does not tell its renderer."))
    session.check_again()
    assert "scene-unreadable" in checked(artist, session)
    assert session.reason_against_bake() == "3ds Max does not tell its renderer."
    session.check_again()
    assert "scene-unreadable" not in checked(artist, session)


def test_pages_and_folders_of_a_job_that_cannot_be_shown_are_sentences(artist: Artist, session: ArtistSession) -> None:
    with pytest.raises(StateError, match="Nobody knows"):
        session.open_folder("20260131-142501-7f3a9c0d")
    with pytest.raises(BadInputError, match="No address of Flower"):
        session.open_in_flower("20260131-142501-7f3a9c0d")
    with pytest.raises(BadInputError, match="not the address of a web page"):
        desktop.open_page("file:///etc/passwd")


def test_rules_that_contradict_each_other_are_refused_and_nothing_is_kept(
    artist: Artist, session: ArtistSession
) -> None:
    rules = (PathRule("//server/share", "/mnt/a"), PathRule("//server/share", "/mnt/b"))
    with pytest.raises(PathMappingError, match="two local folders"):
        session.configure(artist.configure(path_rules=rules))
    assert session.configuration.path_rules == NOT_SET_UP.path_rules


def test_closing_ends_what_is_told_and_leaves_no_folder(artist: Artist, session: ArtistSession) -> None:
    session.change(artist.settings())
    session.test()
    session.close()
    artist.heard.clear()
    while artist.main.pump():
        pass
    assert artist.heard == []
    wait_until(lambda: not list((artist.data / "sessions").iterdir()), what="the private folder is gone")
    assert not artist.scene._callbacks


def test_two_programs_of_one_artist_do_not_disturb_each_other(artist: Artist, session: ArtistSession) -> None:
    second = artist.open()
    assert len(list((artist.data / "sessions").iterdir())) == 2
    second.close()
    checked(artist, session)
    wait_until(lambda: len(list((artist.data / "sessions").iterdir())) == 1, what="one private folder is gone")


def test_a_selection_never_asks_for_the_files_of_the_scene(artist: Artist, session: ArtistSession) -> None:
    session.change(artist.settings(groups=()))
    checked(artist, session)
    before = len(artist.scene.called("used_files"))
    artist.scene.select(101)
    checked(artist, session)
    assert len(artist.scene.called("used_files")) == before
    artist.scene.emit("opened")
    checked(artist, session)
    assert len(artist.scene.called("used_files")) == before + 1


def test_a_whole_look_that_a_selection_interrupts_is_made_good(artist: Artist, session: ArtistSession) -> None:
    session.change(artist.settings(groups=()))
    checked(artist, session)
    before = len(artist.scene.called("renderer"))
    session.check_again()
    artist.scene.select(101)
    checked(artist, session)
    assert len(artist.scene.called("renderer")) == before + 1


def test_an_error_that_nobody_foresaw_ends_the_checking_with_a_finding(
    artist: Artist, session: ArtistSession, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    checked(artist, session)
    artist.scene.fail("renderer", ZeroDivisionError("by zero"))
    session.check_again()
    assert "scene-unreadable" in checked(artist, session)
    assert "ZeroDivisionError" in session.reason_against_bake()
    assert "by zero" in caplog.text


def test_what_is_configured_holds_at_once_and_the_last_one_is_kept(artist: Artist, session: ArtistSession) -> None:
    for name in ("ada", "bob", "eve"):
        session.configure(replace(session.configuration, artist=name))
    assert session.configuration.artist == "eve"
    kept = user_file(artist.environment)
    wait_until(lambda: '"eve"' in kept.read_text("utf-8"), what="the configuration is kept")


def test_a_configuration_that_cannot_be_written_is_told(
    artist: Artist, session: ArtistSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise ShareError("The disk is full.")

    monkeypatch.setattr(configuration_keeper, "keep_configuration", refuse)
    session.configure(replace(session.configuration, artist="ada"))
    artist.until(lambda: any("The disk is full." in item.what for item in session.findings()), "it is told")


def test_configuring_waits_for_no_thread(
    artist: Artist, session: ArtistSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A share that hangs holds up a helper's thread, never the artist."""
    joined: list[float] = []
    monkeypatch.setattr(Hands, "join", lambda _, seconds: joined.append(seconds))
    session.configure(replace(session.configuration, artist="ada"))
    assert joined == []
    session.close()
    assert joined == [artist_jobs._LAST_WORDS_S]


def test_what_jobs_that_were_left_still_find_is_told_to_nobody(artist: Artist, session: ArtistSession) -> None:
    left = session._jobs
    session.configure(replace(session.configuration, artist="ada"))
    while artist.main.pump():
        pass
    artist.heard.clear()
    left._post(lambda: artist.heard.append("late"))
    while artist.main.pump():
        pass
    assert "late" not in artist.heard


def test_a_folder_that_cannot_be_shown_is_told_with_its_job(
    artist: Artist, session: ArtistSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(folder: Path) -> None:
        raise BadInputError(f"{folder} cannot be shown.")

    monkeypatch.setattr(desktop, "open_folder", refuse)
    session._jobs.show_local(view(output_folder="/away"))
    session.open_folder(JOB)
    artist.until(lambda: any("/away cannot be shown" in note for note in session.jobs()[0].notes), "it is told")
