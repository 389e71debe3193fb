"""The gate lets through what the receipt and the plan say, and nothing else."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio
import pytest

from flatiron_tasks.contracts.errors import BadInputError, RejectedPieceError, ShareError
from flatiron_tasks.imaging.gate import CoveredRows, PieceExpectation, PieceSource, covered_rows
from flatiron_tasks.imaging.parallel import Crew
from tests.unit.imaging.image_examples import (
    accept,
    exr_output,
    pass_gate,
    placed,
    random_pixels,
    receipt_of,
    write_exr,
)

PLAN = PieceExpectation(width=40, height=60, row_begin=20, row_end=44, pixel_type="half")


def plan(**changes: Any) -> PieceExpectation:
    return PieceExpectation(
        **{"width": 40, "height": 60, "row_begin": 20, "row_end": 44, "pixel_type": "half", **changes}
    )


@pytest.mark.parametrize("compression", ["none", "rle", "zip", "zips", "piz", "pxr24"])
def test_a_good_piece_passes_bit_for_bit(tmp_path: Path, compression: str) -> None:
    pixels = random_pixels(24, 30)
    path = write_exr(tmp_path / "p.exr", pixels, x=5, y=20, display=(40, 60), compression=compression)
    assert accept(path, PLAN).tobytes() == placed(pixels, PLAN, 5).tobytes()


def test_float_and_tiled_pieces_pass(tmp_path: Path) -> None:
    pixels = random_pixels(24, 30, dtype=np.float32)
    path = write_exr(tmp_path / "p.exr", pixels, x=5, y=20, display=(40, 60), tile=16)
    assert accept(path, plan(pixel_type="float")).tobytes() == placed(pixels, PLAN, 5).tobytes()


@pytest.mark.parametrize("tile", [512, 528])
def test_a_piece_of_tiles_that_are_too_large_is_rejected(tmp_path: Path, tile: int) -> None:
    """A whole row of tiles is decoded at once, whatever the piece shows of it."""
    path = write_exr(tmp_path / "p.exr", random_pixels(24, 30), x=5, y=20, display=(40, 60), tile=tile)
    if tile == 512:
        accept(path, PLAN)
    else:
        with pytest.raises(RejectedPieceError, match="its tiles are 528x528 texels; 512x512 are the largest"):
            accept(path, PLAN)


@pytest.mark.parametrize("compression", ["zip", "zips", "piz"])
@pytest.mark.parametrize("threads", [1, 3])
def test_only_what_is_covered_comes_out(tmp_path: Path, compression: str, threads: int) -> None:
    """A full-frame piece costs what it covers, not its frame."""
    pixels = placed(random_pixels(5, 7, coverage=1.0), PLAN, 11, 30)[20:44]
    path = write_exr(tmp_path / "p.exr", pixels, y=20, display=(40, 60), compression=compression)
    with Crew(threads) as crew:
        parts = list(covered_rows(PieceSource(path, PLAN, *receipt_of(path)), crew))
    assert all((part.x, part.planes.shape[2]) == (11, 7) for part in parts)
    assert sum(part.planes.shape[1] for part in parts) == 5
    assert all(part.planes.flags.c_contiguous for part in parts)


def test_rows_come_in_the_order_of_the_file_whatever_the_threads(tmp_path: Path) -> None:
    path = write_exr(tmp_path / "p.exr", random_pixels(24, 30), y=20, display=(40, 60), compression="zips")
    results = []
    for threads in (1, 4):
        with Crew(threads) as crew:
            results.append([described(part) for part in covered_rows(PieceSource(path, PLAN, *receipt_of(path)), crew)])
    assert results[0] == results[1]
    assert [y for _, y, _, _ in results[0]] == list(range(20, 44))


def described(part: CoveredRows) -> tuple[int, int, int, bytes]:
    return part.x, part.y, part.texels, part.planes.tobytes()


def test_an_empty_one_texel_window_passes(tmp_path: Path) -> None:
    path = write_exr(tmp_path / "p.exr", np.zeros((1, 1, 4), np.float16), x=39, y=43, display=(40, 60))
    assert not accept(path, PLAN).any()


def test_channels_are_taken_by_name(tmp_path: Path) -> None:
    pixels = random_pixels(24, 30)
    path = write_exr(
        tmp_path / "p.exr", pixels[..., [3, 2, 1, 0]], y=20, display=(40, 60), channels=("A", "B", "G", "R")
    )
    assert accept(path, PLAN).tobytes() == placed(pixels, PLAN).tobytes()


def truncations(data: bytes) -> list[bytes]:
    """Every length near the chunk borders of a small file, and steps between them."""
    return [data[:length] for length in range(0, len(data), max(1, len(data) // 150))] + [data[:-1]]


@pytest.mark.parametrize("compression", ["none", "rle", "zip", "zips", "piz"])
def test_a_truncated_exr_is_never_accepted(tmp_path: Path, compression: str) -> None:
    """Neither against the receipt of the whole file, nor with a receipt made from the broken file."""
    path = write_exr(tmp_path / "p.exr", random_pixels(24, 30), y=20, display=(40, 60), compression=compression)
    whole = path.read_bytes()
    digest = hashlib.sha256(whole).hexdigest()
    for part in truncations(whole):
        path.write_bytes(part)
        with pytest.raises(RejectedPieceError, match=r"p\.exr"):
            pass_gate(PieceSource(path, PLAN, len(whole), digest))
        with pytest.raises(RejectedPieceError, match=r"p\.exr"):
            accept(path, PLAN)


def test_a_flipped_bit_is_never_accepted(tmp_path: Path) -> None:
    path = write_exr(tmp_path / "p.exr", random_pixels(8, 8), y=20, display=(40, 60), compression="none")
    whole = path.read_bytes()
    digest = hashlib.sha256(whole).hexdigest()
    for position in range(len(whole)):
        damaged = bytearray(whole)
        damaged[position] ^= 1 << position % 8
        path.write_bytes(damaged)
        with pytest.raises(RejectedPieceError, match="SHA-256"):
            pass_gate(PieceSource(path, PLAN, len(whole), digest))


def test_a_damaged_header_with_a_receipt_of_its_own_gives_no_other_error(tmp_path: Path) -> None:
    """A node could hash what its disk already broke: then the header decides, and never with a crash."""
    path = write_exr(tmp_path / "p.exr", random_pixels(8, 8), y=20, display=(40, 60))
    whole = path.read_bytes()
    rejected = 0
    for position in range(350):
        damaged = bytearray(whole)
        damaged[position] ^= 0x80
        path.write_bytes(damaged)
        try:
            accept(path, PLAN)
        except RejectedPieceError:
            rejected += 1
    assert rejected > 150


def test_more_bytes_than_the_receipt_says_are_rejected(tmp_path: Path) -> None:
    path = write_exr(tmp_path / "p.exr", random_pixels(24, 30), y=20, display=(40, 60))
    size, digest = path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest()
    path.write_bytes(path.read_bytes() + b"!")
    with pytest.raises(RejectedPieceError, match="the file has more"):
        pass_gate(PieceSource(path, PLAN, size, digest))


@pytest.mark.parametrize(
    ("window", "display", "words"),
    [
        ((0, 20), (41, 60), "display window"),
        ((0, 20), (40, 61), "display window"),
        ((0, 19), (40, 60), "data window"),
        ((0, 21), (40, 60), "data window"),
        ((11, 20), (40, 60), "data window"),
        ((-1, 20), (40, 60), "data window"),
    ],
)
def test_a_window_off_the_plan_is_rejected(
    tmp_path: Path, window: tuple[int, int], display: tuple[int, int], words: str
) -> None:
    x, y = window
    path = write_exr(tmp_path / "p.exr", random_pixels(24, 30), x=x, y=y, display=display)
    with pytest.raises(RejectedPieceError, match=words):
        accept(path, PLAN)


@pytest.mark.parametrize("channels", [("R", "G", "B"), ("R", "G", "B", "Z"), ("R", "G", "B", "A", "Z"), ("Y", "A")])
def test_other_channels_are_rejected(tmp_path: Path, channels: tuple[str, ...]) -> None:
    pixels = np.ones((24, 30, len(channels)), np.float16)
    path = write_exr(tmp_path / "p.exr", pixels, y=20, display=(40, 60), channels=channels)
    with pytest.raises(RejectedPieceError, match="channels"):
        accept(path, PLAN)


def test_the_other_sample_type_is_rejected(tmp_path: Path) -> None:
    path = write_exr(tmp_path / "p.exr", random_pixels(24, 30), y=20, display=(40, 60))
    with pytest.raises(RejectedPieceError, match="half"):
        accept(path, plan(pixel_type="float"))


def test_another_file_format_is_rejected(tmp_path: Path) -> None:
    buffer = oiio.ImageBuf(np.ones((24, 30, 4), np.float32))
    buffer.write(str(tmp_path / "p.tif"))
    (tmp_path / "p.tif").rename(tmp_path / "p.exr")
    with pytest.raises(RejectedPieceError, match="not an OpenEXR file"):
        accept(tmp_path / "p.exr", PLAN)


def test_several_parts_are_rejected(tmp_path: Path) -> None:
    pixels = random_pixels(24, 30)
    spec = oiio.ImageSpec(30, 24, 4, "half")
    spec.y, spec.full_y, spec.full_width, spec.full_height = 20, 0, 40, 60
    output = exr_output()
    path = tmp_path / "p.exr"
    assert output.open(str(path), (spec, spec))
    assert output.write_image(pixels)
    assert output.open(str(path), spec, "AppendSubimage")
    assert output.write_image(pixels)
    assert output.close()
    with pytest.raises(RejectedPieceError, match="several parts"):
        accept(path, PLAN)


def test_deep_data_is_rejected(tmp_path: Path) -> None:
    spec = oiio.ImageSpec(2, 2, 4, "half")
    spec.deep = True
    spec.y, spec.full_y, spec.full_width, spec.full_height = 20, 0, 40, 60
    deep = oiio.DeepData()
    deep.init(4, 4, tuple(oiio.TypeDesc("half") for _ in range(4)), ("R", "G", "B", "A"))
    output = exr_output()
    path = tmp_path / "p.exr"
    assert output.open(str(path), spec)
    assert output.write_deep_image(deep), output.geterror()
    assert output.close()
    with pytest.raises(RejectedPieceError, match="deep"):
        accept(path, PLAN)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("channel", [0, 3])
def test_non_finite_values_are_rejected_or_replaced(tmp_path: Path, value: float, channel: int) -> None:
    pixels = random_pixels(24, 30, coverage=1.0)
    pixels[3, 4, channel] = value
    path = write_exr(tmp_path / "p.exr", pixels, y=20, display=(40, 60))
    with pytest.raises(RejectedPieceError, match="1 texels hold NaN or infinity"):
        accept(path, PLAN)
    pixels[3, 4, channel] = 0
    if channel == 3:
        pixels[3, 4] = 0
    assert accept(path, plan(allow_non_finite=True)).tobytes() == placed(pixels, PLAN).tobytes()


def test_values_above_one_below_zero_and_denormals_pass(tmp_path: Path) -> None:
    pixels = np.ones((24, 30, 4), np.float16)
    pixels[0, 0, :3] = (65504, -65504, 6e-8)
    path = write_exr(tmp_path / "p.exr", pixels, y=20, display=(40, 60))
    assert accept(path, PLAN).tobytes() == placed(pixels, PLAN).tobytes()


def test_alpha_within_the_tolerance_is_clamped_and_beyond_it_rejected(tmp_path: Path) -> None:
    pixels = np.ones((24, 30, 4), np.float16)
    pixels[0, 0, 3] = 1 + 2**-10
    pixels[0, 1] = (0.5, 0.5, 0.5, -(2**-11))
    path = write_exr(tmp_path / "p.exr", pixels, y=20, display=(40, 60))
    found = accept(path, PLAN)
    assert found[20, 0, 3] == 1
    assert not found[20, 1].any()
    for alpha, words in ((1 + 2**-9, "from -0.00048[0-9]* to 1.00195"), (-(2**-9), "from -0.00195[0-9]* to 1;")):
        pixels[0, 0, 3] = alpha
        with pytest.raises(RejectedPieceError, match=words):
            accept(write_exr(path, pixels, y=20, display=(40, 60)), PLAN)


def test_colour_without_coverage_is_cleared(tmp_path: Path) -> None:
    pixels = random_pixels(24, 30)
    careless = pixels.copy()
    careless[pixels[..., 3] == 0, 0] = 0.5
    path = write_exr(tmp_path / "p.exr", careless, y=20, display=(40, 60))
    assert accept(path, PLAN).tobytes() == placed(pixels, PLAN).tobytes()


@pytest.mark.parametrize("compression", ["zip", "piz"])
def test_bytes_after_the_last_chunk(tmp_path: Path, compression: str) -> None:
    """Rejected where the file's form is read here; OpenImageIO does not say what follows."""
    path = write_exr(tmp_path / "p.exr", random_pixels(24, 30), y=20, display=(40, 60), compression=compression)
    path.write_bytes(path.read_bytes() + b"!")
    if compression == "piz":
        assert accept(path, PLAN).any()
        return
    with pytest.raises(RejectedPieceError, match="something follows"):
        accept(path, PLAN)


