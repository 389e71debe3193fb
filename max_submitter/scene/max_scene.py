"""The scene port on 3ds Max. Each concern is a module of this folder; this class only names what was asked for.

Make it on the main thread: `MaxScene(pymxs_module())`. A panel and a script may each have one. What nobody here could
verify about 3ds Max stands in `assumptions`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from max_submitter.scene import bitmaps, external_files, notes, renderers, saving, uv
from max_submitter.scene.access import MaxAccess
from max_submitter.scene.assigning import assign
from max_submitter.scene.callbacks import SceneCallbacks
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
from max_submitter.scene.objects import SceneObjects, get_node
from max_submitter.scene.port import SceneChange

_YEAR: Final = 7
"""Item of `maxVersion()` that is the product year."""
_PROMPT_MS: Final = 10_000


class MaxScene:
    """The scene that is open in 3ds Max."""

    def __init__(self, pymxs: Any) -> None:
        self._max = MaxAccess(pymxs)
        self._objects = SceneObjects(self._max)
        self._callbacks = SceneCallbacks(self._max, self._write_to_listener)

    def version(self) -> MaxVersion:
        """See ScenePort."""
        with self._max.asking("3ds Max does not tell its version."):
            numbers = list(self._max.rt.maxVersion())
            return MaxVersion(int(numbers[_YEAR]), int(numbers[0]))

    def is_interactive(self) -> bool:
        """See ScenePort. A window handle is no test: batch has one too."""
        with self._max.asking("3ds Max does not tell whether it runs in batch."):
            return not self._max.rt.maxOps.isInNonInteractiveMode()

    def scene_file(self) -> SceneFile:
        """See ScenePort."""
        with self._max.asking("3ds Max does not tell the scene's file."):
            return saving.scene_file(self._max)

    def save_scene(self) -> None:
        """See ScenePort."""
        with self._max.asking("The scene could not be saved.", "Save it by hand to see what 3ds Max says."):
            saving.save_scene(self._max)

    def save_copy(self, path: Path) -> None:
        """See ScenePort. Tells no listener."""
        with self._callbacks.muted(), self._max.asking(f"The scene could not be saved to {path}."):
            saving.save_copy(self._max, path)

    def groups(self) -> tuple[ObjectGroup, ...]:
        """See ScenePort."""
        with self._max.asking("The unwrap groups could not be read."):
            return self._objects.groups()

    def selection(self) -> ObjectGroup:
        """See ScenePort."""
        with self._max.asking("The selection could not be read."):
            return self._objects.selection()

    def objects(self, handles: Sequence[int]) -> tuple[SceneObject, ...]:
        """See ScenePort."""
        with self._max.asking("The objects could not be read."):
            return self._objects.by_handle(handles)

    def uv_slices(self, handle: int, channel: int, limit: int) -> Iterator[UvTriangles]:
        """See ScenePort."""
        with self._max.asking("The texture coordinates could not be read."):
            yield from uv.slices_of(self._max, get_node(self._max, handle), channel, limit)

    def renderer(self) -> RendererFacts:
        """See ScenePort."""
        with self._max.asking("The renderer could not be read."):
            return renderers.renderer_facts(self._max)

    def used_files(self) -> tuple[str, ...]:
        """See ScenePort."""
        with self._max.asking("The files of the scene could not be listed."):
            return external_files.used_files(self._max)

    def frame_range(self) -> FrameRange:
        """See ScenePort (MAX-16)."""
        with self._max.asking("The time line could not be read."):
            span = self._max.rt.animationRange
            return FrameRange(int(span.start), int(span.end), int(self._max.rt.currentTime))

    def rename(self, handle: int, name: str) -> None:
        """See ScenePort."""
        with self._max.asking(f"The object could not be named {name}."):
            node = get_node(self._max, handle)
            with self._max.undo_step(f"Rename {node.name}"):
                node.name = name

    def remove_exposure_control(self) -> None:
        """See ScenePort."""
        with self._max.asking("Exposure control could not be removed.", "Remove it by hand (Rendering, Environment)."):
            renderers.remove_exposure(self._max)

    def assign(self, assignments: Sequence[Assignment], label: str) -> tuple[str, ...]:
        """See ScenePort."""
        with self._max.asking("The textures could not be shown in the scene."):
            return assign(self._max, assignments, label)

    def bitmaps_showing(self, path: Path) -> int:
        """See ScenePort."""
        with self._max.asking("The bitmaps of the scene could not be listed."):
            return bitmaps.count_showing(self._max, path)

    def relink(self, old: Path, new: Path) -> int:
        """See ScenePort."""
        with self._max.asking(f"The bitmaps that show {old} could not be changed."):
            return bitmaps.relink(self._max, old, new)

    def reload(self, path: Path) -> int:
        """See ScenePort."""
        with self._max.asking(f"{path} could not be read anew."):
            return bitmaps.reload(self._max, path)

    def release(self, *paths: Path) -> None:
        """See ScenePort."""
        with self._max.asking(f"3ds Max does not let go of {', '.join(map(str, paths))}."):
            bitmaps.release(self._max, *paths)

    def read_note(self, key: str) -> str:
        """See ScenePort."""
        with self._max.asking("A note in the scene could not be read."):
            return notes.read_note(self._max, key)

    def write_note(self, key: str, text: str) -> None:
        """See ScenePort."""
        with self._max.asking("A note could not be kept in the scene."):
            notes.write_note(self._max, key, text)

    def say(self, text: str) -> None:
        """See ScenePort (MAX-20)."""
        with self._max.asking("3ds Max does not show a text."):
            self._max.rt.displayTempPrompt(text, _PROMPT_MS)
            self._write_to_listener(text)

    def on_change(self, callback: Callable[[SceneChange], None]) -> Callable[[], None]:
        """See ScenePort."""
        with self._max.asking("3ds Max does not tell of changes of the scene."):
            return self._callbacks.listen(callback)

    def _write_to_listener(self, text: str) -> None:
        """The text is an argument, not the pattern: a per cent sign in it has no meaning."""
        self._max.rt.format("%\n", text)
