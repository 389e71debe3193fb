"""Bake elements: their kinds, the ones known by name, and which file formats carry what.

An element that is not in the catalogue is allowed: the submitter then says its kind. The catalogue is where a new
element is added (CONTRIBUTING, "add an element").
"""

from __future__ import annotations

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
}
PIXEL_TYPES = ("uint8", "uint16", "half", "float")


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


def extension(file_format: str) -> str:
    """File extension with its dot."""
    return FILE_FORMATS[file_format][0]
