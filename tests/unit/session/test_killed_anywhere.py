"""A program that is killed in mid-submission leaves a job that the next one announces, or nothing at all."""

from __future__ import annotations

import multiprocessing
import os
import signal
from pathlib import Path

import pytest

from flatiron_tasks.contracts.mark import find_mark, texture_mark
from max_submitter.session.artist_session import ArtistSession
from tests.unit.session.artist import Artist
from tests.unit.session.killed_program import ANNOUNCED, TAKEN_BACK, THROUGH, bake_and_die

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    ids: list[str] = []
    monkeypatch.setattr("max_submitter.session.studio.LateMessenger.send", lambda _, job_id: ids.append(job_id))
    return ids


def killed_at(point: str, folder: Path) -> tuple[Artist, bytes]:
    """The artist after the kill, and the texture of an earlier bake that stood at one final path."""
    artist = Artist(folder)
    earlier = b"\x89PNG\r\n\x1a\n" + texture_mark("0" * 16, "1").encode()
    (artist.output / "castle_CompleteMap_0.png").write_bytes(earlier)
    process = multiprocessing.get_context("spawn").Process(target=bake_and_die, args=(str(folder), point))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    process.close()
    return artist, earlier


def next_program(artist: Artist) -> ArtistSession:
    """Opened, and through with what the one before left."""
    session = artist.open()
    artist.until(lambda: not list((artist.data / "sessions").glob("*/submissions/*.json")), "all is settled")
    return session


@pytest.mark.parametrize("point", TAKEN_BACK)
def test_a_job_without_all_placeholders_is_taken_back_whole(tmp_path: Path, sent: list[str], point: str) -> None:
    artist, earlier = killed_at(point, tmp_path)
    session = next_program(artist)
    assert {path.name: path.read_bytes() for path in artist.output.iterdir()} == {"castle_CompleteMap_0.png": earlier}
    assert not list(artist.share.glob("flatiron-*"))
    assert sent == []
    assert session.jobs() == ()
    session.close()


@pytest.mark.parametrize("point", ANNOUNCED)
def test_a_job_with_all_placeholders_is_announced_and_known_to_the_panel(
    tmp_path: Path, sent: list[str], point: str
) -> None:
    artist, _ = killed_at(point, tmp_path)
    session = next_program(artist)
    (folder,) = artist.share.glob("flatiron-*")
    job_id = folder.name.removeprefix("flatiron-")
    assert sent == [job_id]
    artist.until(lambda: [row.view.job_id for row in session.jobs()] == [job_id], "the panel lists it")
    assert not list(artist.output.glob(".*"))
    assert all(find_mark(path) for path in artist.output.iterdir())
    session.close()
    again = artist.open()
    artist.until(lambda: [row.view.job_id for row in again.jobs()] == [job_id], "the next panel lists it")
    again.close()


@pytest.mark.parametrize("point", THROUGH)
def test_a_job_that_was_announced_is_known_to_the_panel_and_not_announced_again(
    tmp_path: Path, sent: list[str], point: str
) -> None:
    artist, _ = killed_at(point, tmp_path)
    session = next_program(artist)
    artist.until(lambda: len(session.jobs()) == 1, "the panel lists it")
    assert sent == []
    session.close()
