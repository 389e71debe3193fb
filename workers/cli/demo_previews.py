"""How one texture of the demo grew: keeps every preview that can be seen on the way, and lays them side by side."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from flatiron_tasks.share.path_mapping import PathMapping
from workers.cli.progress import Display

if TYPE_CHECKING:
    from flatiron_tasks.api import JobStatus

NAME = "previews.png"


class PreviewAlbum:
    """A display that passes everything on to `display`, and collects the first texture's previews of the first job."""

    def __init__(self, display: Display, folder: Path, mapping: PathMapping) -> None:
        """`folder` keeps the copies; it is made when the first one is."""
        self._display, self._folder, self._mapping = display, folder, mapping
        self._kept: list[Path] = []
        self._last = b""

    def __enter__(self) -> Self:
        self._display.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._display.__exit__(kind, error, traceback)

    def show(self, statuses: Sequence[JobStatus]) -> None:
        """Show the present statuses, and keep a preview that is new."""
        self._display.show(statuses)
        textures = statuses[0].textures if statuses else ()
        if textures and textures[0].preview:
            with contextlib.suppress(OSError):  # the job may end, and its folder go, at any moment
                self._keep(Path(self._mapping.to_local(textures[0].preview)).read_bytes())

    def strip(self, finished: JobStatus, out: Path) -> Path | None:
        """The previews from left to right, then the finished texture, as a picture at `out`; None without previews."""
        from flatiron_tasks.imaging.contact_sheet import contact_sheet  # noqa: PLC0415 - needs OpenImageIO
        from flatiron_tasks.imaging.preview import passes_shown  # noqa: PLC0415

        if not self._kept:
            return None
        states = [(f"objects merged: {passes_shown(path)}", path) for path in self._kept]
        texture = finished.textures[0]
        states.append((f"finished: {texture.file_name}", Path(texture.path)))
        contact_sheet(states, out, columns=len(states), cell=256)
        return out

    def _keep(self, data: bytes) -> None:
        if data == self._last:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{len(self._kept):03d}.png"
        path.write_bytes(data)
        self._kept.append(path)
        self._last = data
