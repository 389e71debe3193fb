"""For information: OpenImageIO decodes the same inputs (half, all its threads) and encodes the same output."""

from __future__ import annotations

from collections.abc import Mapping

from tests.benchmarks.contenders.images import read_samples, write_png
from tests.benchmarks.pieces import load
from tests.benchmarks.worker import Contender, Request


def prepare(request: Request) -> Contender:
    """Read the samples of the finished texture."""
    if request.reference is None:
        raise ValueError("the bound needs the finished texture")
    samples = read_samples(request.reference)
    paths = load(request.pieces).paths

    def run() -> Mapping[str, float]:
        for path in paths:
            read_samples(path)
        write_png(request.out, samples)
        return {}

    return run
