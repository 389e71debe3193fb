"""A contact sheet: many textures side by side in one PNG, each with its label, size and sample type.

For people to look at. Linear files (OpenEXR, float TIFF) are shown with the sRGB transfer, alpha is not shown.
Textures are averaged down while they are read, so memory does not grow with their size.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import OpenImageIO as oiio

from flatiron_tasks.contracts.errors import BadInputError
from flatiron_tasks.imaging.colour import encode
from flatiron_tasks.imaging.image_input import ImageFile
from flatiron_tasks.imaging.parallel import Crew
from flatiron_tasks.imaging.texture import TextureSpec
from flatiron_tasks.imaging.write import texture_writer

_GAP = 12
_LABEL_HEIGHT = 38
_FONT = "DroidSans"  # part of the OpenImageIO wheel
_FONT_SIZE = 14
_BACKGROUND = 0.16
_BRIGHT = (0.92, 0.92, 0.92)
_DIM = (0.60, 0.60, 0.60)

Thumbnail = npt.NDArray[np.float32]
"""(h, w, 3) display colours in 0..1."""


def contact_sheet(images: Sequence[tuple[str, Path]], out: Path, *, columns: int, cell: int = 256) -> None:
    """Show (label, path) `images`, `columns` in a row, each within `cell` x `cell` texels, as a PNG at `out`.

    Raises BadInputError if there is nothing to show, RejectedPieceError if an image cannot be decoded, ShareError if
    `out` cannot be written.
    """
    if not images or columns < 1 or cell < 1:
        raise BadInputError("A contact sheet needs images, columns and cells", advice="Pass at least one of each")
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    across, down = cell + _GAP, cell + _LABEL_HEIGHT + _GAP
    sheet = np.full((_GAP + rows * down, _GAP + columns * across, 3), _BACKGROUND, np.float32)
    texts: list[_Text] = []
    for number, (label, path) in enumerate(images):
        left, top = _GAP + number % columns * across, _GAP + number // columns * down
        picture, caption = _thumbnail(path, cell)
        _paste(sheet, picture, left, top, cell)
        texts.append(_Text(left, top + cell + 16, _shortened(label, cell), _BRIGHT))
        texts.append(_Text(left, top + cell + 34, _shortened(caption, cell), _DIM))
    _write(_with_texts(sheet, texts), out)


class _Text(NamedTuple):
    """A line of text; (`left`, `baseline`) in texels of the sheet."""

    left: int
    baseline: int
    text: str
    colour: tuple[float, float, float]


def _thumbnail(path: Path, cell: int) -> tuple[Thumbnail, str]:
    """The image at `path` within `cell` x `cell` texels, and a line about it."""
    with ImageFile(path) as image:
        spec = image.spec
        step = max(1, -(-max(spec.width, spec.height) // cell))
        bands = [
            _averaged(image.rows(y, min(y + step, spec.y + spec.height)), step, image.sample_type)
            for y in range(spec.y, spec.y + spec.height, step)
        ]
        caption = f"{spec.width} x {spec.height}  {image.sample_type}  {image.format_name}"
    small = np.stack(bands)
    enlarge = max(1, cell // max(small.shape[:2]))
    return small.repeat(enlarge, axis=0).repeat(enlarge, axis=1), caption


def _averaged(rows: npt.NDArray[Any], step: int, sample_type: str) -> Thumbnail:
    """Display colours of `rows` (n, w, channels) averaged over blocks of `step` columns: (blocks, 3)."""
    # One or two channels are shown as grey.
    colour = rows[..., :3] if rows.shape[-1] >= 3 else rows[..., [0, 0, 0]]
    if sample_type in ("half", "float"):
        colour = encode(np.nan_to_num(colour), "uint8", srgb=True)
    top = np.iinfo(colour.dtype).max
    starts = np.arange(0, colour.shape[1], step)
    sums = np.add.reduceat(colour.astype(np.float64).sum(axis=0), starts, axis=0)
    texels = np.diff(np.append(starts, colour.shape[1])) * len(rows)
    return np.asarray(sums / (texels[:, np.newaxis] * top), np.float32)


def _paste(sheet: Thumbnail, picture: Thumbnail, left: int, top: int, cell: int) -> None:
    """Put `picture` into the middle of its cell."""
    height, width, _ = picture.shape
    x, y = left + (cell - width) // 2, top + (cell - height) // 2
    sheet[y : y + height, x : x + width] = picture


def _shortened(text: str, width: int) -> str:
    """`text`, with its middle left out if it is wider than `width` texels."""
    keep = len(text)
    short = text
    while keep > 4 and oiio.ImageBufAlgo.text_size(short, _FONT_SIZE, _FONT).width > width:
        keep -= 1
        short = f"{text[: keep // 2]}...{text[len(text) - keep // 2 :]}"
    return short


def _with_texts(sheet: Thumbnail, texts: Sequence[_Text]) -> Thumbnail:
    canvas = oiio.ImageBuf(sheet)
    for x, y, text, colour in texts:
        if not oiio.ImageBufAlgo.render_text(canvas, x, y, text, _FONT_SIZE, _FONT, colour):
            raise BadInputError(
                f"The label {text!r} cannot be drawn",
                why=canvas.geterror(),
                advice="Install OpenImageIO from its official wheel, which brings the font",
            )
    return np.asarray(canvas.get_pixels(oiio.FLOAT), np.float32)


def _write(sheet: Thumbnail, out: Path) -> None:
    height, width, _ = sheet.shape
    spec = TextureSpec(width=width, height=height, kind="color", file_format="png", pixel_type="uint8", alpha=False)
    with Crew(1) as crew, texture_writer(out, spec, crew=crew) as writer:
        writer.write(encode(sheet, "uint8", srgb=False))
        writer.commit()
