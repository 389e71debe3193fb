"""Previews of textures in the job folder, while their passes are being merged.

They serve people and decide nothing: whatever goes wrong here is a line in the log. A preview is composed again when
the number of its passes has doubled, so that all of them together stay cheap with any number of objects.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from pathlib import Path
from typing import ParamSpec

from flatiron_tasks.imaging.planes import Planes
from flatiron_tasks.imaging.preview import SmallLayer, Thumbnail, compose_preview, passes_shown, read_thumbnail
from flatiron_tasks.pipeline.job_files import JobFiles
from flatiron_tasks.pipeline.plan import Texture
from flatiron_tasks.share.atomic import remove_quietly, temporary_beside
from flatiron_tasks.share.bounded_read import LARGEST_DESCRIPTION, read_bounded

log = logging.getLogger(__name__)
P = ParamSpec("P")


def _never_failing(action: Callable[P, None]) -> Callable[P, None]:
    """A merge must not know whether its preview worked."""

    @wraps(action)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            action(*args, **kwargs)
        except Exception as error:
            log.warning("a preview could not be made: %s", error, exc_info=not isinstance(error, OSError))

    return guarded


class PassPreviews:
    """The thumbnails of one pass that is being merged, one per element, and the previews that it changes."""

    def __init__(self, files: JobFiles, pass_index: int) -> None:
        self._files, self.pass_index = files, pass_index
        self._thumbnails: dict[int, Thumbnail] = {}
        key = files.plan.passes[pass_index].key
        self.textures = tuple(item for item in files.plan.textures if (item.map_index, item.frame) == key)

    def rows(self, element_index: int) -> Callable[[int, int, Planes], None]:
        """What looks at the rows of an element's layer; asked again, it begins again."""
        element = self._files.job.elements[element_index]
        thumbnail = Thumbnail(element.width, element.height)
        self._thumbnails[element_index] = thumbnail
        return _never_failing(thumbnail.add)

    @_never_failing
    def save(self) -> None:
        """Save the thumbnails; none if the pass was not merged here."""
        folder = self._files.folder
        if self._thumbnails and not folder.previews.is_dir():
            folder.previews.mkdir(exist_ok=True)  # and never the job folder itself: it may be gone by now
        for index, thumbnail in self._thumbnails.items():
            kind = self._files.job.elements[index].kind
            _put(folder.thumbnail(self.pass_index, index), thumbnail.to_bytes(kind))

    @_never_failing
    def show(self, unmerged: int) -> None:
        """Compose the previews that are due, now that each of their textures waits for `unmerged` more passes."""
        for texture in self.textures:
            update_preview(self._files, texture, merged=len(texture.passes) - unmerged)


def update_preview(files: JobFiles, texture: Texture, *, merged: int) -> None:
    """Compose the preview of a texture from the thumbnails that are there, if it is due.

    Raises OSError, RejectedPieceError.
    """
    preview, total = files.folder.preview(texture.file_name), len(texture.passes)
    if not is_due(merged, passes_shown(preview), total):
        return
    layers = list(_layers([files.folder.thumbnail(index, texture.element_index) for index in texture.passes]))
    if layers:
        _put(preview, compose_preview(layers, shown=len(layers), total=total))


def is_due(merged: int, shown: int, total: int) -> bool:
    """Whether a preview of `merged` passes is worth its time when one of `shown` stands. The first and last always are.

    The numbers that are shown double: the thumbnails that are read for all previews together are about twice the
    number of passes, and not its square.
    """
    if merged < 1 or merged == shown:
        return False
    return not shown or merged == total or merged.bit_length() != shown.bit_length()


def _layers(paths: Sequence[Path]) -> Iterator[SmallLayer]:
    for path in paths:
        try:
            data = read_bounded(path, LARGEST_DESCRIPTION)
        except FileNotFoundError:
            continue
        yield read_thumbnail(data, name=path.name)


def _put(path: Path, data: bytes) -> None:
    """Replace a file at once. It is not flushed to the disk: after a power cut a preview may be gone."""
    temporary = temporary_beside(path)
    try:
        temporary.write_bytes(data)
        temporary.replace(path)
    except OSError:
        remove_quietly(temporary)
        raise
