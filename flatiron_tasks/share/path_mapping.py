"""From canonical paths to the local ones of one machine and back: pure text, touches no file.

A rule says that a canonical folder is a local folder. The flavour of a canonical path follows from its spelling
(`//server/share` and `C:/` are Windows, `/folder` is POSIX), the flavour of local ones is an argument, so that Linux
can compute the paths of a Windows machine. Windows paths compare without case, POSIX paths exactly; a rule holds at the
border of a folder name only; the longest rule wins, and of equally long ones the first.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from flatiron_tasks.contracts import paths
from flatiron_tasks.contracts.document import Document, rule
from flatiron_tasks.contracts.errors import BadInputError, ContractError, PathMappingError

Flavour = Literal["posix", "windows"]
THIS_MACHINE: Flavour = "windows" if os.name == "nt" else "posix"

_Parts = tuple[str, ...]
"""A path in pieces: its anchor (`//`, `C:/` or `/`), then the names of folders."""


@dataclass(frozen=True)
class PathRule(Document):
    """One row of a machine's mapping table."""

    canonical: str = rule("Canonical path of a folder.")
    local: str = rule("Path of the same folder on this machine.")

    def check(self) -> None:
        """Both sides are absolute paths."""
        for key in ("canonical", "local"):
            try:
                paths.canonical_path(getattr(self, key), what=f"`{key}` path of a path rule")
            except BadInputError as error:
                raise ContractError(error.what, why=error.why, advice=error.advice) from None


@dataclass(frozen=True)
class _Row:
    canonical: _Parts
    local: _Parts


class PathMapping:
    """The mapping table of one machine.

    `to_canonical(to_local(path))` names `path` again, where rules leave no case for two answers (one share under two
    names is a legal table: then the first rule's name comes back).
    """

    def __init__(self, rules: Iterable[PathRule] = (), *, flavour: Flavour = THIS_MACHINE) -> None:
        """Build the table; `flavour` is that of the local paths.

        Raises PathMappingError for a rule that this flavour cannot have, or two rules for one canonical folder.
        """
        self._flavour = flavour
        self._rows: list[_Row] = []
        for item in rules:
            row = _Row(_split(paths.canonical_path(item.canonical)), self._local_parts(item.local))
            for other in self._rows:
                if _is_same(row.canonical, other.canonical) and not _is_same(row.local, other.local):
                    raise PathMappingError(
                        f"`path_rules` maps {item.canonical!r} to two local folders.", advice="Remove one of the rules."
                    )
            self._rows.append(row)

    def to_local(self, canonical: str) -> str:
        """The path by which this machine reaches a canonical path.

        Raises PathMappingError if no rule tells, or if another rule puts another share over the result.
        """
        if not paths.is_canonical(canonical):
            raise PathMappingError(
                f"{canonical!r} is not a path in canonical spelling.",
                advice="Submit the job again; report this if it stays.",
            )
        parts = _split(canonical)
        row = _longest([row for row in self._rows if _begins(parts, row.canonical)], "canonical")
        if row is None:
            return self._spell(self._without_rule(parts, canonical))
        local = row.local + parts[len(row.canonical) :]
        hiding = self._longest_local(local)
        if hiding is not None and len(hiding.local) > len(row.local):
            raise PathMappingError(
                f"{canonical!r} cannot be reached on this machine.",
                why=f"`path_rules` puts {_join(hiding.canonical)!r} over {self._spell(local)!r}.",
                advice="Give the two shares local folders that do not lie in each other.",
            )
        return self._checked(local, canonical)

    def to_canonical(self, local: str) -> str:
        """The canonical path of a local path; without a rule, its own canonical spelling.

        Raises PathMappingError for a path that is not absolute or not of this machine's flavour.
        """
        parts = self._local_parts(local)
        row = self._longest_local(parts)
        return _join(parts if row is None else row.canonical + parts[len(row.local) :])

    def _local_parts(self, local: str) -> _Parts:
        try:
            canonical = paths.canonical_path(local, what="local path")
        except BadInputError as error:
            raise PathMappingError(error.what, why=error.why, advice=error.advice) from error
        if paths.is_windows_path(canonical) != (self._flavour == "windows"):
            raise PathMappingError(
                f"{local!r} is not a local path of a {self._flavour} machine.",
                advice="Write the local side of `path_rules` as this machine's own programs write paths.",
            )
        return _split(canonical)

    def _longest_local(self, parts: _Parts) -> _Row | None:
        return _longest([row for row in self._rows if _begins(parts, row.local)], "local")

    def _without_rule(self, parts: _Parts, canonical: str) -> _Parts:
        if paths.is_windows_path(canonical) == (self._flavour == "windows"):
            return parts
        known = ", ".join(repr(_join(row.canonical)) for row in self._rows) or "none"
        raise PathMappingError(
            f"{canonical!r} has no local path on this {self._flavour} machine.",
            why=f"No rule in `path_rules` begins it. Rules exist for: {known}.",
            advice=f"Add a rule to `path_rules` of this machine, for example for {_share_of(parts)!r}.",
        )

    def _checked(self, parts: _Parts, canonical: str) -> str:
        """The spelling of `parts`, unless it means something else here: `a\\b` is one name on POSIX, two on Windows."""
        text = self._spell(parts)
        try:
            if self._local_parts(text) == parts:
                return text
        except PathMappingError as error:
            raise PathMappingError(f"{canonical!r} has no local path: {error.what}", advice=error.advice) from error
        raise PathMappingError(
            f"{canonical!r} holds a name that a {self._flavour} machine cannot have.",
            advice="Rename the file or folder.",
        )

    def _spell(self, parts: _Parts) -> str:
        text = _join(parts)
        return text.replace("/", "\\") if self._flavour == "windows" else text


def _split(path: str) -> _Parts:
    anchor = path[: 2 if path.startswith("//") else path.index("/") + 1]
    return (anchor, *(name for name in path[len(anchor) :].split("/") if name))


def _join(parts: _Parts) -> str:
    return parts[0] + "/".join(parts[1:])


def _share_of(parts: _Parts) -> str:
    return _join(parts[:3] if parts[0] == "//" else parts[:2])


def _begins(path: _Parts, folder: _Parts) -> bool:
    return _is_same(path[: len(folder)], folder)


def _is_same(path: _Parts, other: _Parts) -> bool:
    if path[:1] == ("/",) or other[:1] == ("/",):
        return path == other
    return tuple(map(_fold, path)) == tuple(map(_fold, other))


def _fold(name: str) -> str:
    """Without case as Windows compares names: character by character, so that `ß` does not equal `ss`."""
    return "".join(upper if (upper := one.upper()).lower() == one else one for one in name)


def _longest(rows: list[_Row], side: Literal["canonical", "local"]) -> _Row | None:
    return max(rows, key=lambda row: len(row.canonical if side == "canonical" else row.local), default=None)
