"""What a finished texture is: size, kind, file format, sample type, padding.

Plain data; imports neither numpy nor OpenImageIO. Which file format holds which sample type and alpha is the table in
`contracts.elements`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flatiron_tasks.contracts.elements import KINDS, check_format
from flatiron_tasks.contracts.errors import BadInputError

MAX_SIDE = 65536
MAX_MARK = 255
"""Bytes of a TGA image id: the smallest place that any of the formats has for the mark."""


@dataclass(frozen=True, kw_only=True)
class TextureSpec:
    """One final texture.

    `width`, `height` and `padding` are texels. `kind` is "color", "data" or "normal"; `file_format` "png", "tiff",
    "tga", "jpeg" or "exr"; `pixel_type` "uint8", "uint16", "half" or "float". `fill_all` gives every uncovered texel
    the nearest covered colour and makes `padding` meaningless; `wrap` lets padding run over the border to the
    opposite edge, for tiling textures. `metadata` becomes the file's mark: printable ASCII, at most `MAX_MARK`
    characters together.

    Raises BadInputError for a combination that no file can hold.
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
    metadata: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_format(self.file_format, self.pixel_type, alpha=self.alpha)
        check_size(self.width, self.height)
        if self.kind not in KINDS:
            raise BadInputError(
                f"A texture cannot be of the kind {self.kind!r}", advice=f"Use one of {', '.join(KINDS)}"
            )
        if not 0 <= self.padding <= MAX_SIDE:
            raise BadInputError(
                f"Padding of {self.padding} texels is not possible", advice=f"Use 0 to {MAX_SIDE}, or fill_all"
            )
        mark_text(self.metadata)

    @property
    def channels(self) -> int:
        """Channels in the file: 4 with alpha, else 3."""
        return 4 if self.alpha else 3

    @property
    def premultiplied(self) -> bool:
        """Whether covered colour is stored multiplied by alpha: only in OpenEXR with alpha."""
        return self.alpha and self.file_format == "exr"

    @property
    def srgb(self) -> bool:
        """Whether the sRGB transfer is applied: only for colour in integer samples. All else stays linear."""
        return self.kind == "color" and self.pixel_type in ("uint8", "uint16")


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
