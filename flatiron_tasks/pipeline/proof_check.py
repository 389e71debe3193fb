"""Is this file the texture that the bake made? By its proof, or by making the texture again from its kept pieces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from flatiron_tasks.contracts.errors import BadInputError, RejectedPieceError
from flatiron_tasks.contracts.mark import Mark, find_mark
from flatiron_tasks.contracts.proof import Proof
from flatiron_tasks.imaging.pixel_hash import holds_more_images, pixels_sha256_of
from flatiron_tasks.pipeline.job_files import JobFiles, read_job
from flatiron_tasks.pipeline.plan import Texture
from flatiron_tasks.pipeline.proofs import find_proofs, find_proofs_by_pixels
from flatiron_tasks.pipeline.remake import Progress, remake
from flatiron_tasks.share.atomic import sha256_of


class Answer(StrEnum):
    """What is known of a file."""

    EXACT = "exact"
    SAME_PIXELS = "same pixels"
    DIFFERENT = "different"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class TextureCheck:
    """The answer for one file, and why. `pixels_sha256` is empty where pixels did not matter or do not decode."""

    path: str
    answer: Answer
    sentences: tuple[str, ...]
    sha256: str
    pixels_sha256: str
    proof: Proof | None


def check_by_proof(path: Path, network_folders: Sequence[Path]) -> TextureCheck:
    """Compare a texture with the proofs in the network folders. Raises BadInputError, ShareError."""
    image = _File(path)
    if image.mark is None:
        return _check_unmarked(image, network_folders)
    if image.mark.kind == "placeholder":
        return image.check(
            Answer.DIFFERENT, f"It is still the placeholder of job {image.mark.job_id}: nothing has replaced it."
        )
    proofs = find_proofs(network_folders, image.texture_hash)
    if not proofs:
        return image.check(Answer.UNKNOWN, f"There is no proof of this texture in {_named(network_folders)}.")
    known = [_Known(item.sha256, item.pixels_sha256, item.file_name, _maker(item), item) for item in proofs]
    return _compare(image, known)


def check_by_pieces(
    path: Path, description: Path, network_folders: Sequence[Path], *, on_progress: Progress = lambda *_: None
) -> TextureCheck:
    """Make the texture again from the pieces in its job folder, which stays as it is, and compare.

    Of several attempts it takes those that the merged passes name. Where these are gone and others give another
    texture, the proof of the very file still counts.
    Raises NotReadyError if pieces are missing or rejected, BadInputError if the job makes no such texture, ShareError.
    """
    image, files = _File(path), read_job(description)
    texture = _texture_of(files, image)
    remade = remake(files, texture, on_progress)
    finished, job_id = remade.texture, files.job.job_id
    proofs = find_proofs(network_folders, files.plan.texture_hash(texture))
    proof = next((item for item in proofs if item.sha256 == finished.sha256), None)
    very = next((item for item in proofs if item.sha256 == image.sha256), None)
    if very and very is not proof:
        other = f"The {remade.pieces} pieces that job {job_id} has now make another texture."
        return image.check(Answer.EXACT, _exactly(_maker(very)), other, proof=very)
    maker = f"the texture made again from the {remade.pieces} pieces of job {job_id}"
    check = _compare(image, [_Known(finished.sha256, finished.pixels_sha256, finished.file_name, maker, proof)])
    if proof is None or proof.pieces_sha256 == remade.pieces_sha256:
        return check
    return image.check(check.answer, *check.sentences, "The proof on the share names other pieces.", proof=proof)


class _File:
    """A file on trial: what it is, found out once."""

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise BadInputError(f"There is no file {path}.", advice="Name a texture.")
        self.path, self.size, self.sha256 = path, path.stat().st_size, sha256_of(path)
        self.mark: Mark | None = find_mark(path)
        self.pixels_sha256, self.broken, self._more_images = "", "", False

    @property
    def texture_hash(self) -> str:
        """What the mark says that the pixels depend on; empty without the mark of a texture."""
        return self.mark.detail.split(":")[0] if self.mark and self.mark.kind == "texture" else ""

    def decode(self) -> None:
        """Hash the pixels; `broken` says why there are none."""
        try:
            self._more_images = holds_more_images(self.path)
            self.pixels_sha256 = pixels_sha256_of(self.path)
        except RejectedPieceError as error:
            self.broken = error.reason

    def is_hashed_whole(self, file_name: str) -> bool:
        """Whether the pixel hash tells all of this file and of a texture of this name; of mip levels it does not."""
        return not self._more_images and not file_name.lower().endswith(".tx")

    def check(self, answer: Answer, *sentences: str, proof: Proof | None = None) -> TextureCheck:
        """The answer for this file."""
        return TextureCheck(str(self.path), answer, sentences, self.sha256, self.pixels_sha256, proof)


class _Known(NamedTuple):
    """A texture that is known: its file's SHA-256, name and pixels, what it is, and its proof."""

    sha256: str
    pixels_sha256: str
    file_name: str
    maker: str
    proof: Proof | None


