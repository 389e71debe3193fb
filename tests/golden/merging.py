"""Golden cases of joining pieces and of combining objects: name -> (the rule that it pins, the merge)."""

from __future__ import annotations

import numpy as np

from tests.golden.paint import BLUE, EXR, GREEN, NORMAL, PNG, RED, Table, case, flat, noise, strips, whole
from tests.merge_cases import Pass, Written
from tests.reference_merge import Array


def joining() -> Table:
    """Windows, strips and forms of piece files."""
    picture = noise(13, 9, 1)
    tall = noise(70, 3, 2)
    tall[:17] = tall[66:] = 0
    return {
        "strips-shuffled": (
            "strips are joined by their rows, in whatever order they come",
            case(9, 13, [strips("a", picture, [1, 5, 12], [2, 0, 3, 1])], EXR),
        ),
        "strips-cropped": (
            "a piece may be cropped within its strip; what it leaves out is uncovered",
            case(9, 13, [cropped_strips(picture)], EXR),
        ),
        "windows-touching": (
            "objects that touch share no texel",
            case(8, 6, [whole("a", 6, flat(6, 5, RED)), whole("b", 6, flat(6, 3, GREEN), x=5)], PNG),
        ),
        "windows-nested": (
            "an object inside the window of another fills what that one leaves free",
            case(7, 7, [whole("a", 7, ring(7)), whole("b", 7, flat(3, 3, GREEN), 2, 2)], PNG),
        ),
        "window-of-one-texel": (
            "one texel is an object too",
            case(5, 4, [whole("a", 4, flat(1, 1, BLUE), 3, 2)], PNG, padding=1),
        ),
        "object-of-nothing": (
            "an object that covers nothing changes nothing",
            case(5, 4, [whole("a", 4, flat(2, 2, RED), 1, 1), whole("b", 4, flat(4, 5, GREEN, 0))], PNG, padding=1),
        ),
        "no-object": ("without objects there is only background", case(3, 2, [], PNG, fill_all=True)),
        "corners-of-the-map": (
            "texels at all four borders are kept, and padding ends there",
            case(
                6,
                5,
                [
                    whole("a", 5, flat(1, 1, RED)),
                    whole("b", 5, flat(1, 1, GREEN), 5, 0),
                    whole("c", 5, flat(1, 1, BLUE), 0, 4),
                    whole("d", 5, flat(1, 1, RED), 5, 4),
                ],
                PNG,
                padding=1,
            ),
        ),
        "rows-beyond-a-block": (
            "blocks of 16 and bands of 64 rows leave no trace",
            case(3, 70, [whole("a", 70, tall)], EXR, padding=2),
        ),
        "channel-order": (
            "channels are taken by their names, whatever their order in the file",
            case(9, 13, [strips("a", picture, [6], [0, 1], channels="BARG")], EXR),
        ),
        "float-pieces": (
            "float pieces stay float",
            case(
                4,
                3,
                [whole("a", 3, noise(3, 4, 3, np.float32) / np.float32(3))],
                EXR | {"pixel_type": "float"},
            ),
        ),
        "half-and-float": (
            "with one float object everything is combined as float",
            case(
                4,
                2,
                [whole("a", 2, noise(2, 4, 4)), whole("b", 2, flat(2, 4, (0.1, 0.2, 0.3), 0.7, np.float32))],
                EXR | {"pixel_type": "float"},
            ),
        ),
        **{
            f"piece-{compression}": (
                f"pieces with {compression} compression are read exactly",
                case(9, 13, [strips("a", picture, [5], [0, 1], compression=compression)], EXR),
            )
            for compression in ("none", "rle", "zips", "zip", "piz", "pxr24")
        },
        "piece-tiled": (
            "tiled pieces are read exactly",
            case(40, 20, [whole("a", 20, noise(20, 40, 5), tile=16)], PNG, alpha=False),
        ),
    }


