"""Files that nobody may touch: beside job folders, inside them, and behind links that lead out of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from workers.chaos.checker import Violation

_TEXT = "Written by a person. Not a bake job's file.\n"
_INSIDE = ("artist-notes.txt", "pieces/reference.exr", "textures/older.psd", "logs/keep-me.log")


@dataclass
class Decoys:
    """`outside` lies beyond the share. Call `plant` before, `plant_in` meanwhile, `check` at the end."""

    share: Path
    outside: Path
    planted: dict[Path, str] = field(default_factory=dict)
    links: dict[Path, Path] = field(default_factory=dict)
    jobs: set[str] = field(default_factory=set)

    def plant(self) -> None:
        """Beside the job folders."""
        for path in (
            self.outside / "project" / "scene.max",
            self.share / "readme.txt",
            self.share / "flatiron-notes" / "todo.txt",
            self.share / "flatiron-20200101-000000-0badf00d" / "painting.exr",
            self.share / ".hidden" / ".texture.png.0123456789abcdef.tmp",
        ):
            self._file(path)
        self._link(self.share / "flatiron-20200102-000000-0badf00d", self.outside / "project")

    def plant_in(self, job_folder: Path) -> None:
        """Inside a job folder that is there. Raises OSError while the share takes no file."""
        self.jobs.add(job_folder.name)
        for name in _INSIDE:
            self._file(job_folder / name)
        self._link(job_folder / "textures" / "project", self.outside / "project")

    def adopt(self, path: Path) -> None:
        """From now on nobody may touch this file, which is there."""
        self.planted[path] = hashlib.sha256(path.read_bytes()).hexdigest()

    def check(self) -> list[Violation]:
        """What is changed or gone."""
        flaws = [f"{path} {flaw}" for path, digest in self.planted.items() if (flaw := _flaw(path, digest))]
        flaws += [
            f"the link {link} is gone or leads elsewhere"
            for link, target in self.links.items()
            if not link.is_symlink() or link.readlink() != target
        ]
        return [Violation("foreign file", "", flaw) for flaw in flaws]

    def is_ours(self, path: Path) -> bool:
        """Whether it was planted, or is a folder above something that was."""
        return path in self.planted or path in self.links or any(path in item.parents for item in self.all)

    @property
    def all(self) -> tuple[Path, ...]:
        """Everything that was planted."""
        return (*self.planted, *self.links)

    def _file(self, path: Path) -> None:
        """A share that is full or read-only at this moment may have made the file and taken no byte of it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            path.write_text(f"{_TEXT}{path}\n", "utf-8")
        finally:
            if path.exists():
                self.adopt(path)

    def _link(self, link: Path, target: Path) -> None:
        link.symlink_to(target)
        self.links[link] = target


def _flaw(path: Path, digest: str) -> str:
    try:
        return "" if hashlib.sha256(path.read_bytes()).hexdigest() == digest else "is changed"
    except OSError as error:
        return f"is gone: {error}"
