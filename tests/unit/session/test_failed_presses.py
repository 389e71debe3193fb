"""A press of Bake that fails: what was told holds, what other groups made stays, and nothing is announced later."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest

from flatiron_tasks.share.atomic import share_error
from max_submitter import final_paths, job_folder
from max_submitter.session.artist_session import ArtistSession
from tests.unit.session.artist import Artist, jobs_on


def test_an_error_of_one_group_that_nobody_foresaw_loses_no_other_group(
    artist: Artist, sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real, count = final_paths.place, iter(range(1, 9))

    def fail_at_the_second(*values: Any, **named: Any) -> Any:
        if next(count) == 2:
            raise OSError(errno.EINVAL, "The specified network name is no longer available")
        return real(*values, **named)

    monkeypatch.setattr("max_submitter.submission.place", fail_at_the_second)
    artist.scene.world.groups["props"] = [105, 106]
    session = artist.open()
    session.change(artist.settings(groups=("castle", "props")))
    artist.press_bake(session)
    progress = session.bake_progress()
    assert progress is not None
    assert "no longer available" in progress.error
    assert "The other 1 of 2 jobs are submitted." in progress.error
    (job,) = jobs_on(artist.share)
    assert sent == [job.job_id] == list(session.submitted())
    assert [row.view.job_id for row in session.jobs()] == [job.job_id]
    assert not session._desk.unsettled
    session.close()


def test_a_job_that_was_told_to_have_failed_is_never_announced_although_the_share_went_away(
    artist: Artist, session: ArtistSession, sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The host of the share is down while the bake fails and while it is taken back."""

    def down(path: Path, *_: Any, **__: Any) -> Any:
        raise OSError(errno.EHOSTDOWN, "Host is down", str(path))

    real = Path.is_dir

    def place(folder: Path, *_: Any, **__: Any) -> Any:
        for name in ("is_dir", "exists", "is_file"):
            monkeypatch.setattr(Path, name, down)
        down(folder)

    with monkeypatch.context() as patched:
        patched.setattr("max_submitter.submission.place", place)
        artist.press_bake(session)
    monkeypatch.undo()
    assert Path.is_dir is real
    monkeypatch.setattr("max_submitter.session.studio.LateMessenger.send", lambda _, job_id: sent.append(job_id))
    progress = session.bake_progress()
    assert progress is not None
    assert progress.error.startswith("The output folder does not answer; nothing was sent.")
    assert "taken back as soon as" in progress.error
    assert jobs_on(artist.share)
    session._unsent.start()
    artist.until(lambda: not session._desk.unsettled, "it is taken back")
    assert not list(artist.share.glob("flatiron-*"))
    assert sent == []


def test_closing_in_mid_submission_leaves_a_job_that_the_next_panel_knows(
    artist: Artist, session: ArtistSession, sent: list[str]
) -> None:
    session._desk.press(session.settings, session.configuration)
    artist.until(lambda: any(call.name == "save_copy" for call in artist.scene.calls), "the copy is saved")
    session.close()
    artist.until(lambda: not session._desk.is_running, "the bake is submitted")
    second = artist.open()
    artist.until(lambda: [row.view.job_id for row in second.jobs()] == sent, "the next panel lists it")
    second.close()


def test_a_note_about_a_bake_that_cannot_be_read_is_told_with_its_path(artist: Artist, sent: list[str]) -> None:
    first = artist.open()
    broken = first._folder.journal / "20261123-011132-dd032a19.submission.json"
    broken.parent.mkdir()
    broken.write_text("{half")
    first.close()
    first._folder.leave()
    second = artist.open()
    artist.until(lambda: any(broken.name in item.what for item in second.findings()), "it is told")
    second.close()


def test_the_share_that_became_read_only_is_one_sentence_first_with_the_path_once(
    artist: Artist, session: ArtistSession, sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_only(path: Path, data: object) -> None:
        try:
            raise OSError(errno.EROFS, "Read-only file system", str(path))
        except OSError as error:
            raise share_error(f"{path} cannot be written.", error) from error

    monkeypatch.setattr(job_folder, "write_atomically", read_only)
    artist.press_bake(session)
    progress = session.bake_progress()
    assert progress is not None
    assert progress.error.startswith("The network folder became read-only; nothing was sent. Why: ")
    assert progress.error.count(str(artist.share)) == 1
    assert "Errno" not in progress.error
    assert progress.error.endswith(".")
