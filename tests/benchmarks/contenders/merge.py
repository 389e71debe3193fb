"""Ours, from full-frame pieces: each through the gate into a layer, as merge_pass does, then composed."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from flatiron_tasks.imaging.compose import Layer, compose
from flatiron_tasks.imaging.layer import write_layer
from flatiron_tasks.imaging.parallel import Crew
from flatiron_tasks.imaging.piece_plan import PieceExpectation, PieceSource
from flatiron_tasks.tasks import app
from tests.benchmarks.contenders.compose import texture
from tests.benchmarks.pieces import PieceFile, Pieces, load
from tests.benchmarks.worker import Contender, Request

WORKER = app
"""Imported for its weight, see `compose`."""


def prepare(request: Request) -> Contender:
    """Merge the tiny workload once, so that compiled code is loaded; then the pieces."""

    def run() -> Mapping[str, float]:
        return _merge(load(request.pieces), request.padding, request.out)

    out = request.out.with_name(f"warm-{request.out.name}")
    _merge(load(request.warm_up), request.padding, out)
    out.unlink()
    return run


def _merge(pieces: Pieces, padding: int, out: Path) -> Mapping[str, float]:
    """Returns also what passes after the last piece arrived: its layer and the composition."""
    with TemporaryDirectory(dir=out.parent) as folder:
        layers = []
        for piece in pieces.files:
            arrived = time.perf_counter()
            layers.append(_layer(pieces, piece, Path(folder, piece.name)))
        last_layer = time.perf_counter()
        report = compose(layers, texture(pieces.side, padding), out)
        done = time.perf_counter()
        written = sum(layer.path.stat().st_size for layer in layers)
    return {"after_last": done - arrived, "compose": done - last_layer, "layers_size": written, "size": report.size}


def _layer(pieces: Pieces, piece: PieceFile, out: Path) -> Layer:
    side = pieces.side
    expected = PieceExpectation(width=side, height=side, row_begin=0, row_end=side, pixel_type="half")
    source = PieceSource(pieces.folder / piece.name, expected, piece.size, piece.sha256)
    with Crew() as crew:
        info = write_layer([source], width=side, height=side, out=out, pixel_type="half", metadata={}, crew=crew)
    return Layer(out, out.stem, info.sha256)