def test_damage_in_a_file_that_is_not_the_receipts_is_told_as_such(tmp_path: Path) -> None:
    """Whoever reads the reason must look at the share, not at the renderer."""
    pixels = random_pixels(24, 30)
    pixels[0, 0] = np.nan
    path = write_exr(tmp_path / "p.exr", pixels, y=20, display=(41, 60))
    size, digest = receipt_of(path)
    with pytest.raises(RejectedPieceError, match="display window"):
        pass_gate(PieceSource(path, PLAN, size, digest))
    with pytest.raises(RejectedPieceError, match="SHA-256"):
        pass_gate(PieceSource(path, PLAN, size, "0" * 64))


def test_a_missing_file_is_rejected_and_an_unreadable_one_is_a_share_error(tmp_path: Path) -> None:
    with pytest.raises(RejectedPieceError, match="missing"):
        pass_gate(PieceSource(tmp_path / "p.exr", PLAN, 1, "0" * 64))
    with pytest.raises(ShareError, match="cannot be read"):
        pass_gate(PieceSource(tmp_path, PLAN, 1, "0" * 64))


@pytest.mark.parametrize(
    "changes", [{"row_end": 20}, {"row_end": 61}, {"row_begin": -1}, {"pixel_type": "uint8"}, {"width": 0}]
)
def test_an_impossible_expectation_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(BadInputError):
        plan(**changes)
