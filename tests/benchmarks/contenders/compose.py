"""Ours: the pieces are the layers, composed as a worker composes them."""

from __future__ import annotations

from collections.abc import Mapping

from flatiron_tasks.imaging.compose import Layer, compose
from flatiron_tasks.imaging.texture import TextureSpec
from flatiron_tasks.tasks import app
from tests.benchmarks.pieces import Pieces, load
from tests.benchmarks.worker import Contender, Request

WORKER = app
"""Imported for its weight: the memory is that of a worker, with Celery in it."""


def prepare(request: Request) -> Contender:
    """Compose the tiny workload once, so that compiled code is loaded; then the pieces."""
    pieces = load(request.pieces)

    def run() -> Mapping[str, float]:
        report = compose(layers_of(pieces), texture(pieces.side, request.padding), request.out)
        return {"covered": report.covered_texels, "padded": report.padded_texels, "size": report.size}

    warm_up(request)
    return run


def warm_up(request: Request) -> None:
    """Compose the tiny workload; its file goes beside the result."""
    tiny = load(request.warm_up)
    out = request.out.with_name(f"warm-{request.out.name}")
    compose(layers_of(tiny), texture(tiny.side, request.padding), out)
    out.unlink()


def texture(side: int, padding: int) -> TextureSpec:
    """What everybody writes here: 8-bit sRGB RGBA in PNG."""
    return TextureSpec(
        width=side, height=side, kind="color", file_format="png", pixel_type="uint8", alpha=True, padding=padding
    )


def layers_of(pieces: Pieces) -> list[Layer]:
    """The pieces themselves as layers."""
    return [Layer(path, path.stem) for path in pieces.paths]
