"""On random jobs the merge gives what a slow, obviously right one gives, to the last bit, however it is run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flatiron_tasks.contracts.errors import RejectedPieceError
from tests.merge_cases import WAYS, Case, Pass, Written, assert_same_texture, expected, merged
from tests.reference_merge import TOP, TRANSFERS, Array, Refused

FORMATS = (
    ("png", "uint8", True),
    ("png", "uint8", False),
    ("png", "uint16", True),
    ("png", "uint16", False),
    ("tiff", "uint8", True),
    ("tiff", "uint16", False),
    ("tiff", "float", True),
    ("tga", "uint8", True),
    ("exr", "half", True),
    ("exr", "half", False),
    ("exr", "float", True),
    ("tx", "uint8", True),
    ("tx", "half", True),
)
WILD = (65504.0, -4.0, 100.0, 2.0**-24, -(2.0**-24), 2.0**-14, 0.0, -0.0, 1.0, 0.2177734375)
WILDER = (*WILD, 3e38, -3e38, 2.0**-149, 1e-40)  # what only float holds
CARELESS: tuple[tuple[float, ...], ...] = ((1 + 2.0**-10,), (0, -(2.0**-11)), (0, -(2.0**-11), 1 + 2.0**-10))
EDGES = (0.0, 2.0**-24, 0.25, 0.333251953125, 0.5, 0.99951171875, 1.0)


def straight(style: str, shape: tuple[int, int], random: np.random.Generator, wild: Any) -> tuple[Array, Array]:
    """Colour (h, w, 3), not multiplied, and coverage (h, w) of an object."""
    colour, alpha = random.random((*shape, 3)), np.ones(shape)
    if style == "soft":
        alpha = random.random(shape) * (random.random(shape) < 0.8)
    elif style == "sparse":
        alpha = (random.random(shape) < 0.2).astype(float)
    elif style == "wild":
        colour, alpha = random.choice(wild, (*shape, 3)), random.choice(EDGES, shape)
    elif style == "blank":
        alpha = np.zeros(shape)
    return colour, alpha


def painted(style: str, shape: tuple[int, int], seed: int, dtype: type[np.floating[Any]]) -> Array:
    """Premultiplied pixels (h, w, 4) of an object, some with what a renderer leaves that is not quite right."""
    random = np.random.default_rng(seed)
    colour, alpha = straight(style, shape, random, WILD if dtype is np.float16 else WILDER)
    limit = float(np.finfo(dtype).max)
    pixels = np.dstack([np.clip(colour * alpha[..., np.newaxis], -limit, limit), alpha]).astype(dtype)
    somewhere = random.random(shape) < 0.1
    if style == "careless":  # colour without coverage, coverage a rounding step off 0..1
        pixels[somewhere, 3] = random.choice(CARELESS[seed % len(CARELESS)], int(somewhere.sum()))
    elif style == "broken":
        pixels[somewhere, random.integers(4)] = random.choice((np.nan, np.inf, -np.inf))
    elif style == "off":
        pixels[somewhere, 3] = random.choice((1 + 2.0**-9, -(2.0**-9)))
    return pixels


STYLES = ("solid", "soft", "sparse", "wild", "blank", "careless", "broken", "off")


@st.composite
def spans(draw: st.DrawFn, side: int) -> tuple[int, int]:
    begin = draw(st.integers(0, side - 1))
    return begin, draw(st.integers(begin + 1, side))


@st.composite
def passes(draw: st.DrawFn, label: str, width: int, height: int) -> Pass:
    """One object: its window on the map, painted, and cut into the strips of a grid."""
    left, right = draw(spans(width))
    top, bottom = draw(spans(height))
    pixel_type = draw(st.sampled_from(("half", "half", "float")))
    dtype = np.float16 if pixel_type == "half" else np.float32
    seed = draw(st.integers(0, 2**16))
    whole = np.zeros((height, width, 4), dtype)
    style = draw(st.sampled_from(STYLES[:6] * 3 + STYLES))
    whole[top:bottom, left:right] = painted(style, (bottom - top, right - left), seed, dtype)
    mine = None
    if draw(st.integers(0, 3)) == 0:
        mine = np.random.default_rng(seed + 1).random((height, width)) < draw(st.sampled_from((0.0, 0.5, 0.9)))
        if draw(st.integers(0, 3)):
            mine[:top] = mine[bottom:] = mine[:, :left] = mine[:, right:] = False
    full_frame = draw(st.booleans())
    form: dict[str, Any] = {
        "channels": draw(st.sampled_from(("RGBA", "ABGR", "BGRA"))),
        "compression": draw(st.sampled_from(("none", "rle", "zip", "zips", "piz"))),
        "tile": draw(st.sampled_from((0, 0, 0, 16))),
        "mine": mine,
    }
    cuts = sorted(draw(st.sets(st.integers(1, height - 1), max_size=4))) if height > 1 else []
    pieces = []
    for begin, end in zip([0, *cuts], [*cuts, height], strict=True):
        first, last = max(begin, top), min(end, bottom)
        if full_frame or first >= last:
            pieces.append(Written(whole[begin:end], 0, begin, (begin, end), **form))
        else:
            pieces.append(Written(whole[first:last, left:right], left, first, (begin, end), **form))
    return Pass(label, draw(st.permutations(pieces)), pixel_type)


@st.composite
def textures(draw: st.DrawFn) -> dict[str, Any]:
    file_format, pixel_type, alpha = draw(st.sampled_from(FORMATS))
    kind = draw(st.sampled_from(("color", "data", "normal")))
    curved = kind != "normal" and pixel_type in TOP
    return {
        "kind": kind,
        "file_format": file_format,
        "pixel_type": pixel_type,
        "alpha": alpha,
        "padding": draw(st.sampled_from((0, 1, 2, 3, 5, 8, 16, 33, 100))),
        "fill_all": draw(st.sampled_from((False, False, True))),
        "wrap": draw(st.booleans()),
        "transfer": draw(st.sampled_from(("auto", "auto", *TRANSFERS))) if curved else "auto",
        "dither": pixel_type == "uint8" and draw(st.booleans()),
    }


sizes = st.one_of(
    st.tuples(st.integers(1, 40), st.integers(1, 20)),
    st.tuples(st.integers(1, 30), st.sampled_from((33, 63, 64, 65, 70))),
    st.tuples(st.sampled_from((63, 64, 65, 130, 200)), st.integers(1, 8)),
)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    width, height = draw(sizes)
    count = draw(st.integers(0, 4))
    return Case(
        width,
        height,
        [draw(passes(name, width, height)) for name in "abcd"[:count]],
        draw(textures()),
        holes=[draw(spans(height))] if draw(st.integers(0, 4)) == 0 else [],
        allow_non_finite=draw(st.booleans()),
    )


@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(case=cases())
def test_a_merge_equals_the_reference_and_its_bytes_depend_on_nothing_else(
    case: Case, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("case")
    try:
        wanted = expected(case)
    except Refused:
        with pytest.raises(RejectedPieceError):
            merged(case, folder)
        assert not (folder / "texture.out").exists()
        return
    results = merged(case, folder, WAYS)
    assert_same_texture(results[0], wanted, [one.label for one in case.passes], "the merge differs from the reference")
    assert len({(result.report, result.layers) for result in results}) == 1, "the bytes depend on threads or bands"
