"""Golden cases of values, padding and file formats: name -> (the rule that it pins, the merge)."""

from __future__ import annotations

from itertools import product

import numpy as np

from tests.golden.paint import BLUE, EXR, GREEN, NORMAL, PNG, RED, Table, case, flat, noise, ramp, whole
from tests.reference_merge import Array


def values() -> Table:
    """Numbers that are not colours between 0 and 1."""
    wild = np.array(
        [
            [(65504, -65504, 2**-24, 1), (-0.0, 0.0, -(2**-24), 1), (1.5, -0.5, 100, 1)],
            [(1, -1, 0.5, 0.5), (65504, 1, 0, 2**-24), (2**-14, 2**-24, 0, 2**-10)],
        ],
        np.float16,
    )
    broken = flat(2, 3, GREEN)
    broken[0, 0, 0], broken[0, 1, 1], broken[0, 2, 2] = np.nan, np.inf, -np.inf
    broken[1, 0, 3], broken[1, 1, 3] = np.nan, np.inf
    above = flat(1, 3, RED)
    above[0, 1, 3] = 1 + 2**-10
    careless = flat(1, 5, RED)
    careless[0, :, 3] = (1 + 2**-10, -(2**-11), -(2**-10), 0, 2**-24)
    return {
        "wild-values-in-half": (
            "values above 1, below 0, denormals and -0 pass untouched into half OpenEXR",
            case(3, 2, [whole("a", 2, wild)], EXR),
        ),
        "wild-values-in-half-without-alpha": (
            "a straight colour too great for half becomes the greatest half, never infinity",
            case(3, 2, [whole("a", 2, wild)], EXR, alpha=False),
        ),
        "wild-values-in-8-bits": (
            "integer samples clamp to 0..1 after the division by alpha",
            case(3, 2, [whole("a", 2, wild)], PNG),
        ),
        "wild-values-in-float-tiff": (
            "float TIFF holds straight colour, not clamped",
            case(3, 2, [whole("a", 2, wild)], PNG | {"file_format": "tiff", "pixel_type": "float"}),
        ),
        "non-finite-allowed": (
            "where the plan allows NaN and infinity they become 0; a texel whose alpha is one is uncovered",
            case(3, 2, [whole("a", 2, broken)], EXR, allow_non_finite=True),
        ),
        "alpha-a-step-above-one": (
            "alpha one rounding step above 1 is clamped among opaque texels too",
            case(3, 1, [whole("a", 1, above)], EXR),
        ),
        "alpha-a-step-off": (
            "alpha one rounding step off 0..1 is clamped, colour without coverage is cleared",
            case(5, 1, [whole("a", 1, careless)], EXR),
        ),
    }


