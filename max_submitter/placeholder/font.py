"""A 5x7 bitmap font and the two sizes of the word BAKING. Knows nothing about images.

A bitmap is a tuple of equally long strings, one per line from top to bottom; `#` is ink.
"""

from __future__ import annotations

import unicodedata

Bitmap = tuple[str, ...]

GLYPH_WIDTH = 5
GLYPH_HEIGHT = 7

_SHEETS = {
    "ABCDEFGHIJKLM": """
.###. ####. .###. ####. ##### ##### .###. #...# .###. ..### #...# #.... #...#
#...# #...# #...# #...# #.... #.... #...# #...# ..#.. ...#. #..#. #.... ##.##
#...# #...# #.... #...# #.... #.... #.... #...# ..#.. ...#. #.#.. #.... #.#.#
##### ####. #.... #...# ####. ####. #.### ##### ..#.. ...#. ##... #.... #.#.#
#...# #...# #.... #...# #.... #.... #...# #...# ..#.. ...#. #.#.. #.... #...#
#...# #...# #...# #...# #.... #.... #...# #...# ..#.. #..#. #..#. #.... #...#
#...# ####. .###. ####. ##### #.... .#### #...# .###. .##.. #...# ##### #...#
""",
    "NOPQRSTUVWXYZ": """
#...# .###. ####. .###. ####. .#### ##### #...# #...# #...# #...# #...# #####
#...# #...# #...# #...# #...# #.... ..#.. #...# #...# #...# #...# #...# ....#
##..# #...# #...# #...# #...# #.... ..#.. #...# #...# #...# .#.#. .#.#. ...#.
#.#.# #...# ####. #...# ####. .###. ..#.. #...# #...# #.#.# ..#.. ..#.. ..#..
#..## #...# #.... #.#.# #.#.. ....# ..#.. #...# #...# #.#.# .#.#. ..#.. .#...
#...# #...# #.... #..#. #..#. ....# ..#.. #...# .#.#. ##.## #...# ..#.. #....
#...# .###. #.... .##.# #...# ####. ..#.. .###. ..#.. #...# #...# ..#.. #####
""",
    "0123456789-_.": """
.###. ..#.. .###. ##### ...#. ##### ..##. ##### .###. .###. ..... ..... .....
#...# .##.. #...# ...#. ..##. #.... .#... ....# #...# #...# ..... ..... .....
#..## ..#.. ....# ..#.. .#.#. ####. #.... ...#. #...# #...# ..... ..... .....
#.#.# ..#.. ...#. ...#. #..#. ....# ####. ..#.. .###. .#### ##### ..... .....
##..# ..#.. ..#.. ....# ##### ....# #...# .#... #...# ....# ..... ..... .....
#...# ..#.. .#... #...# ...#. #...# #...# .#... #...# ...#. ..... ..... .##..
.###. .###. ##### .###. ...#. .###. .###. .#... .###. .##.. ..... ##### .##..
""",
}


def _read_sheet(characters: str, sheet: str) -> dict[str, Bitmap]:
    lines = [line.split(" ") for line in sheet.strip().splitlines()]
    return {character: tuple(line[at] for line in lines) for at, character in enumerate(characters)}


_GLYPHS: dict[str, Bitmap] = {" ": ("." * GLYPH_WIDTH,) * GLYPH_HEIGHT}
for _characters, _sheet in _SHEETS.items():
    _GLYPHS.update(_read_sheet(_characters, _sheet))


def text_bitmap(text: str) -> Bitmap:
    """Set one line of text that has been through `readable`; glyphs stand one column apart."""
    return tuple(".".join(_GLYPHS[character][line] for character in text) for line in range(GLYPH_HEIGHT))


def characters_in(columns: int) -> int:
    """Return how many characters fit."""
    return (columns + 1) // (GLYPH_WIDTH + 1)


def readable(name: str) -> str:
    """Turn any name into characters the font has: capitals, no accents, `_` for what has no counterpart."""
    parts = unicodedata.normalize("NFKD", name.upper())
    bare = "".join(part for part in parts if not unicodedata.combining(part))
    return "".join(character if character in _GLYPHS else "_" for character in bare).strip()


BAKING = text_bitmap("BAKING")

# For images with too few columns for the font, JPEG in particular, whose column is eight texels wide.
BAKING_COMPACT: Bitmap = (
    "##...#..#.#.#.#..#..##",
    "#.#.#.#.#.#.#.##.#.#..",
    "##..###.##..#.#.##.#.#",
    "#.#.#.#.#.#.#.#..#.#.#",
    "##..#.#.#.#.#.#..#..##",
)
