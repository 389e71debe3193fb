"""UV masks and the colour configuration go along with the job, hashed, or the bake is refused."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from flatiron_tasks.contracts.errors import BadInputError
from flatiron_tasks.contracts.job import BakeObject
from flatiron_tasks.contracts.merge_files import ColourConfig
from max_submitter import job_folder
from max_submitter.request import ColourFile, MaskFile
from tests.unit.submission.bake_requests import element, with_merge_files, write_png_header
from tests.unit.submission.submitting import description_of, refused, submit_it


def test_masks_and_colour_configuration_go_into_the_job_folder_with_their_hashes(tmp_path: Path) -> None:
    submitted = submit_it(with_merge_files(tmp_path))
    job = description_of(submitted)
    hashes = {name: hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() for name in ("floor.png", "site.ocio")}
    assert [(mask.object, mask.map_size, mask.file_name) for mask in job.masks] == [
        (1, (64, 48), "o00001-64x48.png"),
        (0, (64, 48), "o00000-64x48.png"),
    ]
    assert job.masks[0].sha256 == hashes["floor.png"]
    assert (submitted.job_folder / "masks" / "o00001-64x48.png").read_bytes() == (tmp_path / "floor.png").read_bytes()
    assert job.colour == ColourConfig("site.ocio", 15, hashes["site.ocio"], "lin", "srgb")
    assert (submitted.job_folder / "colour" / "site.ocio").read_bytes() == b"a configuration"


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"mode": "single"}, "Use Multi Pass"),
        ({"colour": None}, "OpenColorIO conversion is missing"),
        ({"elements": (element(transfer="ocio", width=32),)}, "64x48, the mask of floor, is the size of no element"),
        ({"objects": (BakeObject("floor", 0, 1),)}, "wall.png is for 'wall', which is not baked"),
        ({"colour": ColourFile(Path("/nowhere/site.ocio"), "lin", "srgb")}, "site.ocio is not a file"),
        ({"masks": (MaskFile("wall", Path("/nowhere/wall.png")),)}, "wall.png cannot be read"),
    ],
)
def test_masks_and_colour_that_cannot_work_are_refused_before_anything_is_made(
    tmp_path: Path, changes: dict[str, Any], match: str
) -> None:
    refused(with_merge_files(tmp_path, **changes), BadInputError, match, tmp_path)


@pytest.mark.parametrize(
    ("content", "match"),
    [(b"", "too short"), (b"GIF89a" * 10, "no PNG file"), (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "no PNG file")],
)
def test_a_mask_that_is_no_png_is_refused(tmp_path: Path, content: bytes, match: str) -> None:
    request = with_merge_files(tmp_path)
    request.masks[0].path.write_bytes(content)
    refused(request, BadInputError, match, tmp_path)


@pytest.mark.parametrize(("bits", "colour_type"), [(1, 0), (16, 0), (8, 2), (8, 3), (8, 4), (8, 6)])
def test_a_mask_that_is_not_8_bit_grey_is_refused(tmp_path: Path, bits: int, colour_type: int) -> None:
    request = with_merge_files(tmp_path)
    write_png_header(request.masks[0].path, bits=bits, colour_type=colour_type)
    refused(request, BadInputError, f"{bits} bits per sample and colour type {colour_type}", tmp_path)


@pytest.mark.parametrize("name", ["wall.png", "site.ocio"])
def test_a_mask_or_configuration_that_changes_while_it_is_copied_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    request = with_merge_files(tmp_path)
    make = job_folder._make_folders

    def grow(folder: Any) -> None:
        make(folder)
        (tmp_path / name).write_bytes(b"longer" * 5000)

    monkeypatch.setattr("max_submitter.job_folder._make_folders", grow)
    with pytest.raises(BadInputError, match=f"{name} changed while it was copied"):
        submit_it(request)
    assert not list((tmp_path / "share").iterdir())
