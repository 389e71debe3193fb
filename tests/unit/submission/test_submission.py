"""A submission leaves a complete job and placeholders, or nothing at all."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flatiron_tasks.contracts.errors import (
    BadInputError,
    ContractError,
    OwnershipError,
    PathMappingError,
    SceneError,
    ShareError,
    TransportError,
)
from flatiron_tasks.contracts.job import Frames, JobDescription
from flatiron_tasks.contracts.layout import SUBFOLDERS
from flatiron_tasks.contracts.mark import find_mark, texture_mark
from flatiron_tasks.share.atomic import replace_file, temporary_beside, write_atomically
from flatiron_tasks.share.path_mapping import PathMapping, PathRule
from max_submitter import job_folder
from max_submitter.description import draft_job
from max_submitter.placeholder import placeholder_bytes
from max_submitter.request import BakeRequest
from max_submitter.submission import resend
from tests.unit.submission.bake_requests import NODE_PROGRAM, bake_request, clock, element, with_merge_files
from tests.unit.submission.submitting import Mail, description_of, everything_in, refused, submit_it


def test_a_submission_leaves_a_complete_job_on_the_share(tmp_path: Path) -> None:
    submitted = submit_it(bake_request(tmp_path))
    job = description_of(submitted)
    assert submitted.job_folder == tmp_path / "share" / f"flatiron-{submitted.job_id}"
    assert {path.name for path in submitted.job_folder.iterdir()} == {*SUBFOLDERS, "job.desc", "node.pyz"}
    assert (submitted.job_folder / "node.pyz").read_bytes() == NODE_PROGRAM
    scene = submitted.job_folder / "scene" / "booth.max"
    assert scene.read_bytes() == (tmp_path / "booth.max").read_bytes()
    assert (job.scene.path, job.scene.size) == ("booth.max", 5000)
    assert job.scene.sha256 == hashlib.sha256(b"scene" * 1000).hexdigest()
    assert job.network_folder == "//server/share"
    assert job.output_folder == str(tmp_path / "new" / "textures")
    assert job.submitted_at == "2026-01-31T14:25:01.000Z"


def test_every_final_path_holds_the_placeholder_that_the_job_names(tmp_path: Path) -> None:
    submitted = submit_it(bake_request(tmp_path, frames=Frames(1, 2, is_range=True)))
    job = description_of(submitted)
    assert [path.name for path in submitted.placeholders] == [item.file_name for item in job.placeholders]
    assert sorted(path.name for path in (tmp_path / "new" / "textures").iterdir()) == sorted(
        f"booth_{name}" for name in ("CompleteMap_0001.png", "CompleteMap_0002.png", "AO_0001.exr", "AO_0002.exr")
    )
    for path, item in zip(submitted.placeholders, job.placeholders, strict=True):
        assert hashlib.sha256(path.read_bytes()).hexdigest() == item.sha256
        assert path.stat().st_size == item.size
        mark = find_mark(path)
        assert mark is not None
        assert (mark.kind, mark.job_id) == ("placeholder", submitted.job_id)


def test_the_message_is_sent_once_when_everything_is_there(tmp_path: Path) -> None:
    request = bake_request(tmp_path)

    def look(job_id: str) -> None:
        assert (tmp_path / "share" / f"flatiron-{job_id}" / "job.desc").exists()
        assert len(list(request.output_folder.iterdir())) == 2

    mail = Mail(look)
    assert mail.sent == [submit_it(request, mail).job_id]


def test_the_description_is_the_last_file_of_the_job_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[str]] = []

    def spy(path: Path, data: Any) -> None:
        seen.append(sorted(each.name for each in path.parent.rglob("*") if each.is_file()))
        write_atomically(path, data)

    monkeypatch.setattr("max_submitter.job_folder.write_atomically", spy)
    submit_it(bake_request(tmp_path))
    assert seen == [["booth.max"], ["booth.max", "node.pyz"]]


def test_a_scene_that_is_not_copied_is_named_as_the_nodes_reach_it(tmp_path: Path) -> None:
    (tmp_path / "share").mkdir()
    scene = tmp_path / "share" / "booth.max"
    scene.write_bytes(b"scene")
    submitted = submit_it(bake_request(tmp_path, scene=scene, copy_scene=False))
    job = description_of(submitted)
    assert (job.scene.path, job.scene.copied) == ("//server/share/booth.max", False)
    assert job.scene.sha256 == hashlib.sha256(b"scene").hexdigest()
    assert not list((submitted.job_folder / "scene").iterdir())


@pytest.mark.parametrize(
    ("name", "copied_as"), [("Büro 1.max", "Büro 1.max"), ("a:b.max", "scene.max"), ("aux.max", "scene.max")]
)
def test_a_scene_keeps_its_name_if_every_machine_can_store_it(tmp_path: Path, name: str, copied_as: str) -> None:
    (tmp_path / name).write_bytes(b"scene")
    submitted = submit_it(bake_request(tmp_path, scene=tmp_path / name))
    assert (submitted.job_folder / "scene" / copied_as).read_bytes() == b"scene"
    assert description_of(submitted).scene.path == copied_as


def test_two_jobs_of_one_second_have_two_folders(tmp_path: Path) -> None:
    request = bake_request(tmp_path)
    assert submit_it(request).job_folder != submit_it(request).job_folder


def on_windows(folder: Path, *rules: PathRule, **changes: Any) -> BakeRequest:
    """What a Windows machine asks for; its paths are only text here."""
    mapping = PathMapping(rules, flavour="windows")
    paths = {"network_folder": Path(r"Z:\bakes"), "output_folder": Path(r"C:\out")}
    return bake_request(folder, path_mapping=mapping, **(paths | changes))


def test_a_network_folder_on_a_drive_letter_is_refused_unless_a_rule_knows_its_share(tmp_path: Path) -> None:
    refused(on_windows(tmp_path), PathMappingError, "drive letter.*path_rules", tmp_path)
    job = draft_job(on_windows(tmp_path, PathRule("//server/share", "Z:/")), clock()).description
    assert (job.network_folder, job.output_folder) == ("//server/share/bakes", "C:/out")
    unc = draft_job(on_windows(tmp_path, network_folder=Path(r"\\server\share")), clock()).description
    assert unc.network_folder == "//server/share"


def test_a_scene_on_a_drive_letter_must_be_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    scene = Path(r"C:\booth.max")  # on this machine a file of that name
    scene.write_bytes(b"scene")
    rule = PathRule("//server/share", "Z:/")
    refused(on_windows(tmp_path, rule, scene=scene, copy_scene=False), PathMappingError, "scene.*copied", tmp_path)
    assert draft_job(on_windows(tmp_path, rule, scene=scene, copy_scene=True), clock()).description.scene.copied


@pytest.mark.parametrize(
    ("changes", "error", "match"),
    [
        ({"elements": (element(name="A"), element(name="B", stem="COMPLETEMAP"))}, BadInputError, "same file name"),
        ({"elements": (element(stem="a/b"),)}, BadInputError, "does not allow"),
        ({"group": "nul\n"}, BadInputError, "group name"),
        ({"mode": "both"}, ContractError, "mode"),
        ({"strips": 49}, ContractError, "strips"),
        ({"map_count": 2}, ContractError, "map 1 has no object"),
        ({"frames": Frames(0, 999_999, is_range=True)}, BadInputError, "2000000 textures.*frame range"),
        ({"scene": Path("/nowhere/booth.max")}, SceneError, "booth.max"),
        ({"network_folder": Path("bakes")}, PathMappingError, "not an absolute path"),
        ({"network_folder": Path("/nowhere/at/all")}, BadInputError, "not there"),
        ({"output_folder": Path("textures")}, PathMappingError, "not an absolute path"),
        ({"output_folder": Path("/proc/textures")}, BadInputError, "cannot be made"),
    ],
    ids=str,
)  # fmt: skip
def test_a_request_that_cannot_work_is_refused_before_anything_is_made(
    tmp_path: Path, changes: dict[str, Any], error: type[Exception], match: str
) -> None:
    refused(bake_request(tmp_path, **changes), error, match, tmp_path)


def test_an_empty_scene_is_refused(tmp_path: Path) -> None:
    (tmp_path / "booth.max").touch()
    refused(bake_request(tmp_path), SceneError, "empty", tmp_path)


def test_an_output_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("not a folder")
    refused(bake_request(tmp_path, output_folder=tmp_path / "out" / "below"), ShareError, "looked at", tmp_path)
    refused(bake_request(tmp_path, output_folder=tmp_path / "out"), ShareError, "looked at", tmp_path)


def in_the_way(folder: Path) -> Path:
    """The final path of the first texture."""
    path = folder / "new" / "textures" / "booth_CompleteMap.png"
    path.parent.mkdir(parents=True)
    return path


def test_a_file_that_no_bake_made_is_never_replaced_unless_the_artist_allows_it(tmp_path: Path) -> None:
    path = in_the_way(tmp_path)
    path.write_bytes(b"painted for three days")
    refused(bake_request(tmp_path), OwnershipError, "booth_CompleteMap.png.*allow overwriting", tmp_path)
    submit_it(bake_request(tmp_path, overwrite=True))
    assert find_mark(path)


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_link_or_a_folder_is_never_replaced(tmp_path: Path, overwrite: bool) -> None:
    path = in_the_way(tmp_path)
    painted = tmp_path / "painted.png"
    painted.write_bytes(b"painted")
    path.symlink_to(painted)
    request = bake_request(tmp_path, overwrite=overwrite)
    refused(request, OwnershipError, "a link", tmp_path)
    path.unlink()
    path.mkdir()
    refused(request, OwnershipError, "a folder", tmp_path)


def test_all_files_in_the_way_are_named_at_once(tmp_path: Path) -> None:
    path = in_the_way(tmp_path)
    path.write_bytes(b"painted")
    path.with_name("booth_AO.exr").write_bytes(b"painted")
    refused(bake_request(tmp_path), OwnershipError, "booth_CompleteMap.png.*booth_AO.exr", tmp_path)


def test_a_texture_or_placeholder_of_an_earlier_bake_is_replaced(tmp_path: Path) -> None:
    first = submit_it(bake_request(tmp_path))
    texture = placeholder_bytes(
        width=8, height=8, file_format="exr", pixel_type="half", alpha=True, kind="data", job_name="x",
        mark=texture_mark("0123456789abcdef", "1"),
    )  # fmt: skip
    first.placeholders[1].write_bytes(texture)
    second = submit_it(bake_request(tmp_path))
    for path in second.placeholders:
        mark = find_mark(path)
        assert mark is not None
        assert mark.job_id == second.job_id


def test_a_file_saved_while_the_scene_was_copied_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = in_the_way(tmp_path)

    def paint_meanwhile(target: Path, data: Any) -> None:
        path.write_bytes(b"painted")
        write_atomically(target, data)

    monkeypatch.setattr("max_submitter.job_folder.write_atomically", paint_meanwhile)
    with pytest.raises(OwnershipError):
        submit_it(bake_request(tmp_path))
    assert path.read_bytes() == b"painted"
    assert not list((tmp_path / "share").iterdir())


STEPS = (
    "folders",
    "scene",
    "colour",
    "mask 1",
    "mask 2",
    "node.pyz",
    "job.desc",
    "stage 1",
    "stage 2",
    "place 1",
    "place 2",
)


@pytest.mark.parametrize("step", STEPS)
def test_what_was_made_is_taken_back_when_a_step_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    request = with_merge_files(tmp_path, elements=(element(transfer="ocio"), element(name="AO", stem="AO")))
    before = everything_in(tmp_path)
    break_step(monkeypatch, step)
    mail = Mail()
    with pytest.raises(ShareError, match=r"disk full|broken on purpose|cannot be (made|written)"):
        submit_it(request, mail)
    assert everything_in(tmp_path) == before
    assert mail.sent == []


def break_step(monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """Let one step of a submission fail as a full disk would: after doing half of its work."""
    if step == "folders":
        monkeypatch.setattr("max_submitter.job_folder.SUBFOLDERS", ("scene", "pieces", "no/such/place"))
    elif step in ("scene", "colour", "mask 1", "mask 2"):
        copied = ("scene", "colour", "mask 1", "mask 2").index(step) + 1
        monkeypatch.setattr("max_submitter.job_folder.os.fsync", failing_at(os.fsync, copied, OSError(28, "disk full")))
    elif step in ("node.pyz", "job.desc"):
        number = 1 + (step == "job.desc")
        monkeypatch.setattr("max_submitter.job_folder.write_atomically", failing_at(write_atomically, number))
    elif step.startswith("stage"):
        monkeypatch.setattr("max_submitter.final_paths.temporary_beside", impossible_at(int(step[-1])))
    else:
        monkeypatch.setattr("max_submitter.final_paths.replace_file", failing_at(replace_file, int(step[-1])))


def impossible_at(number: int) -> Callable[..., Path]:
    real, count = temporary_beside, iter(range(1, 100))
    return lambda path, *token: real(path, *token) if next(count) < number else path / "in a folder that is not there"


def failing_at(action: Callable[..., None], number: int, error: Exception | None = None) -> Callable[..., None]:
    count = iter(range(1, 100))

    def run(*values: Any) -> None:
        if next(count) == number:
            raise error or ShareError("It is broken on purpose.", why="disk full")
        action(*values)

    return run


def test_taking_back_leaves_what_others_put_there_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def meddle(temporary: Path, final: Path) -> None:
        folder = next((tmp_path / "share").iterdir())
        (folder / "pieces" / "notes.txt").write_text("somebody's")
        raise ShareError("It is broken on purpose.")

    monkeypatch.setattr("max_submitter.final_paths.replace_file", meddle)
    with pytest.raises(ShareError, match=r"broken on purpose.*Left behind.*notes\.txt"):
        submit_it(bake_request(tmp_path))
    assert [path.name for path in (tmp_path / "share").rglob("*.txt")] == ["notes.txt"]
    assert not (tmp_path / "new").exists()


def test_a_placeholder_that_somebody_changed_meanwhile_is_not_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:

    def paint_over(temporary: Path, final: Path) -> None:
        if final.name == "booth_AO.exr":
            (final.parent / "booth_CompleteMap.png").write_bytes(b"painted")
            raise ShareError("It is broken on purpose.")
        replace_file(temporary, final)

    monkeypatch.setattr("max_submitter.final_paths.replace_file", paint_over)
    with pytest.raises(ShareError):
        submit_it(bake_request(tmp_path))
    assert everything_in(tmp_path / "new") == {"textures": None, "textures/booth_CompleteMap.png": b"painted"}


def test_a_scene_that_changes_while_it_is_copied_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    request = bake_request(tmp_path)
    make = job_folder._make_folders

    def grow(folder: Any) -> None:
        make(folder)
        request.scene.write_bytes(b"longer" * 5000)

    monkeypatch.setattr("max_submitter.job_folder._make_folders", grow)
    with pytest.raises(SceneError, match="changed"):
        submit_it(request)
    assert not list((tmp_path / "share").iterdir())


@pytest.mark.parametrize("error", [TransportError("Redis is away."), ConnectionError("reset")], ids=repr)
def test_a_lost_message_loses_nothing_and_the_error_says_how_to_send_it_again(tmp_path: Path, error: Exception) -> None:
    def send(job_id: str) -> None:
        raise error

    with pytest.raises(TransportError, match=r"complete on the share.*flatiron resubmit 2026\S+") as caught:
        submit_it(bake_request(tmp_path), send)
    (folder,) = (tmp_path / "share").iterdir()
    job = JobDescription.from_json((folder / "job.desc").read_bytes(), source="job.desc")
    assert job.job_id in str(caught.value)
    assert caught.value.retryable
    assert len(list((tmp_path / "new" / "textures").iterdir())) == 2
    mail = Mail()
    resend(job.job_id, send=mail)
    assert mail.sent == [job.job_id]


@pytest.mark.parametrize("job_id", ["", "short", "../../etc", "UPPERCASE-ID", "a" * 65])
def test_what_is_no_job_id_is_never_sent(job_id: str) -> None:
    mail = Mail()
    with pytest.raises(BadInputError, match="not the id"):
        resend(job_id, send=mail)
    assert mail.sent == []


def test_what_is_sent_and_stored_is_plain_json(tmp_path: Path) -> None:
    mail = Mail()
    submitted = submit_it(bake_request(tmp_path), mail)
    assert json.loads(json.dumps(mail.sent)) == [submitted.job_id]
    assert json.loads(submitted.description_path.read_text("utf-8"))["job_id"] == submitted.job_id
