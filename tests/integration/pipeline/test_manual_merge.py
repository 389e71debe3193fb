"""Manual Merge from the job folder alone: refused early with a list, partial on request, never a wrong texture."""

from __future__ import annotations

from pathlib import Path

import pytest

from flatiron_tasks.contracts.errors import NotReadyError
from flatiron_tasks.pipeline.manual_merge import merge_by_hand
from tests.integration.pipeline.expectations import expected_textures, read_pixels, settings_of
from tests.synthetic_job import BOXES, SyntheticJob

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
