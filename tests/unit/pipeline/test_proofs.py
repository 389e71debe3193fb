"""Proofs: kept for every texture, found again without the job, and telling exactly how a file differs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import OpenImageIO as oiio
import pytest
from typer.testing import CliRunner

from flatiron_tasks.contracts.errors import BadInputError, NotReadyError
from flatiron_tasks.contracts.layout import PROOFS
from flatiron_tasks.pipeline.files_on_share import read_finished
from flatiron_tasks.pipeline.manual_merge import ManualMergeReport, merge_by_hand
from flatiron_tasks.pipeline.proof_check import Answer, TextureCheck, check_by_pieces, check_by_proof
from flatiron_tasks.pipeline.proofs import keep_proof
from flatiron_tasks.settings import Settings
from flatiron_tasks.share.atomic import sha256_of
from tests.synthetic_job import BOXES, SIZE, SyntheticJob, make_job
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
