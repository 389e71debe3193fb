"""Pressing Bake: everything of a bake is there, or nothing, and the artist is told in a sentence."""

from __future__ import annotations

import dataclasses
import errno
import shutil
import threading
from pathlib import Path

import pytest

from flatiron_tasks.contracts.errors import BadInputError, SceneError
from flatiron_tasks.contracts.mark import find_mark
from flatiron_tasks.share.atomic import write_atomically
from max_submitter import job_folder, submission
from max_submitter.session.artist_session import ArtistSession
from max_submitter.session.session_folder import abandoned
from max_submitter.testing import fake_worlds
from tests.unit.session.artist import Artist, jobs_on


def test_one_press_makes_job_placeholders_message_and_one_step_of_undo(
    artist: Artist, session: ArtistSession, sent: list[str]
) -> None:
    artist.scene.world.groups["castle"].remove(102)  # its material has no such slot
    slots = dataclasses.replace(session.settings.elements[0], slot="Diffuse Color")
    session.change(artist.settings(elements=(slots,)))
    artist.press_bake(session)
    (job,) = jobs_on(artist.share)
    assert sent == [job.job_id] == list(session.submitted())
    assert (job.group, job.map_count, job.scene.path) == ("castle", 2, "castle.max")
    names = ["castle_CompleteMap_0.png", "castle_CompleteMap_1.png"]
    assert [item.file_name for item in job.placeholders] == names
    assert all(find_mark(artist.output / name) for name in names)
    assert [step.label for step in artist.scene.steps] == ["Network bake"]
    assert session.bake_progress() is None
    assert [row.view.job_id for row in session.jobs()] == [job.job_id]


def test_control_returns_before_anything_slow_and_the_copy_leaves_no_trace(
    artist: Artist, session: ArtistSession, sent: list[str]
) -> None:
    before = artist.scene.scene_file()
    session._desk.press(session.settings, session.configuration)
    progress = session.bake_progress()
    assert progress is not None
    assert progress.is_running
    assert progress.sentence == "Saving a copy of the scene …"
    assert not any(call.name == "save_copy" for call in artist.scene.calls)
    artist.until(lambda: not session._desk.is_running, "the bake is submitted")
    assert artist.scene.scene_file().path == before.path
    assert len(sent) == 1
    assert not list(artist.data.glob("sessions/*/scenes/*"))


def test_several_groups_are_several_jobs_of_one_scene_copy(artist: Artist, sent: list[str]) -> None:
    artist.scene.world.groups["props"] = [105, 106]
    session = artist.open()
    session.change(artist.settings(groups=("castle", "props")))
    artist.press_bake(session)
    assert {job.group for job in jobs_on(artist.share)} == {"castle", "props"}
    assert len({job.scene.sha256 for job in jobs_on(artist.share)}) == 1
    assert [call.name for call in artist.scene.calls].count("save_copy") == 1
    assert len(sent) == 2
    session.close()


