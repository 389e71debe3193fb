"""From what the renderer wrote to pieces with receipts, and from receipts to the answer whether a task is done."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flatiron_tasks.contracts.errors import ContractError, RejectedPieceError
from flatiron_tasks.contracts.node_task import NodeTask, TaskOutput
from flatiron_tasks.contracts.receipt import Receipt
from flatiron_tasks.pipeline.plan import ExpectedPiece
from flatiron_tasks.share import atomic
from flatiron_tasks.share.bounded_read import read_bounded
from flatiron_tasks.share.discarded import read_discarded
from workers.node.assignment import Assignment
from workers.node.exr_structure import check_piece


@dataclass(frozen=True)
class VerifiedPiece:
    """A file in the work folder that is a piece as planned."""

    planned: ExpectedPiece
    element: str
    path: Path
    size: int
    sha256: str


@dataclass(frozen=True)
class Provenance:
    """What a receipt says beside the piece."""

    attempt: str
    host: str
    renderer: str
    started_at: str
    finished_at: str
    exit_code: int


def verify(assignment: Assignment, task: NodeTask) -> tuple[VerifiedPiece, ...]:
    """Check every file that the renderer should have written. Raises RejectedPieceError with the list of flaws."""
    verified, flaws = [], []
    for planned, output in zip(assignment.pieces, task.outputs, strict=True):
        try:
            verified.append(_verify(planned, output))
        except RejectedPieceError as error:
            flaws.append(f"{error.what.rstrip('.')}: {error.why}" if error.why else error.what)
    if flaws:
        raise RejectedPieceError(
            f"{len(flaws)} of {len(task.outputs)} pieces are missing or wrong.",
            why="; ".join(flaws),
            advice="Read the log of the renderer.",
        )
    return tuple(verified)


def publish(assignment: Assignment, pieces: tuple[VerifiedPiece, ...], provenance: Provenance) -> None:
    """Put all pieces in place, then all receipts. Raises ShareError.

    Killed in between, this leaves pieces without receipts, which do not exist.
    """
    for piece in pieces:
        atomic.replace_file(piece.path, _place(assignment, piece.planned, provenance.attempt))
    for piece in pieces:
        receipt = _receipt(assignment, piece, provenance)
        path = _receipt_place(assignment, piece.planned, provenance.attempt)
        atomic.write_atomically(path, receipt.to_json())


def find_complete_attempt(assignment: Assignment) -> str | None:
    """The token of an attempt that is whole, in place, from this plan and not discarded. Raises ShareError."""
    first = assignment.pieces[0]
    discarded = read_discarded(assignment.folder, assignment.job.job_id).attempts
    for attempt in sorted(set(_attempts(assignment, first)).difference(discarded)):
        if all(_is_in_place(assignment, piece, attempt) for piece in assignment.pieces):
            return attempt
    return None


def _verify(planned: ExpectedPiece, output: TaskOutput) -> VerifiedPiece:
    path = Path(output.path)
    try:
        status = path.lstat()
    except FileNotFoundError:
        raise RejectedPieceError(f"{path.name} ({output.element}) was not written") from None
    if not stat.S_ISREG(status.st_mode) or not status.st_size:
        raise RejectedPieceError(f"{path.name} ({output.element}) is empty or not a file")
    digest = atomic.sha256_of(path)
    check_piece(path, output)
    return VerifiedPiece(planned, output.element, path, status.st_size, digest)


def _attempts(assignment: Assignment, piece: ExpectedPiece) -> Iterator[str]:
    """Tokens from the receipts of one piece; names are built, so a token is read from inside."""
    for path in assignment.folder.pieces.glob(f"{piece.stem}.*.json"):
        receipt = _read_receipt(path)
        if receipt is not None:
            yield receipt.attempt


def _is_in_place(assignment: Assignment, piece: ExpectedPiece, attempt: str) -> bool:
    receipt = _read_receipt(_receipt_place(assignment, piece, attempt))
    if receipt is None:
        return False
    path = _place(assignment, piece, attempt)
    expected = (
        assignment.job.job_id,
        assignment.plan.hash,
        assignment.job.elements[piece.element_index].name,
        attempt,
        path.name,
    )
    if (receipt.job_id, receipt.plan_hash, receipt.element, receipt.attempt, receipt.file_name) != expected:
        return False
    return path.is_file() and path.stat().st_size == receipt.size and atomic.sha256_of(path) == receipt.sha256


def _read_receipt(path: Path) -> Receipt | None:
    """A receipt, or None: one that cannot be read proves nothing, and the task is rendered again."""
    try:
        return Receipt.from_json(read_bounded(path), source=path.name)
    except (OSError, ContractError):
        return None


def _receipt(assignment: Assignment, piece: VerifiedPiece, provenance: Provenance) -> Receipt:
    place = _place(assignment, piece.planned, provenance.attempt)
    return Receipt(
        schema_version=1,
        job_id=assignment.job.job_id,
        plan_hash=assignment.plan.hash,
        task=assignment.task.number,
        pass_index=piece.planned.pass_index,
        strip=piece.planned.strip,
        element=piece.element,
        attempt=provenance.attempt,
        file_name=place.name,
        size=piece.size,
        sha256=piece.sha256,
        host=provenance.host,
        node_path=str(place),
        started_at=provenance.started_at,
        finished_at=provenance.finished_at,
        renderer=provenance.renderer,
        exit_code=provenance.exit_code,
    )


def _place(assignment: Assignment, piece: ExpectedPiece, attempt: str) -> Path:
    return assignment.folder.piece(piece.pass_index, piece.strip, piece.element_index, attempt)


def _receipt_place(assignment: Assignment, piece: ExpectedPiece, attempt: str) -> Path:
    return assignment.folder.receipt(piece.pass_index, piece.strip, piece.element_index, attempt)
