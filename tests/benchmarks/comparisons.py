"""What is compared with what, on which workload, and the rows that come of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median
from types import MappingProxyType

from tests.benchmarks.bench import Bench
from tests.benchmarks.rounds import Result, cheapest, interleave
from tests.benchmarks.rows import Row, judged, ratio

_COMPOSE = "`compose(layers, spec, out)`; the pieces are the layers"
_MERGE = "`write_layer` for each piece, with size and hash of its receipt, then `compose`"
_BOUND = "our decoder reads the pieces, our encoder writes the finished samples, same threads and flush"
_NAIVE = "float images of the whole map, `a * (1 - alpha) + b`, numpy `power`, PNG level 1; padded by "


@dataclass(frozen=True)
class Comparison:
    """One table: what ran, and the rows it gave."""

    title: str
    results: Sequence[Result]
    rows: Sequence[Row]


def crop(bench: Bench) -> Comparison:
    """Pieces with data windows, against everybody."""
    request = bench.request("crop", 8192, 64)
    reference = bench.composed(request, "reference.png")
    contender = partial(bench.contender, request=request, reference=reference)
    entries = [
        contender("compose", "Flatiron", role="ours", how=_COMPOSE),
        contender("bound", "the bound", role="bound", how=_BOUND),
        contender("bound_oiio", "the bound, OpenImageIO", role="information", how="OpenImageIO's codecs, PNG level 1"),
        contender("naive", "naive numpy", role="naive", how=_NAIVE + "16 dilations"),
        contender("naive_scipy", "naive numpy, scipy", role="naive", how=_NAIVE + "`distance_transform_edt`"),
        *(bench.peer(peer, request, reference) for peer in bench.peers),
    ]
    results = interleave(entries, bench.rounds, bench.say)
    ours, bound, naive, peer = (_cheapest(results, role, _seconds) for role in ("ours", "bound", "naive", "peer"))
    what = f"64 objects, {_map(bench, 8192)}"
    rows = [
        judged(f"{what}: speed against naive numpy", _quotient(naive, ours), ">= 20", "x", _named(naive)),
        judged(f"{what}: speed against the fastest peer that pads", _quotient(peer, ours), ">= 8", "x", _named(peer)),
        judged(f"{what}: time against the bound", _quotient(ours, bound), "<= 1.3", "x"),
    ]
    return Comparison(f"64 objects with data windows, {_map(bench, 8192)}", results, rows)


def full(bench: Bench) -> Comparison:
    """Pieces that are the whole map and mostly empty, through the gate, layers and composition."""
    cropped = bench.request("crop", 8192, 64)
    # The same atlas: full frames must give the bytes that pieces with data windows give.
    reference = bench.composed(cropped, "reference.png")
    request = bench.request("full", 8192, 64)
    entries = [
        bench.contender("merge", "Flatiron", request, role="ours", how=_MERGE, reference=reference),
        *(bench.peer(peer, request, reference) for peer in bench.peers),
    ]
    results = interleave(entries, bench.rounds, bench.say)
    ours, peer = (_cheapest(results, role, _cpu_seconds) for role in ("ours", "peer"))
    saved = _quotient(peer, ours, _cpu_seconds)
    what = f"64 full-frame pieces, {_map(bench, 8192)}"
    rows = [
        judged(f"{what}: CPU time of the cheapest peer", saved, ">= 4", "x", _named(peer)),
        judged(f"{what}: time after the last piece against composing alone", _after_last(ours), "<= 1.5", "x"),
        judged(f"{what}: peak memory of the worker", _peak(ours), "< 300", "MB"),
    ]
    return Comparison(f"64 full-frame pieces, mostly empty, {_map(bench, 8192)}", results, rows)


def objects(bench: Bench) -> Comparison:
    """The same atlas cut into 16 and into 256 objects."""
    few, many = _grown(bench, [(8192, 16), (8192, 256)])
    what = _map(bench, 8192)
    memory = _difference(_peak(many), _peak(few))
    rows = [
        judged(f"256 objects, {what}: peak memory of the worker", _peak(many), "< 300", "MB"),
        judged(f"16 to 256 objects, {what}: growth of time", _quotient(many, few), "< 1.15", "x"),
        judged(f"16 to 256 objects, {what}: larger peak memory against smaller", memory, "<= 1.1", "x"),
    ]
    return Comparison(f"The same atlas in 16 and in 256 objects, {what}", [few, many], rows)


def sizes(bench: Bench) -> Comparison:
    """256 objects on a small and on a large map."""
    small, large = _grown(bench, [(4096, 256), (16384, 256)])
    what = f"{_map(bench, 4096)} to {_map(bench, 16384)}"
    rows = [
        judged(f"256 objects, {_map(bench, 16384)}: peak memory of the worker", _peak(large), "< 500", "MB"),
        judged(f"256 objects, {what}: growth of time", _quotient(large, small), "< 17", "x"),
    ]
    return Comparison(f"256 objects, {what}", [small, large], rows)


def padding(bench: Bench) -> Comparison:
    """Padding alone, against scipy's exact distance transform, one thread each."""
    request = bench.request("crop", 8192, 64)
    unpadded = bench.composed(request, "unpadded.png", padding=0)
    asked = {**request, "reference": str(unpadded)}
    entries = [
        bench.contender("pad_ours", "Flatiron", asked, role="ours", how="`pad_rows` in bands of 64 rows"),
        bench.contender("pad_scipy", "scipy", asked, role="peer", how="`distance_transform_edt` of the whole map"),
    ]
    ours, scipy = results = interleave(entries, bench.rounds, bench.say)
    if set(ours.fact("filled")) != set(scipy.fact("filled")):
        ours.failure = f"wrong: fills {ours.fact('filled')} texels, scipy {scipy.fact('filled')}"
    what = f"Padding of 16 texels, {_map(bench, 8192)}"
    row = judged(f"{what}: speed against scipy", _quotient(scipy, ours), ">= 3", "x")
    return Comparison(what, results, [row])


