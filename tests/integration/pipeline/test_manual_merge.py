"""Manual Merge from the job folder alone: refused early with a list, partial on request, never a wrong texture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from flatiron_tasks.contracts.errors import NotReadyError
from flatiron_tasks.contracts.mark import find_mark
from flatiron_tasks.pipeline.manual_merge import merge_by_hand
from flatiron_tasks.share.cleanup import Leftovers, remove_job_folder
from tests.integration.pipeline.expectations import expected_textures, read_pixels, settings_of
from tests.synthetic_job import BOXES, SyntheticJob, make_job

LATER = 2


def test_manual_merge_refuses_early_lists_what_is_missing_and_touches_nothing(
    job: SyntheticJob, tmp_path: Path
) -> None:
    before = job.textures()
    for rendered in range(len(BOXES)):
        with pytest.raises(NotReadyError) as error:
            merge_by_hand(job.files.folder.description, settings_of(tmp_path))
        assert f"{len(BOXES) - rendered} of {len(BOXES)} passes" in str(error.value)
        assert "pass 3 (Ball)" in str(error.value)
        assert job.textures() == before
        job.render(passes=[rendered])
    merge_by_hand(job.files.folder.description, settings_of(tmp_path))
    assert job.textures() == expected_textures(tmp_path / "alone")


def test_a_partial_merge_stands_beside_and_shows_its_holes(job: SyntheticJob, tmp_path: Path) -> None:
    before = job.textures()
    job.render(passes=[0, 2])
    report = merge_by_hand(job.files.folder.description, settings_of(tmp_path), partial=True)
    after = job.textures()
    assert {name: after[name] for name in before} == before
    partial = next(path for name, path, _ in report.textures if name == "CompleteMap.png")
    pixels = read_pixels(Path(partial))
    magenta = (pixels[..., 0] == 255) & (pixels[..., 1] == 0) & (pixels[..., 2] == 255)
    assert magenta.any()
    assert not magenta[0:20, 0:30].any(), "what is merged is shown as it is"


def magenta(path: str) -> npt.NDArray[np.bool_]:
    found: npt.NDArray[np.bool_] = (read_pixels(Path(path))[..., :3] == (255, 0, 255)).all(axis=-1)
    return found


def partial_picture(job: SyntheticJob, folder: Path) -> tuple[str, str, tuple[str, ...]]:
    report = merge_by_hand(job.files.folder.description, settings_of(folder), partial=True)
    path, outcome = next((path, outcome) for name, path, outcome in report.textures if name == "CompleteMap.png")
    return path, outcome, report.notes


@pytest.mark.parametrize("rendered", [[], [0, 2]])
def test_nothing_takes_a_partial_picture_for_a_texture(job: SyntheticJob, tmp_path: Path, rendered: list[int]) -> None:
    job.render(passes=rendered)
    report = merge_by_hand(job.files.folder.description, settings_of(tmp_path), partial=True)
    for _, path, outcome in report.textures:
        assert outcome == "partial"
        assert find_mark(path) is None
        assert b"flatiron partial" in Path(path).read_bytes()


def test_a_partial_picture_in_the_job_folder_does_not_keep_it_from_being_cleaned(tmp_path: Path) -> None:
    job = make_job(tmp_path, output_visible=False)
    job.render(passes=[0])
    path, _, _ = partial_picture(job, tmp_path)
    assert Path(path).parent == job.files.folder.textures
    folder = job.files.folder.path
    left = remove_job_folder(folder, job_id=job.files.job.job_id, network_folders=[job.network_folder])
    assert left == Leftovers()
    assert not folder.exists()


@pytest.mark.parametrize("place", [b"screenWindowWidth\0float\0", b""], ids=["decodes all the same", "pixels"])
def test_a_layer_that_is_not_the_verified_one_is_shown_as_missing(
    job: SyntheticJob, tmp_path: Path, place: bytes
) -> None:
    job.render(passes=[0, 2])
    path, _, _ = partial_picture(job, tmp_path)
    assert not magenta(path)[24:46, 4:26].any()
    layer = job.files.folder.layer(2, 0)
    data = bytearray(layer.read_bytes())
    data[data.index(place) + len(place) + 4 if place else -1] ^= 1
    layer.write_bytes(data)
    path, outcome, notes = partial_picture(job, tmp_path)
    assert outcome == "partial"
    assert any(layer.name in note for note in notes)
    assert magenta(path)[24:46, 4:26].any()
    assert not magenta(path)[0:20, 0:30].any(), "the sound layer is shown as it is"
