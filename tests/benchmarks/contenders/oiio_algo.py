"""OpenImageIO from Python: ImageBufAlgo.over within each data window, push-pull padding, its own colour conversion."""

from __future__ import annotations

from collections.abc import Mapping

import OpenImageIO as oiio

from tests.benchmarks.contenders.images import PNG_LEVEL
from tests.benchmarks.pieces import load
from tests.benchmarks.worker import Contender, Request


def prepare(request: Request) -> Contender:
    """Nothing to warm up."""
    pieces = load(request.pieces)

    def run() -> Mapping[str, float]:
        image = oiio.ImageBuf(oiio.ImageSpec(pieces.side, pieces.side, 4, "float"))
        oiio.ImageBufAlgo.zero(image)
        for path in pieces.paths:
            piece = oiio.ImageBuf(str(path))
            _check(piece.read(0, 0, True, "float"), piece)
            _check(oiio.ImageBufAlgo.over(image, piece, image, piece.roi), image)
        _finish(image, request)
        return {}

    return run


def _finish(image: oiio.ImageBuf, request: Request) -> None:
    filled = oiio.ImageBufAlgo.fillholes_pushpull(image)
    _check(not filled.has_error, filled)
    _check(oiio.ImageBufAlgo.unpremult(filled, filled), filled)
    encoded = oiio.ImageBufAlgo.colorconvert(filled, "lin_rec709_scene", "srgb_rec709_scene", False)
    _check(not encoded.has_error, encoded)
    encoded.specmod().attribute("oiio:UnassociatedAlpha", 1)
    encoded.specmod().attribute("png:compressionLevel", PNG_LEVEL)
    _check(encoded.write(str(request.out), "uint8"), encoded)


def _check(done: bool, image: oiio.ImageBuf) -> None:
    if not done:
        raise OSError(f"OpenImageIO: {image.geterror()}")
