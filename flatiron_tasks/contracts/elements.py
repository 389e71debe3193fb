"""Bake elements: their kinds, the ones known by name, which file formats carry what, and which transfers fit.

An element that is not in the catalogue is allowed: the submitter then says its kind. The catalogue is where a new
element is added (CONTRIBUTING, "add an element").
"""

from __future__ import annotations

from collections.abc import Iterable

from flatiron_tasks.contracts.errors import BadInputError

KINDS = ("color", "data", "normal")
PIECE_TYPES = ("half", "float")

KIND_OF_ELEMENT = {
    "CompleteMap": "color",
    "LightingMap": "color",
    "DiffuseMap": "color",
    "SpecularMap": "color",
    "BlendMap": "color",
    "ShadowsMap": "data",
    "AmbientOcclusion": "data",
    "AlphaMap": "data",
    "HeightMap": "data",
    "NormalsMap": "normal",
    "Corona_Beauty": "color",
    "Corona_AO": "data",
    "VRayCompleteMap": "color",
    "VRayRawDiffuseFilterMap": "color",
    "VRayNormalsMap": "normal",
}

# file format -> (extension, pixel types, whether it can hold alpha)
FILE_FORMATS = {
    "png": (".png", ("uint8", "uint16"), True),
    "tiff": (".tif", ("uint8", "uint16", "float"), True),
    "tga": (".tga", ("uint8",), True),
    "jpeg": (".jpg", ("uint8",), False),
    "exr": (".exr", ("half", "float"), True),
    "tx": (".tx", ("uint8", "uint16", "half", "float"), True),  # tiled, mip-mapped: TIFF for integers, else OpenEXR
}
PIXEL_TYPES = ("uint8", "uint16", "half", "float")
INTEGER_TYPES = ("uint8", "uint16")

MAX_SIDE = 65536
"""Texels of the longest side that a map may have."""

_LONGEST_SIDE = {"tga": 65535, "jpeg": 65500}
"""Texels, where the format holds less: TGA stores sides in 16 bits; libjpeg's JPEG_MAX_DIMENSION is 65500."""

TRANSFERS = ("auto", "linear", "srgb", "rec709", "gamma22", "ocio")
CURVES = ("srgb", "rec709", "gamma22")
"""Transfers that would spoil the numbers of half and float samples."""


def check_format(file_format: str, pixel_type: str, *, alpha: bool) -> None:
    """Refuse a combination that the file format cannot hold. Raises BadInputError."""
    if file_format not in FILE_FORMATS:
        known = ", ".join(FILE_FORMATS)
        raise BadInputError(f"File format {file_format!r} is unknown.", advice=f"Choose one of {known}.")
    _, pixel_types, holds_alpha = FILE_FORMATS[file_format]
    if pixel_type not in pixel_types:
        raise BadInputError(
            f"{file_format.upper()} files cannot hold {pixel_type} pixels.",
            advice=f"Choose {' or '.join(pixel_types)}, or another file format.",
        )
    if alpha and not holds_alpha:
        raise BadInputError(
            f"{file_format.upper()} files cannot hold alpha.", advice="Switch alpha off or choose another file format."
        )


def check_sides(file_format: str, width: int, height: int) -> None:
    """Refuse a map (texels) that is larger than a file of this known format can be. Raises BadInputError."""
    longest = _LONGEST_SIDE.get(file_format, MAX_SIDE)
    if max(width, height) > longest:
        raise BadInputError(
            f"{file_format.upper()} files cannot hold {width}x{height} texels",
            why=f"their longest side is {longest} texels",
            advice="Choose a smaller map or another file format",
        )


def check_transfer(kind: str, pixel_type: str, transfer: str) -> None:
    """Refuse a transfer that would spoil what the texture holds. Raises BadInputError."""
    if transfer not in TRANSFERS:
        raise BadInputError(f"The transfer {transfer!r} is unknown", advice=f"Use one of {', '.join(TRANSFERS)}")
    if kind == "normal" and transfer not in ("auto", "linear"):
        raise BadInputError(
            f"A normal map cannot have the transfer {transfer!r}",
            why="its samples are directions, not colours",
            advice="Use 'auto' or 'linear'",
        )
    if transfer in CURVES and pixel_type not in INTEGER_TYPES:
        raise BadInputError(
            f"{pixel_type.capitalize()} samples cannot have the transfer {transfer!r}",
            why="half and float textures stay linear",
            advice="Use 'auto' or 'linear', or integer samples",
        )


def check_dither(pixel_type: str, *, dither: bool) -> None:
    """Refuse to dither samples that have no steps to hide. Raises BadInputError."""
    if dither and pixel_type != "uint8":
        raise BadInputError(
            f"{pixel_type.capitalize()} samples cannot be dithered",
            why="dither hides the steps of 8-bit samples",
            advice="Switch dither off or use uint8",
        )


def piece_type_for(pixel_types: Iterable[str]) -> str:
    """Pixel type that the pieces of such textures need.

    Half holds 11 bits: enough for 8-bit textures and half ones, too little for 16 bits and float.
    """
    return "float" if {"uint16", "float"}.intersection(pixel_types) else "half"


def extension(file_format: str) -> str:
    """File extension with its dot."""
    return FILE_FORMATS[file_format][0]
