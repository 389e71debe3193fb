"""Which file names in a job folder are the job's own: the grammar that cleaning deletes by. Looks at no file."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import PurePath

from flatiron_tasks.contracts import layout
from flatiron_tasks.contracts.identity import ATTEMPT_PATTERN
from flatiron_tasks.contracts.job import JobDescription

_PIECE = re.compile(rf"p[0-9]{{5,}}-s[0-9]{{2,}}-e[0-9]{{2,}}\.{ATTEMPT_PATTERN}\.(exr|json)")
_LAYER = re.compile(r"p[0-9]{5,}-e[0-9]{2,}\.(exr|json)|p[0-9]{5,}\.json")
_THUMBNAIL = re.compile(r"p[0-9]{5,}-e[0-9]{2,}\.thumb")
_TASK = re.compile(rf"t[0-9]{{5,}}\.{ATTEMPT_PATTERN}\.(log|json)")
_ATTEMPT = re.compile(ATTEMPT_PATTERN)
# What share.atomic makes, and what imaging makes, whose encoder chooses the format by the extension.
_TEMPORARIES = (
    re.compile(r"\.(?P<name>.+)\.[0-9A-Za-z-]+\.tmp"),
    re.compile(r"(?P<stem>.+)\.[0-9A-Za-z-]+\.tmp(?P<extension>\.[0-9A-Za-z]+)"),
)


class JobFiles:
    """The names that one job may have made in its folder."""

    def __init__(self, job: JobDescription) -> None:
        textures = {placeholder.file_name for placeholder in job.placeholders}
        previews = {layout.preview_name(name) for name in textures}
        partial = {partial_name(name, job.job_id) for name in textures}
        self._textures = textures | {f"{name}.json" for name in textures} | partial
        self._scene = {job.scene.path} if job.scene.copied else set()
        self._job_id = job.job_id
        self._known: dict[str, Callable[[str], bool]] = {
            "": lambda name: name in (layout.DESCRIPTION, layout.NODE_PROGRAM, layout.DISCARDED),
            "scene": self._scene.__contains__,
            "pieces": _fully(_PIECE),
            "layers": _fully(_LAYER),
            "textures": self._textures.__contains__,
            "logs": self._is_log,
            "work": lambda _: False,
            "previous": textures.__contains__,
            "masks": {mask.file_name for mask in job.masks}.__contains__,
            "colour": ({job.colour.file_name} if job.colour else set()).__contains__,
            "previews": lambda name: name in previews or bool(_THUMBNAIL.fullmatch(name)),
        }

    def owns(self, subfolder: str, name: str) -> bool:
        """Whether a file of this name in this subfolder (`""` = the job folder itself) is the job's."""
        known = self._known[subfolder]
        return known(name) or any(known(final) for final in _names_of_temporary(name))

    def _is_log(self, name: str) -> bool:
        """Ours, or the farm's: a farm names a task's log after its farm job, whose name holds the job id."""
        return bool(_TASK.fullmatch(name)) or (self._job_id in name and name.endswith((".log", ".txt")))


def partial_name(file_name: str, job_id: str) -> str:
    """Name of the picture of what is there of a texture; `textures` holds it where the output folder is not seen."""
    name = PurePath(file_name)
    return f"{name.stem}.partial-{job_id}{name.suffix}"


def is_attempt(name: str) -> bool:
    """Whether a folder in `work` belongs to an attempt; everything in it is the job's."""
    return bool(_ATTEMPT.fullmatch(name))


def _fully(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda name: bool(pattern.fullmatch(name))


def _names_of_temporary(name: str) -> list[str]:
    hidden, before_extension = (pattern.fullmatch(name) for pattern in _TEMPORARIES)
    names = [hidden["name"]] if hidden else []
    return [*names, before_extension["stem"] + before_extension["extension"]] if before_extension else names
