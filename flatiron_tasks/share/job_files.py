"""Which file names in a job folder are the job's own: the grammar that cleaning deletes by. Looks at no file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import PurePath

from flatiron_tasks.contracts import layout, naming
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
        self._job = job
        self._fixed: dict[str, set[str]] = {
            "": {layout.NODE_PROGRAM, layout.DISCARDED},
            "scene": {job.scene.path} if job.scene.copied else set(),
            "textures": textures | {f"{name}.json" for name in textures} | partial,
            "previous": textures,
            "masks": {mask.file_name for mask in job.masks},
            "colour": {job.colour.file_name} if job.colour else set(),
            "previews": previews,
        }
        self._known: dict[str, Callable[[str], bool]] = {
            "": (self._fixed[""] | {layout.DESCRIPTION, layout.ENDED}).__contains__,
            "scene": self._fixed["scene"].__contains__,
            "pieces": _fully(_PIECE),
            "layers": _fully(_LAYER),
            "textures": self._fixed["textures"].__contains__,
            "logs": self._is_log,
            "work": lambda _: False,
            "previous": textures.__contains__,
            "masks": self._fixed["masks"].__contains__,
            "colour": self._fixed["colour"].__contains__,
            "previews": lambda name: name in previews or bool(_THUMBNAIL.fullmatch(name)),
        }

    def owns(self, subfolder: str, name: str) -> bool:
        """Whether a file of this name in this subfolder (`""` = the job folder itself) is the job's."""
        known = self._known[subfolder]
        return known(name) or any(known(final) for final in _names_of_temporary(name))

    def names(self, subfolder: str) -> Iterator[str]:
        """Names in this subfolder that the job is known to make, whether it has or not; other names hold tokens.

        Without the marks, `job.desc` and `ended.json`.
        """
        yield from sorted(self._fixed.get(subfolder, ()))
        if subfolder in ("layers", layout.PREVIEWS):
            yield from self._names_by_pass(subfolder)

    def _names_by_pass(self, subfolder: str) -> Iterator[str]:
        extension = "exr" if subfolder == "layers" else "thumb"
        for index in range(_pass_count(self._job)):
            if subfolder == "layers":
                yield f"p{index:05d}.json"
            for element in range(len(self._job.elements)):
                yield f"{naming.layer_stem(index, element)}.{extension}"

    def _is_log(self, name: str) -> bool:
        """Ours, or the farm's: a farm names a task's log after its farm job, whose name holds the job id."""
        return bool(_TASK.fullmatch(name)) or (self._job.job_id in name and name.endswith((".log", ".txt")))


def partial_name(file_name: str, job_id: str) -> str:
    """Name of the picture of what is there of a texture; `textures` holds it where the output folder is not seen."""
    name = PurePath(file_name)
    return f"{name.stem}.partial-{job_id}{name.suffix}"


def is_attempt(name: str) -> bool:
    """Whether a folder in `work` belongs to an attempt; everything in it is the job's."""
    return bool(_ATTEMPT.fullmatch(name))


def _pass_count(job: JobDescription) -> int:
    """How many passes the plan of a job has."""
    frames = job.frames.last - job.frames.first + 1
    return frames * (job.map_count if job.mode == "single" else len(job.objects))


def _fully(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda name: bool(pattern.fullmatch(name))


def _names_of_temporary(name: str) -> list[str]:
    hidden, before_extension = (pattern.fullmatch(name) for pattern in _TEMPORARIES)
    names = [hidden["name"]] if hidden else []
    return [*names, before_extension["stem"] + before_extension["extension"]] if before_extension else names
