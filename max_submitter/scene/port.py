"""The port to 3ds Max: everything this program asks of the scene, on plain data.

Call it on the main thread only: 3ds Max refuses its scripting interface to all others. `MaxScene` is the real thing,
`testing.FakeScene` a strict stand-in; `testing.scene_contract` is the suite that both must pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal, Protocol

from max_submitter.scene.facts import (
    Assignment,
    FrameRange,
    MaxVersion,
    ObjectGroup,
    RendererFacts,
    SceneFile,
    SceneObject,
    UvTriangles,
)

SceneChange = Literal["opened", "new", "saved", "selection"]


class ScenePort(Protocol):
    """The scene that is open. Every method may raise SceneError, which says what 3ds Max said."""

    def version(self) -> MaxVersion:
        """Which 3ds Max this is."""
        ...

    def is_interactive(self) -> bool:
        """Whether a person sits in front of it; False in batch."""
        ...

    def scene_file(self) -> SceneFile:
        """The file behind the scene, and whether it is up to date."""
        ...

    def save_scene(self) -> None:
        """Save the scene to its own file. Raises SceneError if it was never saved."""
        ...

    def save_copy(self, path: Path) -> None:
        """Save the scene as it is now to another file; the scene keeps its own file and its "modified" state."""
        ...

    def groups(self) -> tuple[ObjectGroup, ...]:
        """Named unwrap groups (named selection sets), by name."""
        ...

    def selection(self) -> ObjectGroup:
        """What is selected and can be baked, in scene order: the unnamed group."""
        ...

    def objects(self, handles: Sequence[int]) -> tuple[SceneObject, ...]:
        """Facts of these objects as they are now; objects that are gone are left out."""
        ...

    def uv_slices(self, handle: int, channel: int, limit: int) -> Iterator[UvTriangles]:
        """UV coordinates of an object, of at most `limit` triangles, in slices that take a few milliseconds each.

        3ds Max may do something else between two slices; they are those of the object as it was at the first one. The
        last slice tells whether that was all. Raises SceneError, at the first slice, if the object is gone.
        """
        ...

    def renderer(self) -> RendererFacts:
        """The renderer of the scene and what it offers."""
        ...

    def used_files(self) -> tuple[str, ...]:
        """Paths of textures and other files that the scene uses, each once. Looks at no disk: a share may be slow."""
        ...

    def frame_range(self) -> FrameRange:
        """The time line."""
        ...

    def rename(self, handle: int, name: str) -> None:
        """Give an object another name; undoable."""
        ...

    def remove_exposure_control(self) -> None:
        """Switch exposure control off; undoable."""
        ...

    def assign(self, assignments: Sequence[Assignment], label: str) -> tuple[str, ...]:
        """Show textures in slots, as one step of undo named `label`. Returns a sentence per assignment not made."""
        ...

    def bitmaps_showing(self, path: Path) -> int:
        """How many bitmaps of the scene show this file."""
        ...

    def relink(self, old: Path, new: Path) -> int:
        """Let every bitmap that shows `old` show `new`. Returns how many. Not a step of undo."""
        ...

    def reload(self, path: Path) -> int:
        """Read this file anew wherever the scene shows it. Returns how many bitmaps show it."""
        ...

    def release(self, *paths: Path) -> None:
        """Let go of these files if the scene holds them open; they are read again when they are needed."""
        ...

    def read_note(self, key: str) -> str:
        """A text that the scene file keeps under a key; empty if there is none."""
        ...

    def write_note(self, key: str, text: str) -> None:
        """Keep a text in the scene file; the scene counts as modified only if the text changed."""
        ...

    def say(self, text: str) -> None:
        """Write a line for the artist (prompt line and listener); never a dialog."""
        ...

    def on_change(self, callback: Callable[[SceneChange], None]) -> Callable[[], None]:
        """Call back on the main thread after a change. Returns what ends it. Callbacks never raise into 3ds Max."""
        ...
