"""What the four roles look like, in the numbers that a pixel type stores.

Colour placeholders are display-referred sRGB in integer files and scene-linear in float files. Normals and data are
numbers, not colours: no transfer curve touches them in either.
"""

from __future__ import annotations

Colours = tuple[tuple[float, ...], ...]
"""Per role, in the order of `picture.Role`: R, G, B, perhaps A; int for uint8 and uint16, else float."""

_Rgb = tuple[int, int, int]

# Ground, stripe, band, text; 8-bit codes.
_CODES: dict[str, tuple[_Rgb, _Rgb, _Rgb, _Rgb]] = {
    "color": ((58, 58, 62), (226, 122, 34), (34, 34, 37), (245, 240, 232)),
    "data": ((112, 112, 112), (136, 136, 136), (80, 80, 80), (208, 208, 208)),
    # X and Y stay neutral everywhere and Z above 128: a shader that normalises sees a flat surface.
    "normal": ((128, 128, 255), (128, 128, 232), (128, 128, 255), (128, 128, 144)),
}


def colours(kind: str, pixel_type: str, *, alpha: bool) -> Colours:
    """Return the four roles' channel values for a kind of texture; alpha, if any, is fully opaque."""
    opaque = {"uint8": 255, "uint16": 65535}.get(pixel_type, 1.0)
    extra: tuple[float, ...] = (opaque,) if alpha else ()
    return tuple((*(_value(code, kind, pixel_type) for code in rgb), *extra) for rgb in _CODES[kind])


def _value(code: int, kind: str, pixel_type: str) -> float:
    if pixel_type == "uint8":
        return code
    if pixel_type == "uint16":
        return code * 257
    if kind == "color":
        return _linear(code / 255)
    if kind == "normal":
        return 0.5 + (code - 128) / 254  # 128 is an 8-bit normal map's zero, and 0.5 a float one's
    return code / 255


def _linear(encoded: float) -> float:
    """sRGB decoding, IEC 61966-2-1."""
    return encoded / 12.92 if encoded <= 0.04045 else ((encoded + 0.055) / 1.055) ** 2.4