def padding() -> Table:
    """Which texel padding copies, how far, and where not."""
    compass = [
        whole("north", 5, flat(1, 1, RED), 2, 0),
        whole("west", 5, flat(1, 1, GREEN), 0, 2),
        whole("east", 5, flat(1, 1, BLUE), 4, 2),
        whole("south", 5, flat(1, 1, (1, 1, 1)), 2, 4),
    ]
    edge = whole("a", 4, np.concatenate([flat(1, 1, RED, 0.25), flat(1, 1, GREEN)], axis=1), 2, 1)
    apart = [whole("a", 3, flat(1, 1, RED), 2, 0), whole("b", 3, flat(1, 1, GREEN), 0, 2)]
    corner = [whole("a", 5, flat(1, 1, RED)), whole("b", 5, flat(1, 1, GREEN), 5, 4)]
    return {
        "padding-ties": (
            "of equally near texels the leftmost gives the colour, then the topmost",
            case(5, 5, compass, PNG, padding=2),
        ),
        "padding-is-a-disc": (
            "padding reaches N texels by Euclidean distance",
            case(11, 11, [whole("a", 11, flat(1, 1, BLUE), 5, 5)], PNG, padding=4),
        ),
        "padding-farther-than-the-map": (
            "padding may be wider than the map",
            case(5, 4, [whole("a", 4, flat(1, 1, BLUE), 4, 3)], PNG, padding=300),
        ),
        "padding-of-soft-edges": (
            "padding copies the straight colour of a partly covered texel and leaves alpha alone",
            case(6, 4, [edge], PNG, padding=2),
        ),
        "padding-in-premultiplied-exr": (
            "in OpenEXR covered texels are premultiplied, padding is straight colour with alpha 0",
            case(6, 4, [edge], EXR, padding=2),
        ),
        "padding-wraps": (
            "on a tiling texture padding goes on at the opposite edge",
            case(6, 5, corner, PNG, padding=2, wrap=True),
        ),
        "padding-wraps-more-than-once": (
            "a reach beyond the map's sides does not go round twice",
            case(3, 3, apart, PNG, padding=40, wrap=True),
        ),
        "fill-all": ("fill_all leaves no texel empty, however far", case(6, 5, corner, PNG, padding=1, fill_all=True)),
        "fill-all-wraps": ("fill_all counts across the border", case(6, 5, corner, PNG, fill_all=True, wrap=True)),
        "fill-all-wraps-around-an-object": (
            "at the border of a tiling texture the texel inside an object is the nearest to those across",
            case(9, 7, [whole("a", 7, shades(5, 5), 0, 0)], PNG, fill_all=True, wrap=True),
        ),
        "padding-wraps-around-an-object": (
            "on a tiling texture padding comes from both sides",
            case(9, 7, [whole("a", 7, shades(5, 5), 4, 2)], PNG, padding=3, wrap=True),
        ),
        "padding-of-normals": (
            "normals are copied as they are; what padding does not reach points straight up",
            case(7, 3, [whole("a", 3, flat(1, 1, (0.25, 0.75, 0.5)), 1, 1)], NORMAL, padding=2),
        ),
        "missing-rows": (
            "missing rows are hatched, keep what is covered, and padding stays out of them",
            case(20, 20, [whole("a", 20, flat(8, 8, GREEN), 4, 4)], PNG, padding=3, holes=[(9, 19)]),
        ),
        "missing-rows-without-alpha": (
            "hatching fills missing rows that nothing covers, in any sample type",
            case(9, 2, [], EXR, alpha=False, fill_all=True, holes=[(1, 2)]),
        ),
    }


def shades(height: int, width: int) -> Array:
    """Opaque texels, no two of one colour."""
    y, x = np.indices((height, width)) / 8
    return np.dstack([x, y, np.full((height, width), 0.5), np.ones((height, width))]).astype(np.float16)


def storing() -> Table:
    """Kinds, file formats, transfers, dither."""
    picture = noise(4, 6, 7)
    formats = [
        ("png", "uint8"),
        ("png", "uint16"),
        ("tiff", "uint8"),
        ("tiff", "uint16"),
        ("tiff", "float"),
        ("tga", "uint8"),
        ("exr", "half"),
        ("exr", "float"),
    ]
    table: Table = {
        f"{kind}-{file_format}-{pixel_type}": (
            f"a {kind} texture in {pixel_type} {file_format}: transfer, straight or premultiplied, background",
            case(
                6,
                4,
                [whole("a", 4, picture)],
                {"kind": kind, "file_format": file_format, "pixel_type": pixel_type, "alpha": True},
                padding=1,
            ),
        )
        for kind, (file_format, pixel_type) in product(("color", "data", "normal"), formats)
    }
    for transfer in ("linear", "srgb", "rec709", "gamma22"):
        table[f"transfer-{transfer}"] = (
            f"the transfer {transfer}, correctly rounded",
            case(33, 1, [whole("a", 1, ramp(1, 33))], PNG, alpha=False, transfer=transfer),
        )
    table["dither"] = (
        "8-bit dither follows the fixed pattern; alpha, background and hatching stay out of it",
        case(12, 10, [whole("a", 10, ramp(7, 12))], PNG, dither=True, padding=1, holes=[(9, 10)]),
    )
    table["dither-of-soft-edges"] = (
        "dither works on the 16-bit sample of the straight colour, and padding copies its result",
        case(6, 4, [whole("a", 4, picture)], PNG, dither=True, padding=2, transfer="linear"),
    )
    halves = [whole("a", 16, flat(16, 8, RED)), whole("b", 16, flat(16, 8, GREEN), 8)]
    table["rgb-jpeg"] = (
        "JPEG holds the colour, nearly",
        case(16, 16, halves, PNG, file_format="jpeg", alpha=False),
    )
    return table
