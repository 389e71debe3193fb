"""Merge one pass: accept one attempt per strip, verify every piece, join the strips to one layer per element.

Needs the job folder only, neither Redis nor a farm, so that Manual Merge is the same code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from flatiron_tasks.contracts.errors import NotReadyError, RejectedPieceError
from flatiron_tasks.contracts.merged_pass import LayerFile, MergedPass
from flatiron_tasks.imaging.gate import PieceExpectation, PieceSource
from flatiron_tasks.imaging.layer import RejectedSourceError, write_layer
from flatiron_tasks.imaging.parallel import Crew
from flatiron_tasks.imaging.uv_mask import UvMask
from flatiron_tasks.pipeline import receipts
from flatiron_tasks.pipeline.job_files import JobFiles
from flatiron_tasks.pipeline.plan import ExpectedPiece
from flatiron_tasks.pipeline.previews import PassPreviews
from flatiron_tasks.share.atomic import write_atomically

OnRejected = Callable[[RejectedPieceError], None]


def merge_pass(
    files: JobFiles,
    pass_index: int,
    *,
    threads: int = 0,
    previews: PassPreviews | None = None,
    on_rejected: OnRejected = lambda error: None,
) -> MergedPass:
    """Verify and merge a pass, and write its record beside its layers, last.

    `threads` of 0 means one per processor. `on_rejected` is told every piece that the gate refuses.

    Raises NotReadyError naming every piece that is missing or rejected, and why. Written layers of a pass that fails
    are harmless: without the record the pass is not merged.
    """
    choice = _Choice(files, pass_index, on_rejected)
    with Crew(threads) as crew:
        merges = _merge_elements(files, choice, crew, previews)
    merged = MergedPass(
        schema_version=1,
        job_id=files.job.job_id,
        plan_hash=files.plan.hash,
        pass_index=pass_index,
        attempts=tuple(choice.accepted()),
        layers=tuple(layer_file for layer_file, _ in merges),
        notes=(*choice.notes(), *_blank(files, pass_index, [covered for _, covered in merges])),
    )
    write_atomically(files.folder.merged_pass(pass_index), merged.to_json())
    return merged


_NAMED_PIECES = 3


class _Rejected(Exception):  # noqa: N818 - carries which attempt the gate refused, never leaves this module
    def __init__(self, strip: int, attempt: str, error: RejectedPieceError) -> None:
        super().__init__(strip, attempt, error)
        self.strip, self.attempt, self.error = strip, attempt, error


class _Choice:
    """The attempt that each strip is taken from: the earliest complete one that passes the gate."""

    def __init__(self, files: JobFiles, pass_index: int, on_rejected: OnRejected) -> None:
        self._files, self.pass_index, self._on_rejected = files, pass_index, on_rejected
        index = receipts.list_receipts(files)
        strips = range(files.job.strips)
        self._left = [receipts.complete_attempts(files.plan, index, pass_index, strip) for strip in strips]
        self._others = [list(found) for found in self._left]
        self._rejections: list[str] = []
        self._missing = receipts.missing_pieces(files.plan, index, pass_index)
        self._refuse_if_short()

    def accepted(self) -> list[str]:
        return [found[0] for found in self._left]

    def reject(self, rejection: _Rejected) -> None:
        self._on_rejected(rejection.error)
        self._left[rejection.strip].remove(rejection.attempt)
        self._rejections.append(rejection.error.reason)
        self._refuse_if_short()

    def notes(self) -> Iterator[str]:
        """Rejected attempts, and attempts that differ from the accepted one (I8)."""
        yield from (f"Rejected and replaced by another attempt: {text}" for text in self._rejections)
        for strip, attempts in enumerate(self._others):
            yield from self._differences(strip, [item for item in attempts if item in self._left[strip]])

    def _differences(self, strip: int, attempts: list[str]) -> Iterator[str]:
        for piece in self._files.plan.pieces_of_strip(self.pass_index, strip):
            hashes = {self._hash(piece, attempt) for attempt in attempts}
            if len(hashes) > 1:
                yield f"{len(attempts)} attempts at {piece.stem} differ; the earliest, {attempts[0]}, was taken."

    def _hash(self, piece: ExpectedPiece, attempt: str) -> str:
        """What the receipt of an attempt says; one that nobody can read differs from every other."""
        try:
            return receipts.read_receipt(self._files, piece, attempt).sha256
        except RejectedPieceError:
            return attempt

    def _advice(self) -> str:
        command = f"`flatiron requeue {self._files.job.job_id} --pass {self.pass_index}"
        if self._rejections:
            return f"Render this pass again: {command} --rerender`."
        return f"Wait until it is rendered; if the farm has given it up: {command}`."

    def _refuse_if_short(self) -> None:
        short = [strip for strip, found in enumerate(self._left) if not found]
        if not short:
            return
        named = self._missing[:_NAMED_PIECES]
        rest = len(self._missing) - len(named)
        more = [f"and {rest} more"] if rest else []
        problems = self._rejections + ([f"missing: {'; '.join(named + more)}"] if named else [])
        raise NotReadyError(
            f"Pass {self.pass_index} ({self._files.plan.passes[self.pass_index].label}) cannot be merged.",
            why=" ".join(text if text.endswith(".") else text + "." for text in problems),
            advice=self._advice(),
        )


def _blank(files: JobFiles, pass_index: int, covered: list[int]) -> Iterator[str]:
    """A render that covers nothing is legal, and nearly always a mistake in the scene."""
    for element, texels in zip(files.job.elements, covered, strict=True):
        if not texels:
            yield f"{element.name} of {files.plan.passes[pass_index].label} covers no texel of the map."


def _merge_elements(
    files: JobFiles, choice: _Choice, crew: Crew, previews: PassPreviews | None
) -> list[tuple[LayerFile, int]]:
    """One layer per element, all from attempts that pass the gate, and how many texels each covers."""
    while True:
        try:
            return [_merge_element(files, choice, index, crew, previews) for index in range(len(files.job.elements))]
        except _Rejected as rejection:
            choice.reject(rejection)


def _merge_element(
    files: JobFiles, choice: _Choice, element_index: int, crew: Crew, previews: PassPreviews | None
) -> tuple[LayerFile, int]:
    element = files.job.elements[element_index]
    pieces = [piece for piece in files.plan.pieces(choice.pass_index) if piece.element_index == element_index]
    sources = {piece.strip: _source(files, piece, choice.accepted()[piece.strip]) for piece in pieces}
    try:
        info = write_layer(
            list(sources.values()),
            width=element.width,
            height=element.height,
            out=files.folder.layer(choice.pass_index, element_index),
            pixel_type=files.job.piece_type,
            metadata={},
            crew=crew,
            on_rows=previews.rows(element_index) if previews else None,
        )
    except RejectedSourceError as error:
        strip = next(strip for strip, source in sources.items() if source is error.source)
        raise _Rejected(strip, choice.accepted()[strip], error) from error
    return LayerFile(element=element.name, size=info.size, sha256=info.sha256), info.covered_texels


def _source(files: JobFiles, piece: ExpectedPiece, attempt: str) -> PieceSource:
    """The piece of an attempt, as the plan and its receipt describe it."""
    element = files.job.elements[piece.element_index]
    expected = PieceExpectation(
        width=element.width,
        height=element.height,
        row_begin=piece.row_begin,
        row_end=piece.row_end,
        pixel_type=files.job.piece_type,
        allow_non_finite=files.job.allow_non_finite,
    )
    path = files.folder.piece(piece.pass_index, piece.strip, piece.element_index, attempt)
    try:
        receipt = receipts.read_receipt(files, piece, attempt)
    except RejectedPieceError as error:
        raise _Rejected(piece.strip, attempt, error) from error
    return PieceSource(path, expected, receipt.size, receipt.sha256, _mask(files, piece))


def _mask(files: JobFiles, piece: ExpectedPiece) -> UvMask | None:
    """The UV mask of the piece's object: the copy in the job folder, bound by its hash."""
    mask = files.plan.uv_mask(piece)
    return UvMask(files.folder.masks / mask.file_name, mask.size, mask.sha256) if mask else None
