"""The files of a workload on disk, and the manifest that lies beside them. Standard library only."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

_MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Workload:
    """`objects` (a square number that divides 1024) on a map of `side` x `side` texels; `form` "crop" or "full"."""

    form: str
    side: int
    objects: int

    @property
    def name(self) -> str:
        """Folder name, for example crop-8192-64."""
        return f"{self.form}-{self.side}-{self.objects}"


@dataclass(frozen=True)
class PieceFile:
    """One object's file: its name, data window in texels, size in bytes and SHA-256 (hex)."""

    name: str
    x: int
    y: int
    width: int
    height: int
    size: int
    sha256: str


@dataclass(frozen=True)
class Pieces:
    """A workload on disk: its folder, side of the map in texels, files in plan order."""

    folder: Path
    side: int
    files: tuple[PieceFile, ...]

    @property
    def paths(self) -> list[Path]:
        """The files in plan order."""
        return [self.folder / piece.name for piece in self.files]


def load(folder: Path) -> Pieces:
    """Read the manifest in `folder`."""
    manifest = json.loads((folder / _MANIFEST).read_text("utf-8"))
    return Pieces(folder, manifest["side"], tuple(PieceFile(**piece) for piece in manifest["files"]))


def save(folder: Path, side: int, files: Sequence[PieceFile]) -> None:
    """Write the manifest; only then is the folder complete."""
    (folder / _MANIFEST).write_text(json.dumps({"side": side, "files": [asdict(file) for file in files]}), "utf-8")


def is_complete(folder: Path) -> bool:
    """Whether a workload was made there to its end."""
    return (folder / _MANIFEST).exists()