def cropped_strips(picture: Array) -> Pass:
    """Three strips of a 9x13 map, each cropped in another way."""
    windows = [((0, 4), 2, 1, 7, 3), ((4, 5), 0, 4, 9, 5), ((5, 13), 3, 6, 4, 12)]
    return Pass("a", [Written(picture[y:end, x:right], x, y, rows) for rows, x, y, right, end in windows])


def ring(side: int) -> Array:
    """A frame of two texels around a hole."""
    pixels = flat(side, side, RED)
    pixels[2:-2, 2:-2] = 0
    return pixels


def sharing() -> Table:
    """Texels that several objects cover."""
    quarter, rest = flat(1, 2, RED, 0.25), flat(1, 2, GREEN, 0.75)
    soft = [flat(2, 3, colour, 0.5) for colour in (RED, GREEN, BLUE)]
    return {
        "two-soft-edges": (
            "two objects share a texel by their coverage",
            case(2, 1, [whole("a", 1, quarter), whole("b", 1, rest)], EXR),
        ),
        "two-soft-edges-in-8-bits": (
            "shared texels are combined in linear light and encoded once",
            case(2, 1, [whole("a", 1, quarter), whole("b", 1, rest)], PNG),
        ),
        "three-soft-edges": (
            "a later object gets only the coverage that is free: the third gets none, which is an overlap",
            case(3, 2, [whole(name, 2, one) for name, one in zip("abc", soft, strict=True)], EXR),
        ),
        "plan-order-decides": (
            "where coverage is short the plan's order decides, not the colours",
            case(3, 2, [whole(name, 2, one) for name, one in zip("cba", reversed(soft), strict=True)], EXR),
        ),
        "real-overlap": (
            "where objects really overlap the first wins, and pair, texels and box are reported",
            case(8, 6, [whole("a", 6, flat(4, 5, RED), 1, 1), whole("b", 6, flat(3, 5, GREEN), 3, 3)], PNG),
        ),
        "overlap-of-three": (
            "an overlap names the first object that covered each texel",
            case(
                6,
                2,
                [
                    whole("a", 2, flat(2, 3, RED)),
                    whole("b", 2, flat(2, 3, GREEN), 2),
                    whole("c", 2, flat(2, 3, BLUE), 1),
                ],
                PNG,
            ),
        ),
        "overlap-at-the-tolerance": (
            "a cut of 1/16 is sampling noise, one half step more is an overlap",
            case(
                2,
                1,
                [whole("a", 1, flat(1, 2, RED, 0.5)), whole("b", 1, beside(GREEN, 0.5625, 0.56298828125))],
                EXR,
            ),
        ),
        "sum-not-above-one": (
            "coverage never sums up to more than 1",
            case(
                1,
                1,
                [whole("a", 1, flat(1, 1, RED, 0.333251953125)), whole("b", 1, flat(1, 1, GREEN, 0.99951171875))],
                EXR,
            ),
        ),
        "normals-are-not-blended": (
            "of two normals the one with more coverage is taken, the earlier if equal",
            case(
                3,
                1,
                [
                    whole("a", 1, flat(1, 3, (0.25, 0.5, 1), 0.25)),
                    whole("b", 1, beside((0.75, 0.5, 1), 0.5, 0.25, 0.125)),
                ],
                NORMAL,
            ),
        ),
        "masks-keep-padding-out": (
            "with UV masks a renderer's own padding never covers another object's texels",
            case(8, 4, list(padded_by_renderer()), PNG),
        ),
    }


def beside(colour: tuple[float, float, float], *alphas: float) -> Array:
    """Texels of one colour and these coverages in a row."""
    return np.concatenate([flat(1, 1, colour, alpha) for alpha in alphas], axis=1)


def padded_by_renderer() -> tuple[Pass, Pass]:
    """Two objects of 3 columns with two free columns between; each renderer padded 2 texels, with alpha 1."""
    own = np.zeros((4, 8), np.bool_)
    own[:, :3] = True
    first = whole("a", 4, flat(4, 5, RED), mine=own)
    second = whole("b", 4, flat(4, 6, GREEN), x=2, mine=own[:, ::-1])
    return second, first
