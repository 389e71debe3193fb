"""libvips through pyvips, one streaming pipeline: place or add the pieces, sRGB, fill_nearest, PNG."""

from __future__ import annotations

from collections.abc import Mapping

import pyvips

from tests.benchmarks.contenders.images import PNG_LEVEL
from tests.benchmarks.pieces import Pieces, load
from tests.benchmarks.worker import Contender, Request

_ALPHA_8_BIT = 255.0


def prepare(request: Request) -> Contender:
    """Nothing to warm up. Older versions scale the alpha of an EXR file to 255; which, the tiny workload tells."""
    tiny = load(request.warm_up)
    opaque = _ALPHA_8_BIT if _merged(tiny).extract_band(3).max() > 2 else 1.0
    pieces = load(request.pieces)

    def run() -> Mapping[str, float]:
        image = _merged(pieces).unpremultiply(max_alpha=opaque)
        colour = image.extract_band(0, n=3).copy(interpretation="scrgb").colourspace("srgb")
        alpha = (image.extract_band(3) * (_ALPHA_8_BIT / opaque) + 0.5).cast("uchar")
        # Read twice below: once whole for filling, once where it covers. Version 8.14 fills one texel off its place.
        merged = colour.bandjoin(alpha).copy_memory()
        padded = (merged.extract_band(3) > 0).ifthenelse(merged, merged.fill_nearest())
        padded.pngsave(str(request.out), compression=PNG_LEVEL)
        return {}

    return run


def _merged(pieces: Pieces) -> pyvips.Image:
    canvas = pyvips.Image.black(pieces.side, pieces.side, bands=4).cast("float").copy(interpretation="scrgb")
    for path, piece in zip(pieces.paths, pieces.files, strict=True):
        image = pyvips.Image.new_from_file(str(path), access="sequential")
        if piece.width == pieces.side:
            # Premultiplied and never on one texel: the sum is `over`. In memory at once, because libvips holds every
            # EXR file whole that a pipeline reads: 64 of them would be 64 GB.
            canvas = (canvas + image).copy_memory()
        else:
            canvas = canvas.insert(image, piece.x, piece.y)
    return canvas
