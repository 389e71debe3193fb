"""Merges that must not be: name -> (the rule, the merge, the error, words of its reason)."""

from __future__ import annotations

import numpy as np

from flatiron_tasks.contracts.errors import BadInputError, FlatironError, RejectedPieceError
from tests.golden.paint import EXR, GREEN, PNG, RED, Colour, case, flat, whole
from tests.merge_cases import Case, Pass, Written
from tests.reference_merge import Array

Refusals = dict[str, tuple[str, Case, type[FlatironError], str]]


def with_value(value: float, channel: int, colour: Colour = RED) -> Array:
    """A picture of one colour in which one texel has another value."""
    pixels = flat(6, 6, colour)
    pixels[4, 3, channel] = value
    return pixels


def alone(pixels: Array, *, channels: str = "RGBA", mine: Array | None = None) -> Case:
    """A map of 6x6 texels with one object of one piece."""
    return case(6, 6, [whole("a", 6, pixels, channels=channels, mine=mine)], EXR)


def beside_its_mask() -> Case:
    """The only texels that the object owns are the only ones that it does not cover."""
    pixels = flat(6, 6, RED)
    pixels[1:4, 2:5] = 0
    mine = np.zeros((6, 6), np.bool_)
    mine[1:4, 2:5] = True
    return alone(pixels, mine=mine)


def two_strips(first: tuple[int, int], second: tuple[int, int]) -> Case:
    pieces = [Written(flat(end - begin, 6, GREEN), 0, begin, (begin, end)) for begin, end in (first, second)]
    return case(6, 6, [Pass("a", pieces)], PNG)


def wide_as_half() -> Case:
    return case(6, 6, [Pass("a", [Written(flat(6, 6, RED, dtype=np.float32), 0, 0, (0, 6))], "half")], PNG)


def good_then_bad() -> Case:
    """The second of two objects is bad: the texture must not appear with the first alone."""
    return case(6, 6, [whole("a", 6, flat(6, 6, GREEN)), whole("b", 6, with_value(np.nan, 0))], PNG)


REFUSALS: Refusals = {
    **{
        f"{name}-in-{'RGBA'[channel]}": (
            "NaN and infinity are refused unless the plan allows them",
            alone(with_value(value, channel)),
            RejectedPieceError,
            "1 texels hold NaN or infinity",
        )
        for name, value in (("nan", np.nan), ("infinity", np.inf), ("negative-infinity", -np.inf))
        for channel in (0, 3)
    },
    "alpha-above-one": (
        "alpha more than a rounding step above 1 is no coverage",
        alone(with_value(1 + 2**-9, 3)),
        RejectedPieceError,
        "its alpha runs from",
    ),
    "alpha-below-zero": (
        "alpha more than a rounding step below 0 is no coverage",
        alone(with_value(-(2**-9), 3)),
        RejectedPieceError,
        "its alpha runs from",
    ),
    "no-alpha": ("a piece without alpha is refused", alone(flat(6, 6, RED), channels="RGB"), RejectedPieceError, "A"),
    "blank-under-its-mask": (
        "a piece that is blank although its UV mask says it is covered is refused",
        alone(flat(6, 6, RED, 0), mine=np.ones((6, 6), np.bool_)),
        RejectedPieceError,
        "blank although its mask says it is covered",
    ),
    "nothing-where-its-mask-is": (
        "coverage outside the UV mask does not count",
        beside_its_mask(),
        RejectedPieceError,
        "blank",
    ),
    "mask-of-another-map": (
        "a UV mask of another map is refused",
        alone(flat(6, 6, RED), mine=np.ones((6, 7), np.bool_)),
        BadInputError,
        "UV mask",
    ),
    "strips-overlap": ("strips that overlap are refused", two_strips((0, 4), (3, 6)), BadInputError, "overlaps"),
    "strip-twice": ("a strip that comes twice is refused", two_strips((0, 6), (0, 6)), BadInputError, "overlaps"),
    "other-type": ("samples of another type than planned are refused", wide_as_half(), RejectedPieceError, "float"),
    "one-bad-object": (
        "one bad piece and there is no texture",
        good_then_bad(),
        RejectedPieceError,
        "NaN or infinity",
    ),
}
