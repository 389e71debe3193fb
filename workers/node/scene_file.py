"""The scene that a task opens: it must be the file that was submitted, from before the render until after it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from flatiron_tasks.contracts.errors import SceneError
from flatiron_tasks.share import atomic
from flatiron_tasks.share.path_mapping import PathMapping
from workers.node.assignment import Assignment

_SUBMIT_AGAIN = "Submit the job again."


@dataclass(frozen=True)
class SceneFile:
    """A scene whose bytes were those of the submission. `state`: size in bytes and mtime in ns, from before reading."""

    path: Path
    state: tuple[int, int]

    def check_unchanged(self) -> None:
        """Raise SceneError if the file was written, replaced or removed since it was verified."""
        if _state(self.path) != self.state:
            raise SceneError(
                f"The scene {self.path} changed while it was rendered.",
                why="Its size or its time of change is another one than before; nobody knows which scene was rendered.",
                advice=_SUBMIT_AGAIN,
            )


def verified_scene(assignment: Assignment, mapping: PathMapping) -> SceneFile:
    """The scene on this machine, read once to compare its hash.

    Raises PathMappingError, SceneError if it is not there or not the one that was submitted, ShareError if it cannot
    be read.
    """
    scene = assignment.job.scene
    path = assignment.folder.scene / scene.path if scene.copied else Path(mapping.to_local(scene.path))
    state = _state(path)
    if state[0] != scene.size:
        raise _changed(path, f"It has {state[0]} bytes, at submission it had {scene.size}.")
    if atomic.sha256_of(path) != scene.sha256:
        raise _changed(path, "It has the size that it had at submission, but not the same content (SHA-256).")
    return SceneFile(path, state)


def _state(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError as error:
        raise SceneError(
            f"The scene {path} cannot be read.",
            why=str(error),
            advice="Check the path rules and the account of this node.",
        ) from error
    return status.st_size, status.st_mtime_ns


def _changed(path: Path, why: str) -> SceneError:
    return SceneError(f"The scene {path} has changed since the job was submitted.", why=why, advice=_SUBMIT_AGAIN)
