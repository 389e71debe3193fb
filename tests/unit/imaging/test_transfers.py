"""Every transfer rounds exactly, from tables that are the same on every machine; wrong combinations are refused."""

from __future__ import annotations

import hashlib
from decimal import Decimal, localcontext
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flatiron_tasks.contracts.errors import BadInputError
from flatiron_tasks.imaging.colour import encode_curve
from flatiron_tasks.imaging.texture import OcioTransform, TextureSpec
from flatiron_tasks.imaging.transfer import CURVES, thresholds

TOP = {"uint8": 255, "uint16": 65535}
OCIO = OcioTransform(config="ocio://default", from_space="ACEScg", to_space="sRGB - Display")


def encoded(linear: Decimal, curve: str) -> Decimal:
    """The curves as their standards write them, for values from 0 to 1."""
    with localcontext(prec=50):
        if curve == "linear":
            return linear
        if curve == "gamma22":
            return linear ** (1 / Decimal("2.2"))
        if curve == "rec709":
            low = linear < Decimal("0.018")
            return linear * Decimal("4.5") if low else Decimal("1.099") * linear ** Decimal("0.45") - Decimal("0.099")
        low = linear <= Decimal("0.0031308")
        return (
            linear * Decimal("12.92") if low else Decimal("1.055") * linear ** (1 / Decimal("2.4")) - Decimal("0.055")
        )


def sample(value: float, sample_type: str, curve: str) -> int:
    with localcontext(prec=50):
        return int(encoded(Decimal(min(max(value, 0.0), 1.0)), curve) * TOP[sample_type] + Decimal("0.5"))


@given(
    st.one_of(st.floats(0, 1, width=32), st.floats(-2, 2, width=32), st.floats(0, 0.03125, width=32)),
    st.sampled_from(sorted(TOP)),
    st.sampled_from(CURVES),
)
def test_a_float_becomes_the_correctly_rounded_sample_of_its_curve(value: float, sample_type: str, curve: str) -> None:
    single = encode_curve(np.array([value], np.float32), sample_type, curve)
    assert single.dtype == sample_type
    assert single.tolist() == [sample(value, sample_type, curve)]


@given(st.floats(-2, 2, width=16), st.sampled_from(sorted(TOP)), st.sampled_from(CURVES))
def test_a_half_becomes_the_correctly_rounded_sample_of_its_curve(value: float, sample_type: str, curve: str) -> None:
    assert encode_curve(np.array([value], np.float16), sample_type, curve).tolist() == [
        sample(value, sample_type, curve)
    ]


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("sample_type", sorted(TOP))
def test_samples_change_exactly_at_the_thresholds(sample_type: str, curve: str) -> None:
    limits = thresholds(sample_type, curve)
    others = np.array([0, 1e-45, 1, 2, np.inf, -0.0], np.float32)
    values = np.concatenate([limits, np.nextafter(limits, np.float32(0)), others])
    expected = np.searchsorted(limits, values, side="right")
    assert np.array_equal(encode_curve(values, sample_type, curve), expected)


@pytest.mark.parametrize(
    ("curve", "sample_type", "digest"),
    [
        ("srgb", "uint8", "0b408a80ff623c35aef23dc30ed2669cc9893ecc3227e21394a963f4e5bb51de"),
        ("srgb", "uint16", "935ac11befa1be53040758fa9351cb5d37fc222c3d7881a129e7cbc6618e5bc6"),
        ("linear", "uint8", "302d33725808ae6945a90699d9cf9fa6d18761060e93f7844b7f12cb7e535453"),
        ("linear", "uint16", "33bf63c9540987637c2e43b2777d0335c8e29dd878e124eac7946a146e46f5cf"),
        ("rec709", "uint8", "41e7a8483d5cb378b5aee9a4b3fee85df01f18f533ac76a7754804c13eb16abe"),
        ("rec709", "uint16", "509a898224678842635d94f52ab105a2d156aad9deba9b25899b8753d002c51f"),
        ("gamma22", "uint8", "a1faccface5f0ff9ead47f7ffb9aa107888cbb16ffdabad70a307abcb31a98c3"),
        ("gamma22", "uint16", "aee7747502cfb89df912481f1f1fd80bd8791a9fcccd6cdea72b6e8f4bd922f6"),
    ],
)
def test_the_tables_are_the_same_on_every_machine(curve: str, sample_type: str, digest: str) -> None:
    """The digests were made with 50-digit decimal arithmetic."""
    assert hashlib.sha256(thresholds(sample_type, curve).astype("<f4").tobytes()).hexdigest() == digest


def spec(**changes: Any) -> TextureSpec:
    values = {"width": 4, "height": 4, "kind": "color", "file_format": "png", "pixel_type": "uint8", "alpha": True}
    return TextureSpec(**{**values, **changes})


@pytest.mark.parametrize(
    ("changes", "curve"),
    [
        ({}, "srgb"),
        ({"pixel_type": "uint16"}, "srgb"),
        ({"kind": "data"}, "linear"),
        ({"kind": "normal"}, "linear"),
        ({"file_format": "exr", "pixel_type": "half"}, "linear"),
        ({"transfer": "linear"}, "linear"),
        ({"transfer": "gamma22"}, "gamma22"),
        ({"kind": "data", "transfer": "rec709"}, "rec709"),
        ({"transfer": "ocio", "ocio": OCIO}, "linear"),
    ],
)
def test_the_transfer_follows_the_kind_unless_it_is_given(changes: dict[str, Any], curve: str) -> None:
    texture = spec(**changes)
    assert texture.curve == curve
    assert texture.srgb == (curve == "srgb")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"transfer": "log"}, "unknown"),
        ({"transfer": "ocio"}, "missing"),
        ({"ocio": OCIO}, "given"),
        ({"kind": "normal", "transfer": "srgb"}, "directions"),
        ({"kind": "normal", "transfer": "ocio", "ocio": OCIO}, "directions"),
        ({"file_format": "exr", "pixel_type": "half", "transfer": "srgb"}, "stay linear"),
        ({"pixel_type": "uint16", "dither": True}, "cannot be dithered"),
    ],
)
def test_a_transfer_or_dither_that_would_spoil_the_numbers_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(BadInputError, match=words):
        spec(**changes)
