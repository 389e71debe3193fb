"""The bound: our decoder reads the same inputs and our encoder writes the same output, with nothing in between.

Same codecs, threads and flush as `compose`; decoding and encoding overlap as they do there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy.typing as npt

from flatiron_tasks.imaging.exr.codec import decode
from flatiron_tasks.imaging.exr.reader import ExrReader
from flatiron_tasks.imaging.parallel import Crew
from flatiron_tasks.imaging.write import texture_writer
from tests.benchmarks.contenders.compose import texture, warm_up
from tests.benchmarks.contenders.images import read_samples
from tests.benchmarks.pieces import Pieces, load
from tests.benchmarks.worker import Contender, Request

_BLOCK_ROWS = 64


def prepare(request: Request) -> Contender:
    """Load compiled code, and the samples of the finished texture."""
    warm_up(request)
    if request.reference is None:
        raise ValueError("the bound needs the finished texture")
    samples = read_samples(request.reference)
    pieces = load(request.pieces)

    def run() -> Mapping[str, float]:
        return _decode_and_encode(pieces, samples, request)

    return run


def _decode_and_encode(pieces: Pieces, samples: npt.NDArray[Any], request: Request) -> Mapping[str, float]:
    total = sum(piece.height for piece in pieces.files)
    decoded = written = 0
    spec = texture(pieces.side, request.padding)
    with Crew() as crew, texture_writer(request.out, spec, crew=crew) as writer:
        for planes in crew.in_order(_decoding(pieces.paths)):
            decoded += planes.shape[1]
            ready = len(samples) * decoded // total
            if ready - written >= _BLOCK_ROWS:
                writer.write(samples[written:ready])
                written = ready
        if written < len(samples):
            writer.write(samples[written:])
        return {"size": writer.commit().size, "decoded_rows": decoded}


def _decoding(paths: list[Path]) -> Iterator[Callable[[], npt.NDArray[Any]]]:
    """One job per chunk of every file."""
    for path in paths:
        with path.open("rb") as file:
            reader = ExrReader(file, name=path)
            while chunk := reader.next_chunk():
                yield partial(decode, reader.header, chunk)
