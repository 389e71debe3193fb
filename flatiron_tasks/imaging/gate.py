"""The verification gate: a piece becomes pixels only if it is the file of its receipt and holds what was planned.

The file is read once, as a stream: hashed, decoded and checked on the way. Only when the last byte was seen is it known
that this was the piece, so rows must not be used for good before the iteration has ended without an error.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial

import numpy as np

from flatiron_tasks.contracts.errors import RejectedPieceError
from flatiron_tasks.imaging.parallel import Crew
from flatiron_tasks.imaging.piece_plan import PieceExpectation, PieceSource, missing, rejected
from flatiron_tasks.imaging.piece_rows import PieceRows, piece_rows
from flatiron_tasks.imaging.planes import Planes
from flatiron_tasks.imaging.texel_check import BLANK, TexelFacts, check_texels
from flatiron_tasks.imaging.uv_mask import OwnedTexels, read_uv_mask
from flatiron_tasks.imaging.verified_file import VerifiedFile

__all__ = ["ALPHA_TOLERANCE", "CoveredRows", "PieceExpectation", "PieceSource", "covered_rows"]

ALPHA_TOLERANCE = 2.0**-10
"""How far alpha may lie outside 0..1: one half step above 1, what rounding in a renderer can add. It is clamped."""


@dataclass(frozen=True, eq=False)
class CoveredRows:
    """Part of a piece: `planes` with the upper left at (`x`, `y`) of the map, and how many of their texels are covered.

    Every border row and column holds a covered texel. Alpha lies in 0..1, everything is finite, and texels with alpha 0
    are 0 in all channels.
    """

    x: int
    y: int
    planes: Planes
    texels: int


def covered_rows(source: PieceSource, crew: Crew) -> Generator[CoveredRows]:
    """Verify a piece against its receipt and the plan, and give what it covers, in the order of its file.

    Colour in texels that alpha calls uncovered, or the UV mask somebody else's, is set to 0. NaN and infinity are
    refused, or replaced by 0 if the plan allows them. Memory is bounded by the rows in flight, not by the file.

    Raises RejectedPieceError naming the file and what is wrong with it, possibly after the last rows; ShareError if the
    file cannot be read now; BadInputError if the mask is not the job's.
    """
    plan = source.expected
    owned = read_uv_mask(source.mask, plan.width, plan.height) if source.mask else None
    problem: RejectedPieceError | None = None
    try:
        with VerifiedFile(source.path, size=source.size) as file:
            try:
                yield from _checked_rows(source, file, owned, crew)
            except RejectedPieceError as error:
                problem = error
            # A file that was damaged on its way is told as that, whatever the damage looks like.
            source.check_receipt(file)
    except FileNotFoundError as error:
        raise missing(source.path) from error
    if problem:
        raise problem


def _checked_rows(
    source: PieceSource, file: VerifiedFile, owned: OwnedTexels | None, crew: Crew
) -> Generator[CoveredRows]:
    verdict = _Verdict(source, owned)
    with closing(piece_rows(source, file)) as parts:
        for facts, rows in crew.in_order(_jobs(parts, owned)):
            verdict.add(facts)
            if rows is not None:
                yield rows
    verdict.check()


_Checked = tuple[TexelFacts, CoveredRows | None]


def _jobs(parts: Iterator[PieceRows], owned: OwnedTexels | None) -> Iterator[Callable[[], _Checked]]:
    for part in parts:
        yield partial(_check, part, owned)


def _check(part: PieceRows, owned: OwnedTexels | None) -> _Checked:
    """Decode, judge and mend some rows, and cut them to what they cover."""
    planes = part.decoded()
    if planes is None:
        return BLANK, None
    _, rows, width = planes.shape
    facts = check_texels(planes, owned.window(part.x, part.y, width, rows) if owned else None)
    if not facts.covered:
        return facts, None
    left, top, right, bottom = facts.box
    window = np.ascontiguousarray(planes[:, top:bottom, left:right])
    return facts, CoveredRows(part.x + left, part.y + top, window, facts.covered)


@dataclass
class _Verdict:
    """What all rows of a piece together say about it."""

    source: PieceSource
    owned: OwnedTexels | None
    broken: int = 0
    covered: int = 0
    low: float = float("inf")
    high: float = float("-inf")

    def add(self, facts: TexelFacts) -> None:
        self.broken += facts.broken
        self.covered += facts.covered
        self.low, self.high = min(self.low, facts.low), max(self.high, facts.high)

    def check(self) -> None:
        """Raise RejectedPieceError if the texels are not what a piece may hold."""
        path, plan = self.source.path, self.source.expected
        if self.broken and not plan.allow_non_finite:
            raise rejected(path, f"{self.broken} texels hold NaN or infinity")
        if self.low < -ALPHA_TOLERANCE or self.high > 1 + ALPHA_TOLERANCE:
            raise rejected(path, f"its alpha runs from {self.low:g} to {self.high:g}; coverage lies within 0 to 1")
        if self.owned and not self.covered and self.owned.has_interior(plan.row_begin, plan.row_end):
            mask = self.source.mask.path if self.source.mask else ""
            raise rejected(path, f"it is blank although its mask says it is covered (the mask is {mask})")
