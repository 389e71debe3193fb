"""UV masks: what a piece covers outside of its object's texels never counts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flatiron_tasks.contracts.errors import BadInputError, RejectedPieceError, ShareError
from flatiron_tasks.imaging import uv_mask
from flatiron_tasks.imaging.gate import PieceExpectation
from flatiron_tasks.imaging.uv_mask import OwnedTexels, UvMask
from tests.unit.imaging.image_examples import accept, placed, random_pixels, receipt_of, write_exr, write_mask

PLAN = PieceExpectation(width=40, height=60, row_begin=20, row_end=44, pixel_type="half")


@pytest.mark.parametrize("compression", ["zip", "piz"])
def test_texels_of_somebody_else_are_cleared(tmp_path: Path, compression: str) -> None:
    """A renderer that pads its pieces claims texels of its neighbours."""
    pixels = random_pixels(24, 30, coverage=1.0)
    mine = np.random.default_rng(1).random((60, 40)) < 0.5
    path = write_exr(tmp_path / "p.exr", pixels, y=20, display=(40, 60), compression=compression)
    wanted = placed(pixels, PLAN)
    wanted[~mine] = 0
    assert accept(path, PLAN, write_mask(tmp_path / "mask.png", mine)).tobytes() == wanted.tobytes()


def test_a_piece_that_is_blank_against_its_mask_is_rejected(tmp_path: Path) -> None:
    path = write_exr(tmp_path / "p.exr", np.zeros((24, 40, 4), np.float16), y=20, display=(40, 60))
    mine = np.zeros((60, 40), bool)
    mine[:20] = mine[44:] = True  # the rows around the strip
    assert not accept(path, PLAN, write_mask(tmp_path / "around.png", mine)).any()
    mine[30:33, 5:8] = True
    with pytest.raises(RejectedPieceError, match=r"blank although its mask says it is covered.*inside\.png"):
        accept(path, PLAN, write_mask(tmp_path / "inside.png", mine))


def test_a_mask_that_was_grown_by_a_texel_rejects_no_blank_strip(tmp_path: Path) -> None:
    """The object ends with the row above the strip; only the rim of its mask lies in the strip."""
    path = write_exr(tmp_path / "p.exr", np.zeros((24, 40, 4), np.float16), y=20, display=(40, 60))
    mine = np.zeros((60, 40), bool)
    mine[:21] = mine[43:] = True
    mine[20:44, 0] = mine[20:44, 8:10] = True  # two texels wide: all rim
    assert not accept(path, PLAN, write_mask(tmp_path / "rim.png", mine)).any()
    mine[21] = True  # now row 20 is more than a rim
    with pytest.raises(RejectedPieceError, match="blank although"):
        accept(path, PLAN, write_mask(tmp_path / "more.png", mine))


def plain_interior(mine: npt.NDArray[np.bool_], rows: slice) -> bool:
    """By the rule: a texel counts if no texel of the map beside it is somebody else's."""
    height, width = mine.shape
    return any(
        all(mine[max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2].ravel())
        for y in range(height)[rows]
        for x in range(width)
    )


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 17), st.integers(1, 12), st.integers(0, 4), st.integers(1, 5), st.randoms())
def test_the_interior_of_a_mask_is_seen_across_bands_and_ends_at_no_border(
    width: int, height: int, begin: int, band: int, chance: Random
) -> None:
    mine = np.array([[chance.random() < 0.85 for _ in range(width)] for _ in range(height)])
    begin, end = min(begin, height - 1), max(min(begin, height - 1) + 1, height - begin)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(uv_mask, "_ROWS_AT_A_TIME", band)
        found = OwnedTexels(np.packbits(mine, axis=1), width).has_interior(begin, end)
    assert found == plain_interior(mine, slice(begin, end))


def test_a_mask_that_is_not_the_jobs_is_no_fault_of_the_piece(tmp_path: Path) -> None:
    path = write_exr(tmp_path / "p.exr", random_pixels(24, 30), y=20, display=(40, 60))
    mask = write_mask(tmp_path / "mask.png", np.ones((60, 40), bool))
    for wrong in (replace(mask, sha256="0" * 64), replace(mask, size=mask.size - 1)):
        with pytest.raises(BadInputError, match=r"mask\.png"):
            accept(path, PLAN, wrong)
    with pytest.raises(BadInputError, match="needed are"):
        accept(path, PLAN, write_mask(tmp_path / "mask.png", np.ones((60, 41), bool)))
    (tmp_path / "text").write_bytes(b"not an image")
    with pytest.raises(BadInputError, match=f'format reader for "{tmp_path}/text'):
        accept(path, PLAN, UvMask(tmp_path / "text", *receipt_of(tmp_path / "text")))
    with pytest.raises(ShareError, match="missing"):
        accept(path, PLAN, replace(mask, path=tmp_path / "gone.png"))
