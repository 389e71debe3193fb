"""Is this file the texture that the bake made? By its proof, or by making the texture again from its kept pieces."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from flatiron_tasks.contracts.errors import BadInputError, RejectedPieceError
from flatiron_tasks.contracts.finished import FinishedTexture
from flatiron_tasks.contracts.mark import Mark, find_mark
from flatiron_tasks.contracts.proof import Proof
from flatiron_tasks.imaging.pixel_hash import pixels_sha256_of
from flatiron_tasks.pipeline import pass_merge
from flatiron_tasks.pipeline.job_files import JobFiles, read_job
from flatiron_tasks.pipeline.plan import Texture
from flatiron_tasks.pipeline.proofs import find_proofs, find_proofs_by_pixels, pieces_of
from flatiron_tasks.pipeline.texture_finish import finish_texture
from flatiron_tasks.share.atomic import sha256_of

Progress = Callable[[str, int, int], None]
"""Called with what is being done, the number of finished units and of all units."""


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
    return _compare(image, [(proof.sha256, proof.pixels_sha256, _maker(proof), proof) for proof in proofs])


def check_by_pieces(
    path: Path, description: Path, network_folders: Sequence[Path], *, on_progress: Progress = lambda *_: None
) -> TextureCheck:
    """Make the texture again from the pieces in its job folder, which stays as it is, and compare.

    Raises NotReadyError if pieces are missing or rejected, BadInputError if the job makes no such texture, ShareError.
    """
    image, files = _File(path), read_job(description)
    texture = _texture_of(files, image)
    with tempfile.TemporaryDirectory(prefix="flatiron-verify-") as folder:
        copy = JobFiles(files.folder.with_results_in(Path(folder)), files.job, files.plan)
        finished = _make_again(copy, texture, on_progress)
        pieces, digest = pieces_of(copy, texture)
    proofs = find_proofs(network_folders, files.plan.texture_hash(texture))
    proof = next((item for item in proofs if item.sha256 == finished.sha256), None)
    maker = f"the texture made again from the {pieces} pieces of job {files.job.job_id}"
    check = _compare(image, [(finished.sha256, finished.pixels_sha256, maker, proof)])
    if proof is None or proof.pieces_sha256 == digest:
        return check
    return image.check(check.answer, *check.sentences, "The proof on the share names other pieces.", proof=proof)


class _File:
    """A file on trial: what it is, found out once."""

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise BadInputError(f"There is no file {path}.", advice="Name a texture.")
        self.path, self.size, self.sha256 = path, path.stat().st_size, sha256_of(path)
        self.mark: Mark | None = find_mark(path)
        self.pixels_sha256, self.broken = "", ""

    @property
    def texture_hash(self) -> str:
        """What the mark says that the pixels depend on; empty without the mark of a texture."""
        return self.mark.detail.split(":")[0] if self.mark and self.mark.kind == "texture" else ""

    def decode(self) -> None:
        """Hash the pixels; `broken` says why there are none."""
        try:
            self.pixels_sha256 = pixels_sha256_of(self.path)
        except RejectedPieceError as error:
            self.broken = error.reason

    def check(self, answer: Answer, *sentences: str, proof: Proof | None = None) -> TextureCheck:
        """The answer for this file."""
        return TextureCheck(str(self.path), answer, sentences, self.sha256, self.pixels_sha256, proof)


_Known = tuple[str, str, str, Proof | None]
"""SHA-256 of a texture's file and of its pixels, what it is, and its proof."""


def _compare(image: _File, known: Sequence[_Known]) -> TextureCheck:
    for sha256, _, maker, proof in known:
        if sha256 == image.sha256:
            return image.check(Answer.EXACT, f"It is, byte for byte, {maker}.", proof=proof)
    image.decode()
    for _, pixels, maker, proof in known:
        if pixels == image.pixels_sha256:
            what = f"Every pixel is that of {maker}; only the file around them is another."
            return image.check(Answer.SAME_PIXELS, what, proof=proof)
    _, _, maker, proof = known[-1]
    size = f" The file has {image.size} bytes, the texture had {proof.size}." if proof else ""
    wrong = image.broken or f"It has other pixels than {maker}."
    return image.check(Answer.DIFFERENT, wrong + size, proof=proof)


def _check_unmarked(image: _File, network_folders: Sequence[Path]) -> TextureCheck:
    """Programs that save a texture again often drop the mark; the pixels may still tell."""
    image.decode()
    for proof in find_proofs_by_pixels(network_folders, image.pixels_sha256):
        what = f"Every pixel is that of {_maker(proof)}; a program has saved it again, and dropped the mark."
        return image.check(Answer.SAME_PIXELS, what, proof=proof)
    return image.check(
        Answer.UNKNOWN,
        image.broken or "It carries no mark of Flatiron, so it is not known which texture it should be.",
        f"No proof in {_named(network_folders)} has its pixels either.",
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


def _make_again(files: JobFiles, texture: Texture, on_progress: Progress) -> FinishedTexture:
    """Merge and compose as ever, into folders of its own."""
    for folder in (files.folder.layers, files.folder.textures):
        folder.mkdir()
    merged = {}
    for number, index in enumerate(texture.passes):
        on_progress(f"pass {index} ({files.plan.passes[index].label})", number, len(texture.passes))
        merged[index] = pass_merge.merge_pass(files, index)
    return finish_texture(files, texture, merged.get)


def _maker(proof: Proof) -> str:
    return f"{proof.file_name} of job {proof.job_name} ({proof.job_id}), made of {proof.pieces} verified pieces"


def _named(network_folders: Sequence[Path]) -> str:
    return ", ".join(map(str, network_folders)) or "any network folder, as the settings name none"
