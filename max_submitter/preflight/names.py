"""Checks on object names: the render nodes find objects by name, so each must be unique and possible."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final

from flatiron_tasks.contracts.document import ONE_LINE
from max_submitter.preflight.finding import Finding
from max_submitter.preflight.fixes import Fixes
from max_submitter.preflight.inputs import PreflightInput
from max_submitter.preflight.wording import named
from max_submitter.scene.facts import SceneObject

_LONGEST: Final = 250
"""As `BakeObject.name` of job.desc."""
_SHOWN: Final = 60
_FITTING: Final = re.compile(ONE_LINE + r"\S" + ONE_LINE)

Renaming = tuple[int, str]
"""Handle of an object, and its new name."""


def duplicate(given: PreflightInput, fixes: Fixes) -> Iterator[Finding]:
    """Objects of one name. Case makes no difference: 3ds Max does not look at it when it finds a node by name."""
    again = _repeated(given.objects)
    if again:
        yield Finding(
            "name-duplicate",
            "fixable",
            f"More than one object is called {named(list(dict.fromkeys(item.name for item in again)))} "
            "(upper and lower case count as the same).",
            "Rename them: the render nodes find objects by their names.",
            where="groups",
            fix_label="Rename the later ones",
            fix=partial(_rename, fixes, new_names(given.objects)),
        )


def impossible(given: PreflightInput, _fixes: Fixes) -> Iterator[Finding]:
    """Names that cannot be written into the job: empty, with line breaks, or longer than 250 characters."""
    names = [item.name for item in given.objects if len(item.name) > _LONGEST or not _FITTING.fullmatch(item.name)]
    if names:
        yield Finding(
            "name-impossible",
            "fatal",
            f"Object names that cannot be used: {named([_short(name) for name in names])}.",
            f"Rename the object: at most {_LONGEST} characters, and no line breaks.",
            where="groups",
        )


def _short(name: str) -> str:
    """A name on one line, and not a long one."""
    shown = name.encode("unicode_escape").decode("ascii") if not name.isprintable() else name
    return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"


def new_names(objects: Sequence[SceneObject]) -> tuple[Renaming, ...]:
    """New names for all but the first object of each name; none equals a name that is in use or given."""
    taken = {item.name.casefold() for item in objects}
    renamings = []
    for item in _repeated(objects):
        name = _free_name(item.name, taken)
        taken.add(name.casefold())
        renamings.append((item.handle, name))
    return tuple(renamings)


def _repeated(objects: Sequence[SceneObject]) -> list[SceneObject]:
    """All but the first object of each name."""
    first: dict[str, int] = {}
    return [item for item in objects if first.setdefault(item.name.casefold(), item.handle) != item.handle]


def _free_name(name: str, taken: set[str]) -> str:
    number = 2
    while True:
        ending = f"_{number}"
        candidate = name[: _LONGEST - len(ending)] + ending
        if candidate.casefold() not in taken:
            return candidate
        number += 1


def _rename(fixes: Fixes, renamings: Sequence[Renaming]) -> None:
    for handle, name in renamings:
        fixes.rename(handle, name)
