"""Previews while a job is merged: they grow, they go, and nothing depends on them."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

import numpy as np
import pytest

from flatiron_tasks.imaging.preview import passes_shown
from flatiron_tasks.pipeline.discards import discard_passes
from flatiron_tasks.pipeline.files_on_share import read_merged_pass
from flatiron_tasks.pipeline.job_files import JobFiles
from flatiron_tasks.pipeline.pass_merge import merge_pass
from flatiron_tasks.pipeline.previews import PassPreviews, is_due
from flatiron_tasks.pipeline.states import JobState
from tests.integration.pipeline.expectations import expected_textures, read_pixels, state
from tests.integration.pipeline.workshop import Workshop
from tests.synthetic_job import BOXES, JOB_ID, SyntheticJob, make_job


def merge(workshop: Workshop, job: SyntheticJob, *passes: int) -> None:
    """Render passes, and let the workers merge them."""
    job.render(passes=list(passes))
    workshop.sweep()
    workshop.work()


@pytest.fixture
def submitted(workshop: Workshop, job: SyntheticJob) -> SyntheticJob:
    workshop.accept(job)
    workshop.work()
    return job


def previews(workshop: Workshop) -> list[str]:
    return [texture.preview for texture in workshop.desk.job(JOB_ID).textures]


def test_previews_grow_while_passes_are_merged(workshop: Workshop, submitted: SyntheticJob) -> None:
    assert previews(workshop) == ["", ""]
    for merged, shown in ((1, 1), (2, 2), (3, 2)):
        merge(workshop, submitted, merged - 1)
        paths = [Path(preview) for preview in previews(workshop)]
        assert [path.name for path in paths] == ["CompleteMap.png.png", "NormalsMap.exr.png"]
        assert [passes_shown(path) for path in paths] == [shown, shown]
        assert objects_in(paths[0]) == list(BOXES)[:shown]


def test_the_last_preview_shows_every_object(job: SyntheticJob) -> None:
    job.render()
    for item in job.files.plan.passes:
        merge_with_previews(job.files, item.index)
    assert objects_in(job.files.folder.preview("CompleteMap.png")) == list(BOXES)


def test_passes_that_end_at_the_same_moment_still_show_the_last(job: SyntheticJob) -> None:
    files = job.files
    job.render()
    both = [PassPreviews(files, index) for index in (2, 3)]
    for index in (0, 1):
        merge_with_previews(files, index)
    for previews in both:
        merge_pass(files, previews.pass_index, previews=previews)
        previews.save()
    for previews in both:
        previews.show(unmerged=1)  # neither knows of the other
    assert passes_shown(files.folder.preview("CompleteMap.png")) == 2
    both[1].show(unmerged=0)
    assert objects_in(files.folder.preview("CompleteMap.png")) == list(BOXES)


def objects_in(preview: Path) -> list[str]:
    """Objects whose whole box is brighter than the checker."""
    bright = read_pixels(preview).max(-1) > 60
    return [name for name, (x0, y0, x1, y1) in BOXES.items() if bright[y0:y1, x0:x1].all()]


def test_a_preview_shows_each_object_where_it_belongs(workshop: Workshop, submitted: SyntheticJob) -> None:
    merge(workshop, submitted, 1)
    pixels = read_pixels(Path(previews(workshop)[0]))
    x0, y0, x1, y1 = BOXES["Wall"]
    inside = np.zeros(pixels.shape[:2], bool)
    inside[y0:y1, x0:x1] = True
    assert (pixels.max(-1) > 60)[inside].all()
    assert (pixels.max(-1) < 60)[~inside].all()


def test_nothing_is_left_of_previews_when_the_job_is_done(workshop: Workshop, submitted: SyntheticJob) -> None:
    merge(workshop, submitted, 0, 1, 2, 3)
    workshop.live()
    assert state(workshop) is JobState.DONE
    assert previews(workshop) == ["", ""]
    assert not submitted.files.folder.path.exists()


def test_a_kept_job_folder_keeps_no_previews(workshop: Workshop, tmp_path: Path) -> None:
    job = make_job(tmp_path, keep_pieces=True)
    workshop.accept(job)
    workshop.work()
    merge(workshop, job, 0, 1)
    strange = job.files.folder.previews / "somebody's notes.txt"
    strange.write_text("not ours")
    merge(workshop, job, 2, 3)
    workshop.live()
    assert state(workshop) is JobState.DONE
    assert list(job.files.folder.previews.iterdir()) == [strange]
    assert f"any more: {job.files.folder.path}" in workshop.desk.job(JOB_ID).sentence


@pytest.mark.parametrize(
    "trouble", ["a file in the place of the folder", "a folder in the place of the file", "garbage"]
)
def test_a_preview_that_cannot_be_made_does_not_disturb_the_merge(
    workshop: Workshop, submitted: SyntheticJob, tmp_path: Path, trouble: str, caplog: pytest.LogCaptureFixture
) -> None:
    folder = submitted.files.folder
    merge(workshop, submitted, 0)
    if trouble == "a file in the place of the folder":
        shutil.rmtree(folder.previews)
    elif trouble == "garbage":
        folder.thumbnail(0, 0).write_bytes(b"garbage")
    else:
        folder.preview("CompleteMap.png").unlink()
        folder.preview("CompleteMap.png").mkdir()
    if trouble == "a file in the place of the folder":
        job_wide_obstacle(folder.previews)
    with caplog.at_level(logging.WARNING):
        merge(workshop, submitted, 1, 2, 3)
        workshop.live()
    assert "a preview could not be made" in caplog.text
    assert not workshop.errors
    assert state(workshop) is JobState.DONE
    assert submitted.textures() == expected_textures(tmp_path / "alone")


def job_wide_obstacle(previews: Path) -> None:
    """A folder in which nothing can be put under the names that are wanted."""
    previews.mkdir()
    for index in range(len(BOXES)):
        for element in range(2):
            (previews / f"p{index:05d}-e{element:02d}.thumb").mkdir()


def test_a_pass_that_is_rendered_again_leaves_its_old_picture(job: SyntheticJob) -> None:
    files = job.files
    preview = files.folder.preview("CompleteMap.png")
    job.render(passes=[0, 1])
    for index in (0, 1):
        merge_with_previews(files, index)
    before = read_pixels(preview)
    discard_passes(files, [0])
    assert not files.folder.thumbnail(0, 0).exists()
    assert not preview.exists()
    job.render(passes=[0], attempt=2, inverted=True)
    merge_with_previews(files, 0)
    after = read_pixels(preview)
    for name, changed in (("Floor", True), ("Wall", False)):
        x0, y0, x1, y1 = BOXES[name]
        assert (before[y0:y1, x0:x1] != after[y0:y1, x0:x1]).any() == changed


def merge_with_previews(files: JobFiles, pass_index: int) -> None:
    previews = PassPreviews(files, pass_index)
    merge_pass(files, pass_index, previews=previews)
    previews.save()
    previews.show(sum(read_merged_pass(files, item.index) is None for item in files.plan.passes))


@pytest.mark.parametrize("total", [1, 2, 7, 256, 10_000])
def test_the_first_and_the_last_pass_are_shown_and_few_between(total: int) -> None:
    shown, states = 0, []
    for there in range(1, total + 1):
        if is_due(there, shown, total):
            shown = there
            states.append(there)
    assert states[0] == 1
    assert states[-1] == total
    assert sum(states) < 3 * total, "thumbnails that are read in all"
    assert not is_due(total, total, total)
    assert not is_due(0, 0, total)


def test_previews_of_workers_that_finish_at_once_skip_no_end() -> None:
    assert is_due(2, 0, 9), "nobody has shown the first one"
    assert is_due(9, 6, 9)
    assert is_due(3, 8, 9), "passes were thrown away since"
