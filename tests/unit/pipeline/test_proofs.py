"""Proofs: kept for every texture, found again without the job, and telling exactly how a file differs."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import OpenImageIO as oiio
import pytest
from typer.testing import CliRunner

from flatiron_tasks.contracts.errors import BadInputError, NotReadyError, ShareError
from flatiron_tasks.contracts.layout import PROOFS, proof_name, proofs_folder
from flatiron_tasks.pipeline.discards import discard_passes
from flatiron_tasks.pipeline.files_on_share import read_finished
from flatiron_tasks.pipeline.manual_merge import ManualMergeReport, merge_by_hand
from flatiron_tasks.pipeline.proof_check import Answer, TextureCheck, check_by_pieces, check_by_proof
from flatiron_tasks.pipeline.proofs import find_proofs_by_pixels, keep_proof
from flatiron_tasks.settings import Settings
from flatiron_tasks.share.atomic import sha256_of
from tests.synthetic_job import BOXES, ELEMENTS, SIZE, SyntheticJob, make_job
from workers.cli.app import app
from workers.cli.exit_codes import ExitCode


def merged(job: SyntheticJob) -> ManualMergeReport:
    return merge_by_hand(job.files.folder.description, Settings(network_folders=(job.network_folder,)))


@pytest.fixture
def job(tmp_path: Path) -> SyntheticJob:
    """A bake that is done, its pieces kept."""
    job = make_job(tmp_path, keep_pieces=True)
    job.render()
    assert merged(job).notes == ()
    return job


def texture(job: SyntheticJob) -> Path:
    return job.output_folder / "CompleteMap.png"


def proofs(job: SyntheticJob) -> dict[str, bytes]:
    folder = job.network_folder / PROOFS
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.json")}


def by_proof(job: SyntheticJob) -> TextureCheck:
    return check_by_proof(texture(job), [job.network_folder])


def by_pieces(job: SyntheticJob) -> TextureCheck:
    return check_by_pieces(texture(job), job.files.folder.description, [job.network_folder])


def saved_again(path: Path, *, mark: bool, change: Callable[[oiio.ImageBuf], object] = lambda _: None) -> None:
    """What a paint program does: read, perhaps change, and write with settings of its own."""
    config = oiio.ImageSpec()
    config.attribute("oiio:UnassociatedAlpha", 1)
    image = oiio.ImageBuf(str(path), 0, 0, config)
    image.read(force=True)
    change(image)
    image.specmod().attribute("png:compressionLevel", 9)
    image.specmod().attribute("compression", "zip:9")
    image.specmod().attribute("oiio:UnassociatedAlpha", 1)
    if not mark:
        image.specmod().erase_attribute("ImageDescription")
    before = path.read_bytes()
    assert image.write(str(path)), image.geterror()
    assert path.read_bytes() != before


def test_every_texture_has_a_proof_that_names_its_file_and_pieces(job: SyntheticJob) -> None:
    kept = {json.loads(text)["file_name"]: json.loads(text) for text in proofs(job).values()}
    assert set(kept) == set(job.textures())
    for name, proof in kept.items():
        assert proof["sha256"] == sha256_of(job.output_folder / name)
        assert proof["pieces"] == len(BOXES) * 2
        assert proof["job_id"] == job.files.job.job_id
    assert len({proof["pieces_sha256"] for proof in kept.values()}) == 2


def test_the_proof_outlives_the_job_folder_and_says_yes_to_the_very_file(job: SyntheticJob) -> None:
    shutil.rmtree(job.files.folder.path)
    check = by_proof(job)
    assert check.answer is Answer.EXACT
    assert "Castle" in check.sentences[0]


def test_merging_again_changes_no_proof(job: SyntheticJob) -> None:
    before = proofs(job)
    merged(job)
    assert proofs(job) == before


def test_a_texture_saved_again_still_has_the_pixels_that_were_baked(job: SyntheticJob) -> None:
    saved_again(texture(job), mark=True)
    assert by_proof(job).answer is Answer.SAME_PIXELS
    assert by_pieces(job).answer is Answer.SAME_PIXELS


def test_a_texture_that_lost_its_mark_is_found_by_its_pixels(job: SyntheticJob) -> None:
    saved_again(texture(job), mark=False)
    check = by_proof(job)
    assert check.answer is Answer.SAME_PIXELS
    assert check.proof is not None
    assert check.proof.file_name == "CompleteMap.png"


def test_one_changed_sample_is_a_no_that_says_why(job: SyntheticJob) -> None:
    saved_again(texture(job), mark=True, change=lambda image: image.setpixel(SIZE - 1, 0, 0, (0.2, 0.2, 0.2, 1.0)))
    for check in (by_proof(job), by_pieces(job)):
        assert check.answer is Answer.DIFFERENT
        assert "other pixels" in check.sentences[0]


def test_a_damaged_texture_is_a_no(job: SyntheticJob) -> None:
    data = texture(job).read_bytes()
    texture(job).write_bytes(data[: len(data) // 2])
    check = by_proof(job)
    assert check.answer is Answer.DIFFERENT
    assert "not a readable image" in check.sentences[0]


def test_a_placeholder_is_a_no(tmp_path: Path) -> None:
    job = make_job(tmp_path)
    check = by_proof(job)
    assert check.answer is Answer.DIFFERENT
    assert "placeholder" in check.sentences[0]


def test_without_a_proof_nothing_is_claimed(job: SyntheticJob, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    for folders in ([tmp_path / "elsewhere"], []):
        assert check_by_proof(texture(job), folders).answer is Answer.UNKNOWN


def test_a_proof_that_nobody_can_read_proves_nothing(job: SyntheticJob) -> None:
    for path in (job.network_folder / PROOFS).rglob("*.json"):
        path.write_text("{}")
    assert by_proof(job).answer is Answer.UNKNOWN


def test_kept_pieces_give_the_same_bytes_again_and_nothing_on_the_share_changes(job: SyntheticJob) -> None:
    before = everything(job.network_folder)
    check = by_pieces(job)
    assert check.answer is Answer.EXACT
    assert check.proof is not None
    assert everything(job.network_folder) == before


def test_missing_pieces_are_listed(job: SyntheticJob) -> None:
    for path in job.files.folder.pieces.glob("p00002-s01-*"):
        path.unlink()
    with pytest.raises(NotReadyError, match="Column"):
        by_pieces(job)


def test_a_texture_of_another_job_is_refused(job: SyntheticJob, tmp_path: Path) -> None:
    other = tmp_path / "photo.png"
    other.write_bytes(texture(job).read_bytes().replace(b"flatiron:", b"somebody:"))
    with pytest.raises(BadInputError, match="makes no texture like"):
        check_by_pieces(other, job.files.folder.description, [job.network_folder])


@pytest.mark.parametrize("what", ["file", "link"])
def test_where_no_proof_can_be_written_the_bake_ends_and_the_note_says_so(tmp_path: Path, what: str) -> None:
    job = make_job(tmp_path)
    job.render()
    obstacle = job.network_folder / PROOFS
    if what == "file":
        obstacle.write_bytes(b"")
    else:
        obstacle.symlink_to(tmp_path, target_is_directory=True)
    report = merged(job)
    assert [outcome for _, _, outcome in report.textures] == ["delivered", "delivered"]
    assert len(report.notes) == 2
    assert all("no proof of" in note for note in report.notes)
    assert not list(tmp_path.glob("[0-9a-f][0-9a-f]")), "nothing is written through the link"


def test_temporaries_of_a_killed_run_do_not_stay(job: SyntheticJob) -> None:
    planned = job.files.plan.textures[0]
    path = next(path for path in (job.network_folder / PROOFS).rglob("*.json") if "CompleteMap.png" in path.read_text())
    left = path.with_name(f".{path.name}.0a1b2c3d4e5f6071.tmp")
    left.write_bytes(b"half")
    finished = read_finished(job.files, planned)
    assert finished is not None
    assert keep_proof(job.files, planned, finished) == ()
    assert not left.exists()


def verify(job: SyntheticJob, *options: str) -> tuple[int, str]:
    config = job.network_folder.parent / "flatiron.toml"
    config.write_text(f"network_folders = [{json.dumps(str(job.network_folder))}]\n")
    result = CliRunner().invoke(app, ["--config", str(config), "verify", str(texture(job)), *options])
    return result.exit_code, result.stdout


def test_the_command_answers_with_words_and_exit_codes(job: SyntheticJob) -> None:
    code, said = verify(job)
    assert (code, said.splitlines()[0]) == (ExitCode.OK, "Yes, this is the file that the bake made.")
    code, said = verify(job, "--job", str(job.files.folder.path))
    assert (code, said.splitlines()[0]) == (ExitCode.OK, "Yes, this is the file that the bake made.")
    saved_again(texture(job), mark=True, change=lambda image: image.setpixel(0, 0, 0, (0.2, 0.2, 0.2, 1.0)))
    code, said = verify(job, "--json")
    assert (code, json.loads(said)["answer"]) == (ExitCode.DIFFERENT, "different")
    shutil.rmtree(job.network_folder / PROOFS)
    code, said = verify(job)
    assert (code, said.splitlines()[0]) == (ExitCode.NO_PROOF, "That cannot be said.")
    next(job.files.folder.pieces.glob("*.json")).unlink()
    assert verify(job, "--job", str(job.files.folder.path))[0] == ExitCode.NOT_READY


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def tx_job(tmp_path: Path) -> SyntheticJob:
    """A bake of a texture with mip levels that is done, its pieces kept."""
    job = make_job(tmp_path, keep_pieces=True, elements=(replace(ELEMENTS[0], file_format="tx"),))
    job.render()
    merged(job)
    return job


def test_a_damaged_mip_level_is_never_the_same_pixels(tx_job: SyntheticJob) -> None:
    (path,) = tx_job.output_folder.iterdir()
    whole = path.read_bytes()
    answers = set()
    for place in range(0, len(whole), 97):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        answers.add(check_by_proof(path, [tx_job.network_folder]).answer)
        path.write_bytes(whole[:place])
        answers.add(check_by_proof(path, [tx_job.network_folder]).answer)
    assert answers <= {Answer.DIFFERENT, Answer.UNKNOWN}
    path.write_bytes(whole)
    assert check_by_proof(path, [tx_job.network_folder]).answer is Answer.EXACT


def test_of_a_texture_with_mip_levels_only_the_very_same_bytes_count(tx_job: SyntheticJob) -> None:
    (path,) = tx_job.output_folder.iterdir()
    path.write_bytes(path.read_bytes() + b"more")
    for check in (
        check_by_proof(path, [tx_job.network_folder]),
        check_by_pieces(path, tx_job.files.folder.description, [tx_job.network_folder]),
    ):
        assert check.answer is Answer.DIFFERENT
        assert "only the very same bytes count" in check.sentences[0]


def test_a_texture_that_got_mip_levels_elsewhere_is_not_the_same_pixels(job: SyntheticJob, tmp_path: Path) -> None:
    path = tmp_path / "levels.tif"
    config = oiio.ImageSpec()
    config.attribute("oiio:UnassociatedAlpha", 1)
    pixels = oiio.ImageBuf(str(texture(job)), 0, 0, config)
    pixels.read(force=True)
    pixels.specmod().erase_attribute("ImageDescription")
    pixels.specmod().attribute("oiio:UnassociatedAlpha", 1)
    assert oiio.ImageBufAlgo.make_texture(oiio.MakeTxTexture, pixels, str(path))
    assert check_by_proof(path, [job.network_folder]).answer is Answer.UNKNOWN


def test_attempts_that_arrive_after_the_bake_do_not_make_its_texture_a_no(job: SyntheticJob) -> None:
    job.render(attempt=0, inverted=True)
    assert by_pieces(job).answer is Answer.EXACT
    shutil.rmtree(job.network_folder / PROOFS)
    assert by_pieces(job).answer is Answer.EXACT


def test_the_proof_of_the_very_file_wins_where_other_pieces_are_left(job: SyntheticJob) -> None:
    shutil.rmtree(job.files.folder.pieces)
    job.files.folder.pieces.mkdir()
    job.render(attempt=5, inverted=True)
    check = by_pieces(job)
    assert check.answer is Answer.EXACT
    assert "make another texture" in check.sentences[1]
    shutil.rmtree(job.network_folder / PROOFS)
    assert by_pieces(job).answer is Answer.DIFFERENT


def test_a_result_that_is_thrown_away_takes_its_proof_with_it(job: SyntheticJob) -> None:
    path = proofs_folder(job.network_folder, texture_hash(job)) / proof_name(texture_hash(job), sha256_of(texture(job)))
    other_job = path.read_text().replace(job.files.job.job_id, "another-job-0001")
    discard_passes(job.files, [0])
    assert proofs(job) == {}
    assert by_proof(job).answer is Answer.UNKNOWN
    path.write_text(other_job)
    discard_passes(job.files, [0])
    assert by_proof(job).answer is Answer.EXACT, "another job made this very file too"


def test_a_proof_that_resists_does_not_keep_a_result_from_being_thrown_away(job: SyntheticJob) -> None:
    shutil.rmtree(job.network_folder / PROOFS)
    (job.network_folder / PROOFS).write_text("in the way")
    discard_passes(job.files, [0])
    assert not job.files.folder.finished_texture("CompleteMap.png").exists()


def texture_hash(job: SyntheticJob) -> str:
    return job.files.plan.texture_hash(job.files.plan.textures[0])


def test_a_proof_that_cannot_be_read_does_not_hide_the_others(job: SyntheticJob) -> None:
    for folder in (job.network_folder / PROOFS).iterdir():
        (folder / f"{'0' * 64}-{'0' * 16}.json").mkdir()  # reading it is an OSError
    saved_again(texture(job), mark=False)
    assert by_proof(job).answer is Answer.SAME_PIXELS


def test_proofs_that_cannot_be_listed_are_not_taken_for_none(job: SyntheticJob) -> None:
    shutil.rmtree(job.network_folder / PROOFS)
    (job.network_folder / PROOFS).write_text("in the way")
    with pytest.raises(ShareError, match="cannot be listed"):
        find_proofs_by_pixels([job.network_folder], "0" * 64)
    with pytest.raises(ShareError, match="cannot be listed"):
        by_proof(job)


def test_what_a_killed_check_left_behind_goes_after_a_day_and_nothing_else(
    job: SyntheticJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "temporary"
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    long_ago = time.time() - 25 * 3600
    for name, marked, old in (("killed", True, True), ("running", True, False), ("foreign", False, True)):
        made = folder / f"flatiron-verify-{name}"
        (made / "layers").mkdir(parents=True)
        if marked:
            (made / "made-by-flatiron-verify").touch()
        for path in (*made.iterdir(), made):
            os.utime(path, (long_ago, long_ago) if old else None)
    (folder / "flatiron-verify-link").symlink_to(folder / "flatiron-verify-killed")
    by_pieces(job)
    assert {path.name.removeprefix("flatiron-verify-") for path in folder.iterdir()} == {"running", "foreign", "link"}