def test_a_job_that_nobody_can_be_told_of_is_announced_when_redis_answers_again(
    artist: Artist, session: ArtistSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    artist.press_bake(session)
    progress = session.bake_progress()
    assert progress is not None
    assert not progress.error
    assert "told as soon as Redis answers" in progress.sentence
    (job,) = jobs_on(artist.share)
    sent: list[str] = []
    monkeypatch.setattr("max_submitter.session.studio.LateMessenger.send", lambda _, job_id: sent.append(job_id))
    session._unsent.start()
    artist.until(lambda: sent == [job.job_id], "the job is announced")
    artist.until(lambda: session.bake_progress() is None, "the remark is gone")
    session._unsent.start()
    artist.until(lambda: not session._desk.unsettled, "nothing is left")
    assert sent == [job.job_id]


def test_a_job_that_nobody_could_be_told_of_is_announced_by_the_next_program(
    artist: Artist, session: ArtistSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    artist.press_bake(session)
    session.close()
    sent: list[str] = []
    monkeypatch.setattr("max_submitter.session.studio.LateMessenger.send", lambda _, job_id: sent.append(job_id))
    second = artist.open()
    artist.until(lambda: any("know of it now" in item.what for item in second.findings()), "it is told")
    assert sent == [job.job_id for job in jobs_on(artist.share)]
    assert not list(abandoned(artist.data / "sessions"))
    second.close()


def test_a_share_that_is_full_leaves_nothing_behind(
    artist: Artist, session: ArtistSession, sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    artist.press_bake(session)
    progress = session.bake_progress()
    assert progress is not None
    assert "No space left on device" in progress.error
    assert not list(artist.share.iterdir())
    assert not list(artist.output.iterdir())
    assert not artist.scene.steps
    assert sent == []
    assert not list(artist.data.glob("sessions/*/submissions/*"))


def test_a_share_that_goes_away_in_mid_submission_is_cleaned_when_it_is_back(
    artist: Artist, session: ArtistSession, sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    away = artist.folder / "unplugged"
    real = write_atomically

    def unplug(path: Path, data: bytes | str) -> None:
        artist.share.rename(away)
        real(path, data)

    monkeypatch.setattr(job_folder, "write_atomically", unplug)
    artist.press_bake(session)
    progress = session.bake_progress()
    assert progress is not None
    assert "cannot be written" in progress.error
    monkeypatch.undo()
    monkeypatch.setattr("max_submitter.session.studio.LateMessenger.send", lambda _, job_id: sent.append(job_id))
    away.rename(artist.share)
    assert list(artist.share.iterdir())
    session._unsent.start()
    artist.until(lambda: not session._desk.unsettled, "what was left is gone")
    assert not list(artist.share.iterdir())
    assert sent == []


def test_a_share_that_may_not_be_written_is_a_sentence(
    artist: Artist, session: ArtistSession, sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As root no folder is read-only, so making the folder is refused by hand."""
    real = Path.mkdir

    def refuse(path: Path, *args: object, **options: object) -> None:
        if path.name.startswith("flatiron-2"):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        real(path, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Path, "mkdir", refuse)
    artist.press_bake(session)
    progress = session.bake_progress()
    assert progress is not None
    assert "Permission denied" in progress.error
    assert "may be written to" in progress.error
    assert not list(artist.share.iterdir())
    assert sent == []


def test_a_share_that_is_not_there_is_a_sentence(artist: Artist, session: ArtistSession, sent: list[str]) -> None:
    shutil.rmtree(artist.share)
    artist.press_bake(session)
    progress = session.bake_progress()
    assert progress is not None
    assert "is not there" in progress.error
    assert sent == []


def test_placeholders_are_never_assigned_in_another_scene(
    artist: Artist, session: ArtistSession, sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    element = dataclasses.replace(session.settings.elements[0], slot="Diffuse Color")
    session._desk.press(artist.settings(elements=(element,)), session.configuration)
    artist.until(lambda: any(call.name == "save_copy" for call in artist.scene.calls), "the copy is saved")
    artist.scene.open(fake_worlds.castle(artist.folder))
    artist.until(lambda: not session._desk.is_running, "the bake is submitted")
    assert len(sent) == 1
    assert not any(call.name == "assign" for call in artist.scene.calls)
    progress = session.bake_progress()
    assert progress is not None
    assert "Another scene was opened" in progress.sentence


def test_a_scene_that_cannot_be_saved_ends_the_bake_with_a_sentence(
    artist: Artist, session: ArtistSession, sent: list[str]
) -> None:
    artist.scene.fail("save_copy", SceneError("The disk is full."))
    artist.press_bake(session)
    progress = session.bake_progress()
    assert progress is not None
    assert progress.error == "The disk is full."
    assert sent == []


def test_a_group_that_is_refused_keeps_no_other_from_being_baked(artist: Artist, sent: list[str]) -> None:
    artist.scene.world.groups["props"] = [105, 106]
    (artist.output / "props_CompleteMap.png").write_bytes(b"painted by hand")
    session = artist.open()
    session.change(artist.settings(groups=("castle", "props")))
    artist.press_bake(session)
    progress = session.bake_progress()
    assert progress is not None
    assert "props_CompleteMap.png" in progress.error
    assert "The other 1 of 2 jobs are submitted." in progress.error
    assert [job.group for job in jobs_on(artist.share)] == ["castle"]
    assert (artist.output / "props_CompleteMap.png").read_bytes() == b"painted by hand"
    session.close()


def test_a_second_press_before_the_first_is_through_makes_no_second_job(
    artist: Artist, session: ArtistSession, sent: list[str]
) -> None:
    session._desk.press(session.settings, session.configuration)
    artist.press_bake(session)
    assert len(sent) == 1


def test_bake_is_refused_with_the_reason_that_stands_beside_the_button(artist: Artist, session: ArtistSession) -> None:
    artist.until(lambda: not session.is_checking(), "preflight is through")
    reason = session.reason_against_bake()
    assert "Nothing listens" in reason
    with pytest.raises(BadInputError, match="Nothing listens"):
        session.bake()
    assert not list(artist.share.iterdir())


def test_closing_in_mid_submission_still_ends_with_a_job(
    artist: Artist, session: ArtistSession, sent: list[str]
) -> None:
    session._desk.press(session.settings, session.configuration)
    artist.until(lambda: any(call.name == "save_copy" for call in artist.scene.calls), "the copy is saved")
    session.close()
    artist.until(lambda: not session._desk.is_running, "the bake is submitted")
    assert len(jobs_on(artist.share)) == 1
    assert len(sent) == 1


def test_a_submission_that_was_killed_is_announced_or_taken_back_never_half_there(
    artist: Artist, sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process is gone between two lines: nothing of its own runs any more, and its lock is free."""

    class Killed(BaseException):
        pass

    def die(*_: object, **__: object) -> None:
        raise Killed

    for place, is_job in (("_bring_scene", False), ("keep_previous", False)):
        session = artist.open()
        module = job_folder if place == "_bring_scene" else submission
        with monkeypatch.context() as patched:
            patched.setattr(module, place, die)
            patched.setattr("max_submitter.undo.Undo._run", lambda _: "")
            patched.setattr("max_submitter.session.submitting._Run.take_back", lambda _: None)
            patched.setattr("threading.excepthook", lambda _: None)
            session._desk.press(artist.settings(), session.configuration)
            artist.until(lambda: list(artist.share.glob("flatiron-*")), "something is on the share")
            wait_for_threads()
        session._folder.leave()
        sent.clear()
        second = artist.open()
        artist.until(lambda: any("The bake" in item.what for item in second.findings()), "it is told")  # noqa: B023
        assert bool(list(artist.share.glob("flatiron-*"))) is is_job
        assert len(sent) == (1 if is_job else 0)
        second.close()


def wait_for_threads() -> None:
    for thread in threading.enumerate():
        if thread.name == "flatiron submitting":
            thread.join(30)