_ONLY_BYTES = "Its largest image is that of {}, but of a texture with mip levels only the very same bytes count."


def _compare(image: _File, known: Sequence[_Known]) -> TextureCheck:
    for item in known:
        if item.sha256 == image.sha256:
            return image.check(Answer.EXACT, _exactly(item.maker), proof=item.proof)
    image.decode()
    alike = [item for item in known if item.pixels_sha256 == image.pixels_sha256]
    for item in alike:
        if image.is_hashed_whole(item.file_name):
            what = f"Every pixel is that of {item.maker}; only the file around them is another."
            return image.check(Answer.SAME_PIXELS, what, proof=item.proof)
    nearest = (alike or known)[-1]
    size = f" The file has {image.size} bytes, the texture had {nearest.proof.size}." if nearest.proof else ""
    wrong = _ONLY_BYTES.format(nearest.maker) if alike else image.broken or f"It has other pixels than {nearest.maker}."
    return image.check(Answer.DIFFERENT, wrong + size, proof=nearest.proof)


def _check_unmarked(image: _File, network_folders: Sequence[Path]) -> TextureCheck:
    """Programs that save a texture again often drop the mark; the pixels may still tell."""
    image.decode()
    alike = find_proofs_by_pixels(network_folders, image.pixels_sha256) if image.pixels_sha256 else ()
    for proof in alike:
        if image.is_hashed_whole(proof.file_name):
            what = f"Every pixel is that of {_maker(proof)}; a program has saved it again, and dropped the mark."
            return image.check(Answer.SAME_PIXELS, what, proof=proof)
    return image.check(
        Answer.UNKNOWN,
        image.broken or "It carries no mark of Flatiron, so it is not known which texture it should be.",
        _ONLY_BYTES.format(_maker(alike[-1]))
        if alike
        else f"No proof in {_named(network_folders)} has its pixels either.",
    )


def _texture_of(files: JobFiles, image: _File) -> Texture:
    textures = files.plan.textures
    marked = [item for item in textures if image.texture_hash == files.plan.texture_hash(item)]
    named = [item for item in textures if item.file_name == image.path.name]
    for texture in (*marked, *named):
        return texture
    raise BadInputError(
        f"{files.job.job_name} ({files.job.job_id}) makes no texture like {image.path.name}.",
        why="Neither its mark nor its name belongs to this job.",
        advice=f"The textures of the job are: {', '.join(item.file_name for item in textures)}.",
    )


def _exactly(maker: str) -> str:
    return f"It is, byte for byte, {maker}."


def _maker(proof: Proof) -> str:
    return f"{proof.file_name} of job {proof.job_name} ({proof.job_id}), made of {proof.pieces} verified pieces"


def _named(network_folders: Sequence[Path]) -> str:
    return ", ".join(map(str, network_folders)) or "any network folder, as the settings name none"
