"""Proofs of finished textures: made from the job folder, kept beside it, found again when the job is long gone.

A proof that cannot be kept never holds up a bake; the texture's note then says so. Does not judge files: `proof_check`.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from flatiron_tasks import __version__
from flatiron_tasks.contracts.errors import (
    ContractError,
    FlatironError,
    NotReadyError,
    OwnershipError,
    ShareError,
    sentences,
)
from flatiron_tasks.contracts.finished import FinishedTexture
from flatiron_tasks.contracts.layout import PROOFS, proof_name, proofs_folder
from flatiron_tasks.contracts.proof import Proof
from flatiron_tasks.pipeline.files_on_share import read_merged_pass
from flatiron_tasks.pipeline.job_files import JobFiles
from flatiron_tasks.pipeline.plan import Texture
from flatiron_tasks.pipeline.receipts import read_receipt
from flatiron_tasks.share.atomic import remove_quietly, share_error, write_atomically
from flatiron_tasks.share.bounded_read import read_bounded
from flatiron_tasks.share.held_folder import is_folder

log = logging.getLogger(__name__)


def keep_proof(files: JobFiles, texture: Texture, finished: FinishedTexture) -> tuple[str, ...]:
    """Write the proof of a finished texture below its network folder; again is harmless.

    Returns what a person must know: nothing, or that there is no proof and why. Raises nothing that files can cause.
    """
    try:
        _write(files.folder.path.parent, proof_of(files, texture, finished))
    except (FlatironError, OSError) as error:
        log.warning("no proof of %s: %s", texture.file_name, error)
        why = error.reason if isinstance(error, FlatironError) else str(error)
        return (
            sentences(
                f"There is no proof of {texture.file_name}: {why}",
                f"Let the workers write to {files.folder.path.parent / PROOFS}; the texture itself is sound",
            ),
        )
    return ()


def proof_of(files: JobFiles, texture: Texture, finished: FinishedTexture) -> Proof:
    """What is known of a finished texture. Raises NotReadyError, RejectedPieceError if its pieces cannot be named."""
    pieces, pieces_sha256 = pieces_of(files, texture)
    return Proof(
        schema_version=1,
        job_id=files.job.job_id,
        job_name=files.job.job_name,
        file_name=texture.file_name,
        texture=texture.index,
        size=finished.size,
        sha256=finished.sha256,
        texture_hash=files.plan.texture_hash(texture),
        plan_hash=files.plan.hash,
        pixels_sha256=finished.pixels_sha256,
        pieces=pieces,
        pieces_sha256=pieces_sha256,
        layers=_digest(finished.layers),
        version=__version__,
    )


def pieces_of(files: JobFiles, texture: Texture) -> tuple[int, str]:
    """Number and digest of the accepted pieces of a texture, see `Proof.pieces_sha256`.

    Raises NotReadyError for a pass that is not merged, RejectedPieceError for a receipt that cannot be read.
    """
    lines = sorted(line for index in texture.passes for line in _lines(files, texture, index))
    return len(lines), _digest(lines)


def find_proofs(network_folders: Sequence[Path], texture_hash: str) -> tuple[Proof, ...]:
    """All proofs of textures with this hash. A proof that is none proves nothing.

    Raises ShareError if a folder cannot be listed or a proof cannot be read: it may be the one that matters.
    """
    paths = (path for root in network_folders for path in _listed(proofs_folder(root, texture_hash)))
    return tuple(_proofs(path for path in paths if path.name.startswith(f"{texture_hash}-")))


def find_proofs_by_pixels(network_folders: Sequence[Path], pixels_sha256: str) -> tuple[Proof, ...]:
    """All proofs of textures with these pixels. Looks into every proof: for files that have lost their mark.

    One that cannot be read is passed over, as it is most likely another texture's. Raises ShareError if a folder
    cannot be listed.
    """
    folders = (folder for root in network_folders for folder in _listed(root / PROOFS) if folder.is_dir())
    paths = (path for folder in folders for path in _listed(folder))
    return tuple(proof for proof in _proofs(paths, skip_unreadable=True) if proof.pixels_sha256 == pixels_sha256)


def forget_proofs(files: JobFiles, textures: Iterable[Texture], results: Collection[str]) -> None:
    """Remove this job's proofs of results (SHA-256) that were thrown away. One that resists stays, and is logged."""
    network_folder = files.folder.path.parent
    for texture in textures:
        texture_hash = files.plan.texture_hash(texture)
        try:
            for proof in find_proofs([network_folder], texture_hash):
                if proof.job_id == files.job.job_id and proof.sha256 in results:
                    name = proof_name(texture_hash, proof.sha256)
                    (proofs_folder(network_folder, texture_hash) / name).unlink(missing_ok=True)
        except (FlatironError, OSError) as error:
            log.warning("the proof of a thrown away %s may still be there: %s", texture.file_name, error)


def _lines(files: JobFiles, texture: Texture, pass_index: int) -> Iterator[str]:
    merged = read_merged_pass(files, pass_index)
    if merged is None:
        raise NotReadyError(f"The record of merged pass {pass_index} is gone.")
    for piece in files.plan.pieces(pass_index):
        if piece.element_index == texture.element_index:
            attempt = merged.attempts[piece.strip]
            sha256 = read_receipt(files, piece, attempt).sha256
            yield f"{pass_index} {piece.strip} {piece.element_index} {attempt} {sha256}"


def _digest(lines: Iterable[str]) -> str:
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode("ascii")).hexdigest()


def _write(network_folder: Path, proof: Proof) -> None:
    """Put the proof in its place, unless it stands there word for word."""
    folder = proofs_folder(network_folder, proof.texture_hash)
    for each in (folder.parent, folder):
        _make(each)
    path, text = folder / proof_name(proof.texture_hash, proof.sha256), proof.to_json()
    try:
        if _text(path) != text:
            write_atomically(path, text)
    except ShareError:
        if _text(path) != text:  # else a run beside this one was faster, and took our temporary away
            raise
    for temporary in folder.glob(f".{path.name}.*.tmp"):  # of a run that was killed
        remove_quietly(temporary)


def _make(folder: Path) -> None:
    """Make a folder. Raises ShareError, OwnershipError for a link: it could lead anywhere."""
    try:
        folder.mkdir(exist_ok=True)
        found = is_folder(folder.lstat())
    except OSError as error:
        raise share_error(f"The folder {folder} cannot be made.", error) from error
    if not found:
        raise OwnershipError(f"{folder} is a link.", why="Proofs would end up outside the network folder.")


def _listed(folder: Path) -> list[Path]:
    """What a folder holds; nothing if it is not there. Raises ShareError."""
    try:
        return sorted(folder.iterdir())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise share_error(f"{folder} cannot be listed.", error) from error


def _proofs(paths: Iterable[Path], *, skip_unreadable: bool = False) -> Iterator[Proof]:
    for path in paths:
        if path.suffix != ".json":
            continue  # a temporary
        try:
            yield Proof.from_json(read_bounded(path), source=str(path))
        except ContractError as error:
            log.warning("ignored a proof: %s", error)
        except FileNotFoundError:
            continue  # thrown away since the folder was listed
        except OSError as error:
            if skip_unreadable:
                log.warning("passed over a proof: %s", error)
                continue
            raise ShareError(f"{path} cannot be read.", why=str(error), advice="Check the share.") from error


def _text(path: Path) -> str | None:
    try:
        return read_bounded(path).decode("utf-8")
    except (OSError, ContractError, UnicodeDecodeError):
        return None
