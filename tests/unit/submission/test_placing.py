"""Placeholders are placed all or not at all, and what they replaced is never lost: its only copy goes last."""

from __future__ import annotations

import dataclasses
import errno
from pathlib import Path

import pytest

from flatiron_tasks.contracts.errors import ShareError
from flatiron_tasks.contracts.job import JobDescription
from flatiron_tasks.contracts.layout import JobFolder
from flatiron_tasks.share.atomic import replace_file
from max_submitter.description import draft_job
from max_submitter.final_paths import place
from max_submitter.submission import submit
from max_submitter.taking_back import take_back
from tests.unit.submission.bake_requests import NODE_PROGRAM, bake_request, clock
from tests.unit.submission.submitting import submit_it


def test_nothing_but_placeholders_is_left_when_all_are_placed(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"an earlier texture")
    place(tmp_path, {"a.png": b"placeholder a", "b.png": b"placeholder b"}, job_id="20261123-011132-dd032a19")
    found = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert found == {"a.png": b"placeholder a", "b.png": b"placeholder b"}


def test_files_that_placeholders_replaced_come_back_when_one_cannot_be_placed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = bake_request(tmp_path, overwrite=True)
    request.output_folder.mkdir(parents=True)
    (request.output_folder / "booth_CompleteMap.png").write_bytes(b"the artist's own")
    monkeypatch.setattr("max_submitter.final_paths.replace_file", failing_at_the_second_placeholder)
    with pytest.raises(ShareError, match="disk is full"):
        submit_it(request)
    found = {path.name: path.read_bytes() for path in request.output_folder.iterdir()}
    assert found == {"booth_CompleteMap.png": b"the artist's own"}
    assert not list(request.network_folder.iterdir())


def failing_at_the_second_placeholder(temporary: Path, final: Path) -> None:
    if final.name == "booth_AO.exr" and final.parent.name != "previous":
        raise ShareError("The disk is full.")
    replace_file(temporary, final)


def test_the_only_copy_of_an_earlier_texture_stays_until_it_can_be_given_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The output folder turns read-only between two placeholders, and stays so while everything is taken back."""
    request = bake_request(tmp_path, overwrite=True)
    request.output_folder.mkdir(parents=True)
    final = request.output_folder / "booth_CompleteMap.png"
    final.write_bytes(b"the artist's own")
    drafts: list[JobDescription] = []

    def read_only(temporary: Path, target: Path) -> None:
        raise ShareError(f"{target} cannot be replaced.") from OSError(errno.EROFS, "Read-only file system")

    def turn_read_only(temporary: Path, target: Path) -> None:
        failing_at_the_second_placeholder(temporary, target)
        if target == final:
            monkeypatch.setattr("max_submitter.taking_back.replace_file", read_only)

    monkeypatch.setattr("max_submitter.final_paths.replace_file", turn_read_only)
    with pytest.raises(ShareError) as told:
        submit(request, node_program=NODE_PROGRAM, send=print, clock=clock, begin=drafts.append)
    assert "by hand" not in str(told.value)
    assert "Not taken back yet" in str(told.value)
    (draft,) = drafts
    folder = JobFolder.of(request.network_folder, draft.job_id)
    assert (folder.previous / final.name).read_bytes() == b"the artist's own"
    monkeypatch.undo()
    take_back(request.network_folder, draft, request.output_folder, remove_placeholders=True)
    assert {path.name: path.read_bytes() for path in request.output_folder.iterdir()} == {
        final.name: b"the artist's own"
    }
    assert not folder.path.exists()


def test_a_placeholder_stays_while_the_job_folder_with_the_earlier_texture_is_away(tmp_path: Path) -> None:
    request = bake_request(tmp_path)
    drafts: list[JobDescription] = []
    submit(request, node_program=NODE_PROGRAM, send=lambda _: None, clock=clock, begin=drafts.append)
    JobFolder.of(request.network_folder, drafts[0].job_id).path.rename(tmp_path / "unplugged")
    before = sorted(request.output_folder.iterdir())
    with pytest.raises(ShareError, match="job folder"):
        take_back(request.network_folder, drafts[0], request.output_folder, remove_placeholders=True)
    assert sorted(request.output_folder.iterdir()) == before


def test_taking_back_touches_no_temporary_of_another_job(tmp_path: Path) -> None:
    request = bake_request(tmp_path)
    request.output_folder.mkdir(parents=True)
    draft = draft_job(request, clock()).description
    name = draft.placeholders[0].file_name
    own, other = (request.output_folder / f".{name}.{job_id}.tmp" for job_id in (draft.job_id, "0123456789abcdef"))
    for path in (own, other):
        path.write_bytes(b"half")
    take_back(request.network_folder, draft, request.output_folder, remove_placeholders=True)
    assert not own.exists()
    assert other.exists()


def test_a_placeholder_of_another_bake_is_never_taken_back(tmp_path: Path) -> None:
    request = bake_request(tmp_path)
    submit_it(request)
    before = {path.name: path.read_bytes() for path in request.output_folder.iterdir()}
    other = draft_job(dataclasses.replace(request, job_name="another"), clock()).description
    take_back(request.network_folder, other, request.output_folder, remove_placeholders=True)
    assert {path.name: path.read_bytes() for path in request.output_folder.iterdir()} == before
