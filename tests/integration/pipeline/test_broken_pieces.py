"""A broken piece is found, named and never used; trouble that may pass is tried again; then a person is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from flatiron_tasks.contracts.errors import BadInputError
from flatiron_tasks.pipeline.attempt import DEATHS_BEFORE_FAILED
from flatiron_tasks.pipeline.states import JobState, PassState
from tests.integration.pipeline.expectations import expected_textures, state
from tests.integration.pipeline.workshop import Workshop
from tests.synthetic_job import JOB_ID, SIZE, SyntheticJob, write_exr

LATER = 2


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def flip_a_bit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def shrink(path: Path) -> None:
    write_exr(path, np.zeros((24, SIZE // 2, 4), np.float16), 0, size=SIZE // 2)


def write_nan(path: Path) -> None:
    image = np.zeros((SIZE // 2, SIZE, 4), np.float16)
    image[5, 5] = (np.nan, 0, 0, 1)
    write_exr(path, image, 0)


@pytest.mark.parametrize(
    ("damage", "honest", "told"),
    [
        (truncate, False, "bytes"),
        (flip_a_bit, False, "SHA-256"),
        (shrink, True, "display window"),
        (write_nan, True, "NaN"),
        (truncate, True, ""),
    ],
)
def test_a_broken_piece_is_named_and_after_it_is_rendered_again_requeue_ends_the_job(
    workshop: Workshop,
    job: SyntheticJob,
    tmp_path: Path,
    damage: Callable[[Path], None],
    honest: bool,  # whether the receipt fits the broken file
    told: str,
) -> None:
    job.render()
    piece = next(job.files.plan.pieces(2))
    path = job.piece(piece)
    damage(path)
    if honest:
        job.write_receipt(piece)
    workshop.accept(job)
    workshop.live()
    record = workshop.context.store.load(JOB_ID)
    assert record.state is JobState.FAILED
    assert "p00002-s00-e00" in record.reason
    assert told.lower() in record.reason.lower()
    assert f"flatiron requeue {JOB_ID}" in record.advice
    assert [item.state for item in record.passes] == [PassState.MERGED] * 2 + [PassState.FAILED] + [PassState.MERGED]
    assert "rejected" not in "".join(job.textures())
    for strip in job.files.plan.pieces(2):
        job.render_piece(strip, LATER)
    assert "queued again" in workshop.desk.requeue(JOB_ID)
    workshop.live()
    assert state(workshop) is JobState.DONE
    assert job.textures() == expected_textures(tmp_path / "alone")


def test_trouble_with_the_share_is_tried_again_a_few_times_and_then_told(workshop: Workshop, job: SyntheticJob) -> None:
    job.render()
    layers = job.files.folder.layers
    layers.rmdir()
    workshop.accept(job)
    workshop.live(sweeps=1)
    assert not workshop.context.store.load(JOB_ID).passes_in(PassState.FAILED), "it may pass by itself"
    for _ in range(4):
        workshop.sweep(seconds=61)
        workshop.work()
    workshop.sweep()
    record = workshop.context.store.load(JOB_ID)
    assert record.state is JobState.FAILED
    assert {item.attempts for item in record.passes} == {workshop.context.settings.max_attempts}
    layers.mkdir()
    workshop.desk.requeue(JOB_ID)
    workshop.live()
    assert state(workshop) is JobState.DONE


def test_a_step_in_whose_middle_workers_keep_dying_fails_and_says_so(workshop: Workshop, job: SyntheticJob) -> None:
    job.render()
    workshop.accept(job)
    workshop.work()
    for _ in range(DEATHS_BEFORE_FAILED + workshop.context.settings.max_attempts):
        workshop.context.store.steps.count_attempt(JOB_ID, "passes", 1, "starts")
    workshop.live()
    record = workshop.context.store.load(JOB_ID)
    assert record.state is JobState.FAILED
    assert "never ended" in record.reason
    assert [item.index for item in record.passes_in(PassState.FAILED)] == [1]


def test_rerender_throws_away_the_pieces_and_sends_only_their_tasks_again(
    workshop: Workshop, job: SyntheticJob
) -> None:
    job.render()
    flip_a_bit(job.piece(list(job.files.plan.pieces(3))[2]))
    workshop.accept(job)
    workshop.live()
    assert state(workshop) is JobState.FAILED
    assert "rendered again" in workshop.desk.requeue(JOB_ID, rerender=True)
    workshop.work()
    assert state(workshop) is JobState.RENDERING
    assert [row[1] for row in workshop.farm.submissions[-1].task_rows] == ["7", "8"]
    assert workshop.farm.submissions[-1].name.endswith(".g2")
    job.render(passes=[3], attempt=LATER)
    workshop.live()
    assert state(workshop) is JobState.DONE, workshop.context.store.load(JOB_ID).reason


@pytest.mark.parametrize("name", ["textures", "layers", "pieces"])
def test_a_link_in_the_job_folder_leads_nobody_out_of_it(
    workshop: Workshop, job: SyntheticJob, tmp_path: Path, name: str
) -> None:
    library = tmp_path / "library"
    library.mkdir()
    (library / "CompleteMap.png").write_bytes(b"somebody's")
    workshop.accept(job)
    workshop.work()
    job.render()
    (job.files.folder.path / name).rename(tmp_path / "moved")
    (job.files.folder.path / name).symlink_to(library)
    workshop.live()
    assert {path.name: path.read_bytes() for path in library.iterdir()} == {"CompleteMap.png": b"somebody's"}
    status = workshop.desk.job(JOB_ID)
    assert "is a link" in status.sentence + "".join(item.reason for item in status.passes)


def test_a_description_that_names_another_network_folder_is_refused(
    workshop: Workshop, job: SyntheticJob, tmp_path: Path
) -> None:
    (tmp_path / "evil").mkdir()
    text = job.files.folder.description.read_text()
    job.files.folder.description.write_text(text.replace(str(job.network_folder), str(tmp_path / "evil")))
    with pytest.raises(BadInputError, match="its description names"):
        workshop.accept(job)
    assert not workshop.farm.submissions


def test_a_job_that_never_reached_the_farm_is_cancelled_without_it(workshop: Workshop, job: SyntheticJob) -> None:
    workshop.farm.unreachable = True
    workshop.accept(job)
    workshop.work()
    workshop.desk.cancel(JOB_ID)
    workshop.work()
    assert state(workshop) is JobState.CANCELLED


def test_of_two_attempts_the_earliest_good_one_counts_and_a_difference_is_told(
    workshop: Workshop, job: SyntheticJob, tmp_path: Path
) -> None:
    job.render()
    job.render(passes=[1], attempt=2, inverted=True)
    job.render(passes=[2], attempt=2)
    for piece in job.files.plan.pieces(2):
        job.piece(piece, 2).with_suffix(".json").write_text("not even JSON")
    job.render(passes=[3], attempt=2)
    truncate(job.piece(next(job.files.plan.pieces(3))))
    workshop.accept(job)
    workshop.live()
    assert state(workshop) is JobState.DONE
    assert job.textures() == expected_textures(tmp_path / "alone")
    told = " ".join(event.sentence for _, event in workshop.desk.events("0", block_seconds=0))
    assert "2 attempts at p00001-s00-e00 differ; the earliest" in told
    assert "2 attempts at p00002-s00-e00 differ" in told
    assert "Rejected and replaced by another attempt: The piece p00003-s00-e00" in told