COMPARISONS: Mapping[str, Callable[[Bench], Comparison]] = MappingProxyType(
    {function.__name__: function for function in (crop, full, objects, sizes, padding)}
)


def _grown(bench: Bench, workloads: Sequence[tuple[int, int]]) -> list[Result]:
    """Compose workloads (side, objects) side by side, from pages that are in memory."""
    entries = []
    for side, count in workloads:
        request = bench.request("crop", side, count)
        bench.composed(request, "warm.png")
        label = f"{count} objects, {_map(bench, side)}"
        entries.append(bench.contender("compose", label, request, role="ours", how=_COMPOSE))
    return interleave(entries, bench.rounds, bench.say)


def _map(bench: Bench, side: int) -> str:
    return f"{side // bench.scale}²"


def _seconds(result: Result) -> float:
    return result.seconds.median


def _cpu_seconds(result: Result) -> float:
    return result.cpu_seconds.median


def _cheapest(results: Sequence[Result], role: str, cost: Callable[[Result], float]) -> Result | None:
    return cheapest([result for result in results if result.entry.role == role], cost)


def _quotient(
    dividend: Result | None, divisor: Result | None, cost: Callable[[Result], float] = _seconds
) -> float | None:
    if not (dividend and dividend.counts and divisor and divisor.counts):
        return None
    return ratio(cost(dividend), cost(divisor))


def _peak(result: Result | None) -> float | None:
    return result.peak_mb if result and result.counts else None


def _difference(one: float | None, other: float | None) -> float | None:
    """The larger divided by the smaller."""
    return ratio(max(one, other), min(one, other)) if one and other else None


def _after_last(result: Result | None) -> float | None:
    """Median over the runs of (last layer + composition) / composition."""
    pairs = zip(result.fact("after_last"), result.fact("compose"), strict=True) if result else ()
    ratios = [whole / compose for whole, compose in pairs]
    return median(ratios) if ratios else None


def _named(result: Result | None) -> str:
    return result.entry.name if result else "none ran"
