"""Bakes on this machine, one after the other, also those that an earlier program left unfinished. Main thread only.

The scene reads what is finished if it is still the scene of that bake; no other scene is touched.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Protocol

from flatiron_tasks.contracts.errors import FlatironError, SceneError
from flatiron_tasks.contracts.job_view import JobView
from max_submitter.scene.port import ScenePort
from max_submitter.session.background import Background
from max_submitter.session.local_bake import LocalBake, LocalEnd, LocalListener, LocalTexture, run_all
from max_submitter.session.port import BakeProgress


class Views(Protocol):
    """Where jobs are shown."""

    def show_local(self, view: JobView) -> None:
        """Show a job that runs on this machine."""
        ...


class LocalDesk:
    """The queue of this machine. Bakes that come while others run follow them."""

    def __init__(
        self,
        scene: ScenePort,
        background: Background,
        views: Callable[[], Views],
        changed: Callable[[], None],
        withdrawn: Callable[[str], None],
    ) -> None:
        """`withdrawn` hears of a cancelled job that could not be taken back yet."""
        self._scene = scene
        self._background = background
        self._views = views
        self._changed = changed
        self._withdrawn = withdrawn
        self._bakes: tuple[LocalBake, ...] = ()
        self._next: list[LocalBake] = []
        self._fresh: set[str] = set()
        self._progress: BakeProgress | None = None

    @property
    def progress(self) -> BakeProgress | None:
        """How far it has come; None if all is done."""
        return self._progress

    @property
    def is_running(self) -> bool:
        """Whether something is baked here."""
        return bool(self._bakes)

    def forget(self) -> None:
        """Drop what is said of bakes that have ended."""
        if not self.is_running:
            self._progress = None

    def scene_replaced(self) -> None:
        """Another scene is open."""
        self._fresh.clear()

    def bake(self, bakes: Sequence[LocalBake], *, of_open_scene: bool) -> None:
        """Bake; `of_open_scene` if they were begun in the scene that is open."""
        if of_open_scene:
            self._fresh.update(bake.job_id for bake in bakes)
        for bake in bakes:
            self._views().show_local(bake.view())
        self._next.extend(bakes)
        if not self.is_running:
            self._run_next("", "")

    def cancel(self, job_id: str) -> bool:
        """Cancel one, at once also if it waits for its turn; False if there is none of this id."""
        found = [bake for bake in (*self._bakes, *self._next) if bake.job_id == job_id]
        for bake in found:
            if bake.cancel():
                shown, resisted = partial(self._taken_back, bake), partial(self._resisted, bake)
                self._background.run("taking back", bake.take_back, shown, resisted)
        return bool(found)

    def _taken_back(self, bake: LocalBake, _: None) -> None:
        self._views().show_local(bake.view())

    def _resisted(self, bake: LocalBake, _: FlatironError) -> None:
        """The view says why; `leftovers` tries again."""
        self._withdrawn(bake.job_id)
        self._views().show_local(bake.view())

    def _run_next(self, remark: str, error: str) -> None:
        self._bakes, self._next = tuple(self._next), []
        if not self._bakes:
            self._set(BakeProgress(remark, None, is_running=False, error=error) if remark or error else None)
            return
        bakes, tell = self._bakes, self._background.tell
        listener = LocalListener(
            progress=lambda text, part: tell(lambda: self._set(BakeProgress(text, part, is_running=True))),
            view=lambda view: tell(lambda: self._views().show_local(view)),
        )
        self._set(BakeProgress(f"{bakes[0].job_name}: baking on this machine …", None, is_running=True))
        self._background.run("baking here", lambda: run_all(bakes, listener), self._ended, self._broke)

    def _ended(self, ends: Sequence[LocalEnd]) -> None:
        remarks = [text for end in ends for text in self._read(end)]
        errors = [f"{end.bake.job_name}: {end.error}" if len(ends) > 1 else str(end.error) for end in ends if end.error]
        for end in ends:
            if end.is_withdrawn:
                self._withdrawn(end.bake.job_id)
        self._run_next(" ".join(remarks), " ".join(errors))

    def _broke(self, error: FlatironError) -> None:
        self._run_next("", str(error))

    def _read(self, end: LocalEnd) -> list[str]:
        """Let the scene read what is finished; sentences about what it could not."""
        if not end.textures:
            return []
        if not self._is_open(end.bake):
            moved = [item for item in end.textures if item.path != item.planned]
            remark = f"Another scene is open: that of {end.bake.job_name} reads its textures when it is opened."
            return [remark, *(f"{item.path} stands beside {item.planned}." for item in moved)]
        return [text for item in end.textures for text in self._read_one(item)]

    def _read_one(self, texture: LocalTexture) -> list[str]:
        try:
            if texture.path == texture.planned:
                self._scene.reload(texture.path)
            else:
                self._scene.relink(texture.planned, texture.path)
        except SceneError as error:
            return [str(error)]
        return []

    def _is_open(self, bake: LocalBake) -> bool:
        path: Path | None = self._scene.scene_file().path
        return bake.job_id in self._fresh or (bake.scene is not None and bake.scene == path)

    def _set(self, progress: BakeProgress | None) -> None:
        self._progress = progress
        self._changed()
