"""Planes become stored samples by the stated rules: checked texel by texel against plain arithmetic."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flatiron_tasks.imaging.colour import encode_curve
from flatiron_tasks.imaging.convert import Band, hatch, to_samples
from flatiron_tasks.imaging.texture import TextureSpec

FORMATS = [("png", "uint8"), ("png", "uint16"), ("tiff", "float"), ("exr", "half"), ("exr", "float")]
KINDS = ["color", "data", "normal"]
BACKGROUND = {"color": (0.0, 0.0, 0.0), "data": (0.0, 0.0, 0.0), "normal": (0.5, 0.5, 1.0)}


def spec(kind: str, file_format: str, pixel_type: str, *, alpha: bool) -> TextureSpec:
    return TextureSpec(
        width=8, height=8, kind=kind, file_format=file_format, pixel_type=pixel_type, alpha=alpha, padding=0
    )


def stored(values: Any, texture: TextureSpec, curve: str) -> list[Any]:
    """One colour as samples; `encode_curve` has its own tests."""
    listed: list[Any] = encode_curve(np.array(values, np.float64), texture.pixel_type, curve).tolist()
    return listed


def reference(texel: tuple[float, ...], texture: TextureSpec) -> tuple[list[Any], list[Any]]:
    """The stored samples of one texel, and the colour that padding copies."""
    *rgb, alpha = texel
    straight = [c / alpha for c in rgb] if 0 < alpha < 1 else rgb
    colour = stored(straight if alpha > 0 else BACKGROUND[texture.kind], texture, texture.curve)
    if not texture.alpha:
        return colour, colour
    first = stored(rgb, texture, "linear") if texture.premultiplied and alpha > 0 else colour
    return [*first, *stored([alpha], texture, "linear")], colour


@st.composite
def bands(draw: st.DrawFn) -> npt.NDArray[np.floating[Any]]:
    """Premultiplied planes; where alpha is 0 all channels are."""
    rows, columns = draw(st.integers(1, 4)), draw(st.integers(1, 5))
    alpha = st.one_of(st.sampled_from([0.0, 1.0, 0.5]), st.floats(0, 1, width=16), st.floats(0, 1, width=32))
    colour = st.one_of(st.floats(-100, 100, width=16), st.floats(-100, 100, width=32))
    planes = np.zeros((4, rows, columns), draw(st.sampled_from([np.float16, np.float32])))
    for y, x in np.ndindex(rows, columns):
        planes[3, y, x] = draw(alpha)
        if planes[3, y, x] > 0:
            planes[:3, y, x] = draw(st.tuples(colour, colour, colour))
    return planes


@given(bands(), st.sampled_from(KINDS), st.sampled_from(FORMATS), st.booleans())
def test_every_texel_follows_the_rules(
    planes: npt.NDArray[np.floating[Any]], kind: str, file_format: tuple[str, str], alpha: bool
) -> None:
    texture = spec(kind, *file_format, alpha=alpha)
    band = to_samples(planes, texture, 0)
    assert np.array_equal(band.covered, planes[3] > 0)
    for y, x in np.ndindex(*band.covered.shape):
        samples, colour = reference(tuple(planes[:, y, x].tolist()), texture)
        assert band.samples[y, x].tolist() == samples
        assert band.colour[y, x].tolist() == colour


@given(bands(), st.sampled_from(FORMATS), st.integers(0, 3))
def test_a_texel_does_not_depend_on_its_band(
    planes: npt.NDArray[np.floating[Any]], file_format: tuple[str, str], cut: int
) -> None:
    texture = spec("color", *file_format, alpha=True)
    whole = to_samples(planes, texture, 0)
    parts = [to_samples(part, texture, 0) for part in (planes[:, :cut], planes[:, cut:])]
    assert np.array_equal(np.concatenate([part.samples for part in parts]), whole.samples)
    assert np.array_equal(np.concatenate([part.colour for part in parts]), whole.colour)


@pytest.mark.parametrize("file_format", FORMATS)
def test_half_and_float_planes_of_equal_numbers_give_equal_samples(file_format: tuple[str, str]) -> None:
    planes = np.random.default_rng(4).random((4, 64, 64)).astype(np.float16)
    planes[3, ::2] = 1
    planes[:, :8, :8] = 0
    halves, floats = (to_samples(planes.astype(dtype), spec("color", *file_format, alpha=True), 0) for dtype in "ef")
    assert halves.samples.tobytes() == floats.samples.tobytes()
    assert halves.colour.tobytes() == floats.colour.tobytes()


def test_half_bits_pass_through_to_openexr_untouched() -> None:
    bits = np.arange(0x10000, dtype=np.uint16).reshape(64, -1)
    finite = np.where(bits & 0x7C00 == 0x7C00, 0, bits).astype(np.uint16).view(np.float16)
    planes = np.stack([finite, finite[::-1], finite[:, ::-1], np.linspace(0.25, 1, 0x10000).reshape(64, -1)])
    planes = planes.astype(np.float16)
    samples = to_samples(planes, spec("color", "exr", "half", alpha=True), 0).samples
    assert samples.tobytes() == np.moveaxis(planes, 0, -1).tobytes()


@pytest.mark.parametrize("alpha", [2.0**-24, 0.1, 0.5, 0.9])
def test_a_partly_covered_normal_comes_out_straight(alpha: float) -> None:
    """A premultiplied direction divided by its coverage is the direction again, within the rounding of half."""
    direction = np.array([0.75, 0.25, 0.875])
    planes = np.append(direction * np.float16(alpha), alpha).astype(np.float32).reshape(4, 1, 1)
    colour = to_samples(planes, spec("normal", "exr", "float", alpha=False), 0).colour[0, 0]
    assert np.abs(colour - direction).max() < 0.001


def test_a_tiny_coverage_neither_overflows_nor_loses_the_texel() -> None:
    planes = np.full((4, 1, 1), np.finfo(np.float32).max, np.float32)
    planes[3] = np.finfo(np.float32).smallest_subnormal
    band = to_samples(planes, spec("color", "exr", "half", alpha=True), 0)
    assert band.covered.all()
    assert band.samples.tolist() == [[[65504, 65504, 65504, 0]]]
    assert band.colour.tolist() == [[[65504, 65504, 65504]]]


def test_planes_that_are_a_view_are_converted_as_their_copy() -> None:
    planes = np.random.default_rng(5).random((4, 6, 8)).astype(np.float16)
    view = planes[:, 1:5, 2:7]
    texture = spec("color", "png", "uint8", alpha=True)
    assert np.array_equal(to_samples(view, texture, 0).samples, to_samples(view.copy(), texture, 0).samples)


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_the_planes_are_never_changed(dtype: type[np.floating[Any]]) -> None:
    planes = np.full((4, 2, 2), 0.5, dtype)
    before = planes.copy()
    to_samples(planes, spec("color", "exr", "half", alpha=True), 0)
    assert np.array_equal(planes, before)


def shares(band: Band) -> bool:
    return np.shares_memory(band.samples, band.colour)


@pytest.mark.parametrize("file_format", FORMATS)
def test_colour_is_the_samples_own_memory_unless_they_are_premultiplied(file_format: tuple[str, str]) -> None:
    texture = spec("color", *file_format, alpha=True)
    assert shares(to_samples(np.ones((4, 2, 2), np.float16), texture, 0)) == (not texture.premultiplied)


@pytest.mark.parametrize(("pixel_type", "full"), [("uint8", 255), ("uint16", 65535)])
def test_the_hatch_is_opaque_magenta_and_black_and_continues_over_bands(pixel_type: str, full: int) -> None:
    texture = spec("color", "png", pixel_type, alpha=True)
    whole = np.zeros((32, 32, 4), pixel_type)
    hatch(whole, np.ones((32, 32), np.bool_), 0, texture)
    assert whole[0, 0].tolist() == [full, 0, full, full]
    assert whole[0, 8].tolist() == [0, 0, 0, full]
    lower = np.zeros((20, 32, 4), pixel_type)
    hatch(lower, np.ones((20, 32), np.bool_), 12, texture)
    assert np.array_equal(lower, whole[12:])


def test_the_hatch_leaves_all_other_texels_alone() -> None:
    samples = np.full((4, 4, 3), 7, np.uint8)
    uncovered = np.zeros((4, 4), np.bool_)
    uncovered[1, 2] = True
    hatch(samples, uncovered, 0, spec("color", "png", "uint8", alpha=False))
    assert (samples[~uncovered] == 7).all()
    assert samples[1, 2].tolist() == [255, 0, 255]


def test_a_quotient_is_rounded_as_the_exact_one() -> None:
    """Against 28-digit decimal division."""
    planes = np.array([1 / 3, 0.1, 0.2, 0.7], np.float32).reshape(4, 1, 1)
    exact = [Decimal(float(planes[c, 0, 0])) / Decimal(float(planes[3, 0, 0])) for c in range(3)]
    samples = to_samples(planes, spec("data", "png", "uint16", alpha=False), 0).samples
    assert samples[0, 0].tolist() == [int(value * 65535 + Decimal("0.5")) for value in exact]
