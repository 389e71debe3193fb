"""The same atlas for everybody: whatever the form, the number of objects and the run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.benchmarks.atlas import Half, region
from tests.benchmarks.contenders.images import read_samples
from tests.benchmarks.pieces import Pieces, Workload
from tests.benchmarks.workloads import prepare

SIDE = 256


def painted(pieces: Pieces) -> Half:
    """All pieces added up on one map."""
    image = np.zeros((pieces.side, pieces.side, 4), np.float16)
    for path, piece in zip(pieces.paths, pieces.files, strict=True):
        image[piece.y : piece.y + piece.height, piece.x : piece.x + piece.width] += read_samples(path)
    return image


def test_the_same_workload_has_the_same_bytes(tmp_path: Path) -> None:
    once, again = (prepare(Workload("crop", SIDE, 4), tmp_path / name) for name in "ab")
    assert once.files == again.files


def test_a_workload_is_made_once(tmp_path: Path) -> None:
    made = prepare(Workload("crop", SIDE, 4), tmp_path)
    times = [path.stat().st_mtime_ns for path in made.paths]
    assert prepare(Workload("crop", SIDE, 4), tmp_path) == made
    assert [path.stat().st_mtime_ns for path in made.paths] == times


def test_a_workload_that_was_not_finished_is_made_again(tmp_path: Path) -> None:
    made = prepare(Workload("crop", SIDE, 4), tmp_path)
    (made.folder / "manifest.json").unlink()
    made.paths[0].write_bytes(b"half a file")
    assert prepare(Workload("crop", SIDE, 4), tmp_path) == made
    assert made.paths[0].stat().st_size == made.files[0].size


@pytest.mark.parametrize("workload", [Workload("crop", SIDE, 4), Workload("crop", SIDE, 16), Workload("full", SIDE, 4)])
def test_pieces_add_up_to_the_same_atlas_however_it_is_cut(workload: Workload, tmp_path: Path) -> None:
    atlas = region(SIDE, 20, left=0, top=0, width=SIDE, height=SIDE)
    assert np.array_equal(painted(prepare(workload, tmp_path)), atlas)


def test_data_windows_begin_on_chunk_rows_inside_the_map_and_never_overlap(tmp_path: Path) -> None:
    pieces = prepare(Workload("crop", SIDE, 16), tmp_path)
    used = np.zeros((SIDE, SIDE), np.int64)
    for piece in pieces.files:
        assert piece.y % 16 == 0
        used[piece.y : piece.y + piece.height, piece.x : piece.x + piece.width] += 1
    assert used.max() == 1
    assert used.sum() == sum(piece.width * piece.height for piece in pieces.files)


def test_about_two_thirds_are_covered_with_soft_edges_and_premultiplied() -> None:
    atlas = region(1024, 20, left=0, top=0, width=1024, height=1024).astype(np.float32)
    alpha = atlas[..., 3]
    assert 0.6 < (alpha > 0).mean() < 0.72
    assert 0.01 < ((alpha > 0) & (alpha < 1)).mean() < 0.15
    assert not atlas[alpha == 0].any()


def test_objects_that_cannot_share_the_charts_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="evenly"):
        prepare(Workload("crop", SIDE, 5), tmp_path)
