"""Compiling the merge's loops before the first merge, by merging a tiny texture.

A worker calls this before it forks: the children inherit the machine code. It takes seconds on the first start on a
machine, then a fraction of one, since the code is kept on disk. It stays away from OpenImageIO, whose threads a fork
would lose.
"""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

import numpy as np

from flatiron_tasks.imaging.compose import Layer, TextureSpec, compose
from flatiron_tasks.imaging.exr.header import Box
from flatiron_tasks.imaging.exr.writer import ExrWriter
from flatiron_tasks.imaging.gate import PieceExpectation, PieceSource
from flatiron_tasks.imaging.layer import write_layer
from flatiron_tasks.imaging.parallel import Crew

_SIDE = 16


def warm_up() -> None:
    """Merge and compose half-float pieces into an 8-bit PNG. Raises ShareError if the temporary folder is no use."""
    with tempfile.TemporaryDirectory(prefix="flatiron-") as name, Crew(1) as crew:
        folder = Path(name)
        layers = []
        for index in range(2):  # the same place twice: objects that overlap have a loop of their own
            out = folder / f"layer{index}.exr"
            write_layer(
                [_piece(folder / f"piece{index}.exr")],
                width=_SIDE,
                height=_SIDE,
                out=out,
                pixel_type="half",
                metadata={},
                crew=crew,
            )
            layers.append(Layer(out, str(index)))
        texture = TextureSpec(
            width=_SIDE, height=_SIDE, kind="color", file_format="png", pixel_type="uint8", alpha=True, padding=2
        )
        compose(layers, texture, folder / "texture.png", threads=1)


def _piece(path: Path) -> PieceSource:
    planes = np.full((4, _SIDE, _SIDE), 0.5, np.float16)
    planes[:, :, _SIDE // 2 :] = 0
    whole = Box(0, 0, _SIDE, _SIDE)
    with path.open("wb") as file:
        writer = ExrWriter(file, display=whole, data=whole, pixel_type="half", attributes={})
        writer.append(writer.encode(planes))
        writer.finish()
    data = path.read_bytes()
    plan = PieceExpectation(width=_SIDE, height=_SIDE, row_begin=0, row_end=_SIDE, pixel_type="half")
    return PieceSource(path, plan, len(data), hashlib.sha256(data).hexdigest())
