"""Where things stand in a job folder, and where proofs stand. Works on any flavour of path; touches no file."""

from __future__ import annotations

from pathlib import Path

from flatiron_tasks.contracts import naming

DESCRIPTION = "job.desc"
NODE_PROGRAM = "node.pyz"
ENDED = "ended.json"
DISCARDED = "discarded.json"
PREVIEWS = "previews"
SUBFOLDERS = ("scene", "pieces", "layers", "textures", "logs", "work", "previous", PREVIEWS, "masks", "colour")
PROOFS = "flatiron-proofs"
"""Folder beside the job folders; too short to be one, as a job id has at least 8 characters."""

PROBES = "flatiron-probes"
"""Folder of share probes beside the job folders; no job folder either, for the same reason."""


def folder_name(job_id: str) -> str:
    """Name of the job folder, a direct child of the network output folder."""
    return f"flatiron-{job_id}"


def preview_name(file_name: str) -> str:
    """Name of a texture's preview. The texture's extension stays in it: two textures may differ in nothing else."""
    return f"{file_name}.png"


def proofs_folder(network_folder: Path, texture_hash: str) -> Path:
    """Where the proofs of one texture stand: few files per folder, however many bakes there were."""
    return network_folder / PROOFS / texture_hash[:2]


def proof_name(texture_hash: str, sha256: str) -> str:
    """Name of the proof that a file with this SHA-256 is the texture with this hash."""
    return f"{texture_hash}-{sha256[:16]}.json"


class JobFolder:
    """Paths inside one job folder, as this machine sees it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.description = path / DESCRIPTION
        self.node_program = path / NODE_PROGRAM
        self.ended = path / ENDED
        self.discarded = path / DISCARDED
        self.scene, self.pieces, self.layers, self.textures = (path / name for name in SUBFOLDERS[:4])
        self.logs, self.work, self.previous, self.previews = (path / name for name in SUBFOLDERS[4:8])
        self.masks, self.colour = (path / name for name in SUBFOLDERS[8:])

    @classmethod
    def of(cls, network_folder: Path, job_id: str) -> JobFolder:
        """The folder of a job below a network output folder."""
        return cls(network_folder / folder_name(job_id))

    def with_results_in(self, path: Path) -> JobFolder:
        """The same pieces, but layers and textures made of them go below `path`: to try without touching."""
        elsewhere = JobFolder(path)
        elsewhere.description, elsewhere.discarded, elsewhere.pieces = self.description, self.discarded, self.pieces
        elsewhere.masks, elsewhere.colour = self.masks, self.colour
        return elsewhere

    def piece(self, pass_index: int, strip: int, element_index: int, attempt: str) -> Path:
        """A piece; its receipt stands beside it."""
        return self.pieces / naming.piece_file_name(pass_index, strip, element_index, attempt)

    def receipt(self, pass_index: int, strip: int, element_index: int, attempt: str) -> Path:
        """The receipt of a piece."""
        return self.pieces / naming.receipt_file_name(pass_index, strip, element_index, attempt)

    def layer(self, pass_index: int, element_index: int) -> Path:
        """The layer that a pass gives to the texture of an element."""
        return self.layers / f"{naming.layer_stem(pass_index, element_index)}.exr"

    def merged_pass(self, pass_index: int) -> Path:
        """The record that a pass is merged: which attempts were accepted, and its layers."""
        return self.layers / f"p{pass_index:05d}.json"

    def finished_texture(self, file_name: str) -> Path:
        """A finished texture waiting here to be collected."""
        return self.textures / file_name

    def thumbnail(self, pass_index: int, element_index: int) -> Path:
        """A layer made small, for previews."""
        return self.previews / f"{naming.layer_stem(pass_index, element_index)}.thumb"

    def preview(self, file_name: str) -> Path:
        """What is merged of a texture so far, as a small picture."""
        return self.previews / preview_name(file_name)

    def log(self, task: int, attempt: str) -> Path:
        """The log of one attempt on a node."""
        return self.logs / f"{naming.task_stem(task, attempt)}.log"

    def result(self, task: int, attempt: str) -> Path:
        """How one attempt on a node ended."""
        return self.logs / f"{naming.task_stem(task, attempt)}.json"
