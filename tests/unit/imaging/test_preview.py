"""Previews: small, in plan order, showing what is there and never more."""

from __future__ import annotations

import struct
import zlib
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import OpenImageIO as oiio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flatiron_tasks.contracts.errors import RejectedPieceError
from flatiron_tasks.imaging.preview import (
    SIDE,
    SmallLayer,
    Thumbnail,
    compose_preview,
    passes_shown,
    read_thumbnail,
)


def planes(colour: tuple[float, float, float], alpha: float, rows: int, width: int) -> npt.NDArray[np.float16]:
    values = np.array([*(part * alpha for part in colour), alpha], np.float16)
    return np.ascontiguousarray(np.broadcast_to(values[:, np.newaxis, np.newaxis], (4, rows, width)))


def layer(
    colour: tuple[float, float, float],
    *,
    box: tuple[int, int, int, int],
    size: tuple[int, int] = (64, 64),
    alpha: float = 1,
    kind: str = "data",
) -> SmallLayer:
    """A layer that covers the box (left, top, right, bottom)."""
    left, top, right, bottom = box
    thumbnail = Thumbnail(*size)
    thumbnail.add(left, top, planes(colour, alpha, bottom - top, right - left))
    return read_thumbnail(thumbnail.to_bytes(kind), name="a layer")


def picture(path: Path, layers: list[SmallLayer]) -> npt.NDArray[Any]:
    """The preview of these layers, decoded by a library that is not ours."""
    path.write_bytes(compose_preview(layers, shown=len(layers), total=9))
    pixels = oiio.ImageBuf(str(path)).get_pixels(oiio.UINT8)
    assert pixels is not None
    return pixels


@settings(deadline=None)  # the first call loads compiled code
@given(width=st.integers(1, 900), height=st.integers(1, 900), cuts=st.lists(st.integers(0, 900), max_size=4))
def test_rows_in_any_bands_give_the_same_thumbnail(width: int, height: int, cuts: list[int]) -> None:
    image = np.ones((4, height, width), np.float16)
    image[0] = np.linspace(0, 1, width, dtype=np.float16)
    whole, banded = Thumbnail(width, height), Thumbnail(width, height)
    whole.add(0, 0, image)
    edges = [0, *sorted(min(cut, height) for cut in cuts), height]
    for begin, end in pairwise(edges):
        banded.add(0, begin, image[:, begin:end])
    assert whole.to_bytes("data") == banded.to_bytes("data")
    small = read_thumbnail(whole.to_bytes("data"), name="x")
    assert max(small.width, small.height) <= SIDE
    assert small.rgba.shape == (small.height, small.width, 4)


def test_a_preview_shows_what_is_covered_and_a_dark_checker_elsewhere(tmp_path: Path) -> None:
    pixels = picture(tmp_path / "a.png", [layer((1, 0, 0.5), box=(0, 0, 32, 64))])
    assert pixels.shape == (64, 64, 3)
    assert (pixels[:, :32] == (255, 0, 128)).all()
    assert pixels[:, 32:].max() < 50
    assert len(np.unique(pixels[:, 32:])) == 2


def test_where_objects_overlap_the_first_in_plan_order_is_shown(tmp_path: Path) -> None:
    first, second = layer((1, 0, 0), box=(0, 0, 40, 64)), layer((0, 1, 0), box=(20, 0, 64, 64))
    pixels = picture(tmp_path / "a.png", [first, second])
    assert (pixels[:, :40] == (255, 0, 0)).all()
    assert (pixels[:, 40:] == (0, 255, 0)).all()


def test_only_colour_gets_the_srgb_transfer(tmp_path: Path) -> None:
    for kind, value in (("color", 188), ("data", 128), ("normal", 128)):
        pixels = picture(tmp_path / f"{kind}.png", [layer((0.5, 0.5, 0.5), box=(0, 0, 64, 64), kind=kind)])
        assert (pixels == value).all()


def test_a_soft_edge_is_shown_over_the_checker_in_its_own_colour(tmp_path: Path) -> None:
    pixels = picture(tmp_path / "a.png", [layer((1, 1, 1), box=(0, 0, 64, 64), alpha=0.5)])
    assert 127 <= pixels.min() <= pixels.max() <= 150


def test_a_layer_that_covers_nothing_shows_nothing(tmp_path: Path) -> None:
    empty = read_thumbnail(Thumbnail(64, 64).to_bytes("color"), name="x")
    assert picture(tmp_path / "a.png", [empty]).max() < 50


def test_a_small_object_costs_few_bytes() -> None:
    thumbnail = Thumbnail(8192, 8192)
    noise = np.random.default_rng(1).random((4, 512, 512)).astype(np.float16)
    thumbnail.add(512, 1024, noise)
    assert len(thumbnail.to_bytes("color")) < 1500


def test_a_preview_says_how_many_passes_it_shows(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    assert passes_shown(path) == 0
    path.write_bytes(compose_preview([layer((1, 1, 1), box=(0, 0, 8, 8))], shown=12, total=256))
    assert passes_shown(path) == 12
    path.write_bytes(b"something else")
    assert passes_shown(path) == 0


@given(st.binary(max_size=200) | st.binary(max_size=64).map(lambda tail: b"FLTHM1" + tail))
def test_garbage_is_no_thumbnail(data: bytes) -> None:
    try:
        small = read_thumbnail(data, name="p00000-e00.thumb")
    except RejectedPieceError:
        return
    assert small.rgba.shape <= (SIDE, SIDE, 4)


def test_a_thumbnail_that_promises_little_and_unpacks_to_much_is_refused() -> None:
    header = struct.pack("<6s6H", b"FLTHM1", 64, 64, 0, 0, 2, 2)
    with pytest.raises(RejectedPieceError):
        read_thumbnail(header + zlib.compress(bytes(1 << 24)), name="x")
    beyond = struct.pack("<6s6H", b"FLTHM1", 64, 64, 63, 0, 2, 2)
    with pytest.raises(RejectedPieceError):
        read_thumbnail(beyond + zlib.compress(bytes(16)), name="x")


def test_thumbnails_of_different_maps_are_not_mixed() -> None:
    with pytest.raises(RejectedPieceError, match="size"):
        compose_preview(
            [layer((1, 1, 1), box=(0, 0, 8, 8)), layer((1, 1, 1), box=(0, 0, 8, 8), size=(32, 64))], shown=2, total=2
        )
