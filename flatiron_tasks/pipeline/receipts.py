"""Which pieces of a job are there: one listing of the folder, then receipts only where they are needed.

A file name merely finds a receipt; what the piece is stands inside, and is compared with the plan.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from flatiron_tasks.contracts.errors import ContractError, RejectedPieceError, ShareError
from flatiron_tasks.contracts.receipt import Receipt
from flatiron_tasks.pipeline.job_files import JobFiles
from flatiron_tasks.pipeline.plan import ExpectedPiece, Plan
from flatiron_tasks.share.bounded_read import read_bounded
from flatiron_tasks.share.discarded import read_discarded

_RECEIPTS_ASKED = 200

Index = Mapping[str, Sequence[str]]
"""Attempts that have a receipt, in the order of their tokens, by the stem of their piece."""


def list_receipts(files: JobFiles) -> Index:
    """List the receipts of a job, without discarded attempts. Raises ShareError if the folder cannot be listed."""
    discarded = set(read_discarded(files.folder, files.job.job_id).attempts)
    attempts: dict[str, list[str]] = defaultdict(list)
    try:
        with os.scandir(files.folder.pieces) as entries:
            names = [entry.name for entry in entries if entry.name.endswith(".json")]
    except OSError as error:
        raise ShareError(
            f"{files.folder.pieces} cannot be listed.", why=str(error), advice="Check the share."
        ) from error
    for name in sorted(names):
        stem, _, attempt = name.removesuffix(".json").partition(".")
        if attempt not in discarded:
            attempts[stem].append(attempt)
    return attempts


def complete_attempts(plan: Plan, index: Index, pass_index: int, strip: int) -> list[str]:
    """Attempts at one farm task that left a receipt for every element, the earliest first.

    The merge accepts the first of them whose pieces all pass the gate: a fixed rule (I8).
    """
    stems = [piece.stem for piece in plan.pieces_of_strip(pass_index, strip)]
    first, *others = (index.get(stem, ()) for stem in stems)
    return [attempt for attempt in first if all(attempt in found for found in others)]


def complete_passes(plan: Plan, index: Index, candidates: Iterable[int]) -> list[int]:
    """Which of these passes have at least one complete attempt at every strip."""
    strips = range(plan.job.strips)
    return [item for item in candidates if all(complete_attempts(plan, index, item, strip) for strip in strips)]


def missing_tasks(plan: Plan, index: Index, passes: Iterable[int]) -> list[int]:
    """Numbers of the farm tasks of these passes that have no complete attempt."""
    wanted = set(passes)
    return [
        task.number
        for task in plan.tasks
        if task.pass_index in wanted and not complete_attempts(plan, index, task.pass_index, task.strip)
    ]


def missing_pieces(plan: Plan, index: Index, pass_index: int) -> list[str]:
    """What is missing of a pass, for people."""
    strips = [strip for strip in range(plan.job.strips) if not complete_attempts(plan, index, pass_index, strip)]
    return [
        f"pass {pass_index} ({plan.passes[pass_index].label}), strip {piece.strip + 1} of {plan.job.strips}, "
        f"{plan.job.elements[piece.element_index].name}"
        for strip in strips
        for piece in plan.pieces_of_strip(pass_index, strip)
        if not index.get(piece.stem)
    ] or [f"pass {pass_index}: no attempt wrote all elements of strip {strip + 1}" for strip in strips]


def read_receipt(files: JobFiles, piece: ExpectedPiece, attempt: str) -> Receipt:
    """Read a receipt and compare it with the plan. Raises RejectedPieceError naming what does not fit."""
    path = files.folder.receipt(piece.pass_index, piece.strip, piece.element_index, attempt)
    try:
        receipt = Receipt.from_json(read_bounded(path), source=path.name)
    except (OSError, ContractError) as error:
        raise RejectedPieceError(f"The receipt {path.name} is not valid.", why=str(error)) from error
    expected = {
        "job_id": files.job.job_id,
        "plan_hash": files.plan.hash,
        "pass_index": piece.pass_index,
        "strip": piece.strip,
        "element": files.job.elements[piece.element_index].name,
        "attempt": attempt,
        "file_name": path.with_suffix(".exr").name,
    }
    wrong = [key for key, value in expected.items() if getattr(receipt, key) != value]
    if wrong:
        raise RejectedPieceError(
            f"The receipt {path.name} belongs to something else.",
            why=f"`{wrong[0]}` is {getattr(receipt, wrong[0])!r} instead of {expected[wrong[0]]!r}.",
        )
    return receipt


def witnesses(files: JobFiles) -> tuple[str, ...]:
    """Which nodes wrote pieces of this job and where, as each saw it: one sentence per node, at most three."""
    wrote: dict[str, str] = {}
    for path in islice(sorted(files.folder.pieces.glob("*.json")), _RECEIPTS_ASKED):
        try:
            receipt = Receipt.from_json(read_bounded(path), source=path.name)
        except (OSError, ContractError):
            continue
        folder = re.sub(r"[\\/][^\\/]*$", "", receipt.node_path)
        wrote.setdefault(receipt.host, f"{receipt.host} wrote its pieces to {folder}")
    here = f"This worker looks into {files.folder.pieces}"
    return (*list(wrote.values())[:3], here) if wrote else (f"No node left a receipt. {here}",)
