"""What a finished texture is: size, kind, file format, sample type, transfer, padding.

Plain data; imports neither numpy nor OpenImageIO. Which file format holds which sample type, alpha and size, and
which transfer fits them, is said in `contracts.elements`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flatiron_tasks.contracts.elements import (
    INTEGER_TYPES,
    KINDS,
    MAX_SIDE,
    check_dither,
    check_format,
    check_sides,
    check_transfer,
)
from flatiron_tasks.contracts.errors import BadInputError

__all__ = ["MAX_MARK", "MAX_SIDE", "OcioTransform", "TextureSpec", "check_size", "mark_text"]

MAX_MARK = 255
"""Bytes of a TGA image id: the smallest place that any of the formats has for the mark."""


@dataclass(frozen=True, kw_only=True)
class OcioTransform:
    """A colour conversion of an OpenColorIO configuration: from the space of the rendered pixels to the file's.

    `config` is the path of a `.ocio` or `.ocioz` file, or the name of a configuration that OpenColorIO brings along
    ("ocio://default"). `sha256`, if not empty, is the hash that the file must have. The spaces are named as in the
    configuration: a colour space, an alias or a role.
    """

    config: str
    from_space: str
    to_space: str
    sha256: str = ""


@dataclass(frozen=True, kw_only=True)
class TextureSpec:
    """One final texture.

    `width`, `height` and `padding` are texels. `kind` is "color", "data" or "normal"; `file_format` "png", "tiff",
    "tga", "jpeg", "exr" or "tx"; `pixel_type` "uint8", "uint16", "half" or "float". `fill_all` gives every uncovered
    texel the nearest covered colour and makes `padding` meaningless; `wrap` lets padding run over the border to the
    opposite edge, for tiling textures. `metadata` becomes the file's mark: printable ASCII, at most `MAX_MARK`
    characters together.

    `transfer` says how linear colour becomes stored colour: "auto" is sRGB for colour in integer samples and linear
    for all else; "linear"; "srgb" (IEC 61966-2-1), "rec709" (BT.709) or "gamma22" (a pure power of 1 / 2.2), for
    integer samples only; "ocio", the conversion in `ocio`. `dither` spreads the rounding of 8-bit colour over
    neighbouring texels, always in the same pattern (`imaging.dither`).

    Raises BadInputError for a combination that no file can hold or that would spoil the numbers.
    """

    width: int
    height: int
    kind: str
    file_format: str
    pixel_type: str
    alpha: bool
    padding: int = 0
    fill_all: bool = False
    wrap: bool = False
    transfer: str = "auto"
    dither: bool = False
    ocio: OcioTransform | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_format(self.file_format, self.pixel_type, alpha=self.alpha)
        check_size(self.width, self.height)
        check_sides(self.file_format, self.width, self.height)
        if self.kind not in KINDS:
            raise BadInputError(
                f"A texture cannot be of the kind {self.kind!r}", advice=f"Use one of {', '.join(KINDS)}"
            )
        if not 0 <= self.padding <= MAX_SIDE:
            raise BadInputError(
                f"Padding of {self.padding} texels is not possible", advice=f"Use 0 to {MAX_SIDE}, or fill_all"
            )
        _check_colour(self)
        mark_text(self.metadata)

    @property
    def channels(self) -> int:
        """Channels in the file: 4 with alpha, else 3."""
        return 4 if self.alpha else 3

    @property
    def container(self) -> str:
        """The file format on disk. A `.tx` texture is OpenEXR inside for half and float samples, TIFF for integers."""
        if self.file_format == "tx":
            return "tiff" if self.pixel_type in INTEGER_TYPES else "exr"
        return self.file_format

    @property
    def premultiplied(self) -> bool:
        """Whether covered colour is stored multiplied by alpha: only in OpenEXR with alpha."""
        return self.alpha and self.container == "exr"

    @property
    def curve(self) -> str:
        """The transfer of the stored colour, apart from OpenColorIO: "linear", "srgb", "rec709" or "gamma22"."""
        if self.transfer == "auto":
            return "srgb" if self.kind == "color" and self.pixel_type in INTEGER_TYPES else "linear"
        return "linear" if self.transfer == "ocio" else self.transfer

    @property
    def srgb(self) -> bool:
        """Whether the stored colour has the sRGB transfer, and nothing else."""
        return self.curve == "srgb"


def check_size(width: int, height: int) -> None:
    """Raise BadInputError unless both sides are 1 to `MAX_SIDE` texels."""
    if not (1 <= width <= MAX_SIDE and 1 <= height <= MAX_SIDE):
        raise BadInputError(
            f"A map of {width}x{height} texels is not possible", advice=f"Use sides of 1 to {MAX_SIDE} texels"
        )


def mark_text(metadata: Mapping[str, str]) -> str:
    """The text that every format carries in the first or last 64 KiB of the file: the values, joined by a space.

    Raises BadInputError if it is longer than `MAX_MARK` or not printable ASCII.
    """
    text = " ".join(metadata.values())
    if not text.isascii() or not text.isprintable():
        raise BadInputError(
            f"The image metadata {text!r} is not printable ASCII", advice="Use ids, hashes and versions only"
        )
    if len(text) > MAX_MARK:
        raise BadInputError(
            f"The image metadata is {len(text)} characters long",
            why=f"a TGA file has room for {MAX_MARK}",
            advice="Shorten it",
        )
    return text


def _check_colour(spec: TextureSpec) -> None:
    """Raise BadInputError for a transfer or a dither that would spoil what the texture holds."""
    check_transfer(spec.kind, spec.pixel_type, spec.transfer)
    check_dither(spec.pixel_type, dither=spec.dither)
    if (spec.transfer == "ocio") != (spec.ocio is not None):
        raise BadInputError(
            f"The transfer is {spec.transfer!r} and an OpenColorIO conversion is {'given' if spec.ocio else 'missing'}",
            advice="Give a conversion with the transfer 'ocio', and only with it",
        )
