"""Invariant I1, first gate: what a node calls a piece is a whole file of the planned shape."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flatiron_tasks.contracts.errors import RejectedPieceError
from flatiron_tasks.contracts.node_task import TaskOutput
from tests.unit.node.exr_files import exr_bytes
from workers.node.exr_structure import check_piece


def planned(**changes: Any) -> TaskOutput:
    values: dict[str, Any] = {
        "element": "CompleteMap",
        "kind": "color",
        "width": 40,
        "height": 300,
        "row_begin": 10,
        "row_end": 290,
        "pixel_type": "half",
        "path": "unused",
    }
    return TaskOutput(**(values | changes))


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def write_with_openimageio(path: Path, *, tile: int = 0, **attributes: Any) -> Path:
    spec = oiio.ImageSpec(30, 270, 4, "half")
    spec.x, spec.y, spec.full_x, spec.full_y, spec.full_width, spec.full_height = 5, 12, 0, 0, 40, 300
    spec.tile_width = spec.tile_height = tile
    for name, value in attributes.items():
        spec.attribute(name.replace("__", ":"), value)
    output = oiio.ImageOutput.create("openexr")
    assert output is not None
    assert output.open(str(path), spec), output.geterror()
    output.write_image(np.random.default_rng(1).random((270, 30, 4), np.float32))
    output.close()
    return path


@pytest.mark.parametrize("compression", ["none", "rle", "zips", "zip", "piz", "pxr24", "b44", "b44a", "dwaa", "dwab"])
@pytest.mark.parametrize("tile", [0, 16])
def test_every_compression_and_tiling_of_a_real_writer_is_accepted(tmp_path: Path, compression: str, tile: int) -> None:
    check_piece(write_with_openimageio(tmp_path / "a.exr", tile=tile, compression=compression), planned())


@pytest.mark.parametrize("order", ["increasingY", "decreasingY"])
def test_the_order_of_lines_does_not_matter(tmp_path: Path, order: str) -> None:
    check_piece(write_with_openimageio(tmp_path / "a.exr", openexr__lineOrder=order), planned())


def test_the_smallest_piece_is_accepted(tmp_path: Path) -> None:
    check_piece(write(tmp_path / "a.exr", exr_bytes(1, 1, 0, 1)), planned(width=1, height=1, row_begin=0, row_end=1))


WHOLE = exr_bytes(6, 6, 1, 5)
SMALL = planned(width=6, height=6, row_begin=1, row_end=5)


@given(length=st.integers(0, len(WHOLE) - 1))
def test_a_truncated_exr_is_never_accepted(tmp_path_factory: pytest.TempPathFactory, length: int) -> None:
    path = write(tmp_path_factory.mktemp("cut") / "a.exr", WHOLE[:length])
    with pytest.raises(RejectedPieceError):
        check_piece(path, SMALL)


@given(length=st.integers(0, 5000))
def test_a_truncated_file_of_a_real_writer_is_never_accepted(
    tmp_path_factory: pytest.TempPathFactory, length: int
) -> None:
    folder = tmp_path_factory.mktemp("cut")
    data = write_with_openimageio(folder / "a.exr").read_bytes()
    with pytest.raises(RejectedPieceError):
        check_piece(write(folder / "b.exr", data[: len(data) - 1 - length]), planned())


@given(position=st.integers(0, len(WHOLE) - 1), value=st.integers(0, 255))
def test_damage_anywhere_ends_in_a_rejection_or_a_well_formed_file_but_never_in_another_error(
    tmp_path_factory: pytest.TempPathFactory, position: int, value: int
) -> None:
    data = bytearray(WHOLE)
    data[position] = value
    path = write(tmp_path_factory.mktemp("damaged") / "a.exr", bytes(data))
    try:
        check_piece(path, SMALL)
    except RejectedPieceError as error:
        assert error.why  # noqa: PT017 - both outcomes are allowed


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(200), "not an OpenEXR"),
        (exr_bytes(6, 6, 1, 5, version=2 | 0x1000), "multi-part"),
        (exr_bytes(6, 6, 1, 5, version=2 | 0x800), "deep"),
        (exr_bytes(6, 6, 1, 5, channels="BGR"), "channels are B, G, R"),
        (exr_bytes(6, 6, 1, 5, channels="ABGRZ"), "channels are"),
        (exr_bytes(6, 6, 1, 5, pixel_type="float"), "half"),
        (exr_bytes(6, 6, 1, 5, sampling=2), "every texel"),
        (exr_bytes(6, 6, 1, 5, compression=77), "compression"),
        (exr_bytes(6, 7, 1, 5), "display window"),
        (exr_bytes(5, 6, 1, 5), "display window"),
        (exr_bytes(6, 6, 0, 5), "leaves the strip"),
        (exr_bytes(6, 6, 1, 6), "leaves the strip"),
        (WHOLE.replace(b"channels\0", b"channelz\0"), "no channels"),
    ],
)
def test_a_piece_of_another_shape_is_refused_with_the_reason(tmp_path: Path, data: bytes, why: str) -> None:
    with pytest.raises(RejectedPieceError, match=why):
        check_piece(write(tmp_path / "a.exr", data), SMALL)


def test_a_mip_mapped_file_is_refused(tmp_path: Path) -> None:
    source = write_with_openimageio(tmp_path / "a.exr", tile=16)
    image = oiio.ImageBuf(str(source))
    assert oiio.ImageBufAlgo.make_texture(oiio.MakeTxTexture, image, str(tmp_path / "b.exr"))
    with pytest.raises(RejectedPieceError):
        check_piece(tmp_path / "b.exr", planned())


def test_a_chunk_that_was_never_written_is_noticed(tmp_path: Path) -> None:
    table = len(WHOLE) - 4 * (8 + 6 * 4 * 2) - 4 * 8  # four rows of six RGBA half texels, behind four offsets
    damaged = WHOLE[:table] + bytes(8) + WHOLE[table + 8 :]
    with pytest.raises(RejectedPieceError, match="never written"):
        check_piece(write(tmp_path / "a.exr", damaged), SMALL)
