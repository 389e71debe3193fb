"""Joining the strips of a pass gives one layer that depends on the texels alone."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flatiron_tasks.contracts.errors import BadInputError, RejectedPieceError, ShareError
from flatiron_tasks.imaging.gate import Piece
from flatiron_tasks.imaging.layer import LayerHeader, LayerInfo, merge_strips, read_layer_info
from tests.unit.imaging.image_examples import MARK, Array, make_layer, random_pixels, read_samples

WIDTH, HEIGHT = 50, 90


def merge(pieces: list[Piece], out: Path, pixel_type: str = "half") -> LayerInfo:
    return merge_strips(pieces, width=WIDTH, height=HEIGHT, out=out, pixel_type=pixel_type, metadata={"flatiron": MARK})


def strips(whole: Array, borders: list[int]) -> list[Piece]:
    return [Piece(0, begin, whole[begin:end]) for begin, end in zip([0, *borders], [*borders, HEIGHT], strict=True)]


@pytest.fixture
def whole() -> Array:
    pixels = random_pixels(HEIGHT, WIDTH, coverage=0.3)
    pixels[:7] = pixels[80:] = pixels[:, :3] = pixels[:, 41:] = 0
    pixels[7, 20] = pixels[79, 20] = pixels[40, 3] = pixels[40, 40] = 1
    return pixels


def test_a_layer_is_cropped_to_the_covered_texels_and_exact(tmp_path: Path, whole: Array) -> None:
    out = tmp_path / "layer.exr"
    info = merge(strips(whole, [30, 60]), out)
    assert (info.x, info.y, info.width, info.height) == (3, 7, 38, 73)
    assert info.covered_texels == np.count_nonzero(whole[..., 3])
    assert read_layer_info(out) == LayerHeader(WIDTH, HEIGHT, 3, 7, 38, 73, "half")
    assert read_samples(out).tobytes() == whole[7:80, 3:41].tobytes()
    assert info.sha256 == hashlib.sha256(out.read_bytes()).hexdigest()
    assert info.size == out.stat().st_size
    assert MARK.encode() in out.read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["layer.exr"]


@given(
    borders=st.lists(st.integers(1, HEIGHT - 1), unique=True, max_size=6).map(sorted),
    randomness=st.randoms(use_true_random=False),
)
def test_neither_the_strip_grid_nor_the_order_of_pieces_changes_the_bytes(
    tmp_path_factory: pytest.TempPathFactory, borders: list[int], randomness: object
) -> None:
    folder = tmp_path_factory.mktemp("order")
    whole = random_pixels(HEIGHT, WIDTH, coverage=0.3)
    pieces = strips(whole, borders)
    randomness.shuffle(pieces)  # type: ignore[attr-defined]
    assert merge(pieces, folder / "a.exr").sha256 == merge([Piece(0, 0, whole)], folder / "b.exr").sha256


def test_cropping_of_pieces_does_not_change_the_bytes(tmp_path: Path, whole: Array) -> None:
    cropped = [Piece(3, 7, whole[7:30, 3:41]), Piece(2, 30, whole[30:85, 2:45])]
    assert merge(cropped, tmp_path / "a.exr").sha256 == merge([Piece(0, 0, whole)], tmp_path / "b.exr").sha256


def test_a_strip_without_pieces_stays_uncovered(tmp_path: Path, whole: Array) -> None:
    merge([Piece(0, 0, whole[:30]), Piece(0, 60, whole[60:])], tmp_path / "layer.exr")
    samples = read_samples(tmp_path / "layer.exr")
    assert not samples[30 - 7 : 60 - 7].any()
    assert samples[-1].any()


def test_float_stays_float(tmp_path: Path) -> None:
    pixels = random_pixels(HEIGHT, WIDTH, dtype=np.float32, coverage=1.0)
    merge([Piece(0, 0, pixels)], tmp_path / "layer.exr", "float")
    assert read_samples(tmp_path / "layer.exr").tobytes() == pixels.tobytes()


@pytest.mark.parametrize("pieces", [[], [Piece(7, 9, np.zeros((1, 1, 4), np.float16))]])
def test_a_pass_that_covers_nothing_is_one_transparent_texel(tmp_path: Path, pieces: list[Piece]) -> None:
    info = merge(pieces, tmp_path / "layer.exr")
    assert (info.x, info.y, info.width, info.height, info.covered_texels) == (0, 0, 1, 1, 0)
    assert not read_samples(tmp_path / "layer.exr").any()


@pytest.mark.parametrize(
    ("second", "words"),
    [
        (Piece(0, 9, np.zeros((2, 2, 4), np.float16)), "overlaps"),
        (Piece(0, 89, np.zeros((2, 2, 4), np.float16)), "leaves"),
        (Piece(49, 20, np.zeros((2, 2, 4), np.float16)), "leaves"),
        (Piece(0, 20, np.zeros((2, 2, 4), np.float32)), "float32"),
        (Piece(0, 20, np.zeros((2, 2, 3), np.float16)), "3 channels"),
    ],
)
def test_pieces_that_do_not_fit_together_are_refused(tmp_path: Path, second: Piece, words: str) -> None:
    with pytest.raises(BadInputError, match=words):
        merge([second, Piece(0, 0, np.zeros((10, 5, 4), np.float16))], tmp_path / "layer.exr")
    assert not list(tmp_path.iterdir())


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, whole: Array) -> None:
    with pytest.raises(ShareError, match="cannot be written"):
        merge([Piece(0, 0, whole)], tmp_path / "missing" / "layer.exr")
    out = tmp_path / "layer.exr"
    out.write_bytes(b"old")
    with pytest.raises(BadInputError):
        merge([Piece(-1, 0, whole)], out)
    assert out.read_bytes() == b"old"


def test_what_is_no_layer_is_rejected(tmp_path: Path) -> None:
    layer = make_layer(tmp_path, "layer", random_pixels(20, 20))
    layer.path.write_bytes(layer.path.read_bytes()[:100])
    with pytest.raises(RejectedPieceError, match=r"layer\.exr"):
        read_layer_info(layer.path)
