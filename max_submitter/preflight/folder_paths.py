"""Folders that the artist typed: their canonical spelling, or a sentence on why they cannot be one. Touches no file."""

from __future__ import annotations

from collections.abc import Iterator

from flatiron_tasks.contracts import paths
from flatiron_tasks.contracts.errors import BadInputError
from flatiron_tasks.share.path_mapping import PathMapping
from max_submitter.preflight.finding import Finding
from max_submitter.preflight.inputs import PreflightInput


def canonical_folder(given: PreflightInput, typed: str, what: str) -> str:
    """The folder as all machines spell it. `what` names it in errors. Raises BadInputError."""
    paths.canonical_path(typed, what=what)
    return PathMapping(given.configuration.path_rules, flavour=given.flavour).to_canonical(typed)


def is_path(given: PreflightInput, typed: str) -> bool:
    """Whether it is a full path on this machine."""
    return not any(impossible_path(given, typed, check="", what="folder", where=""))


def impossible_path(given: PreflightInput, typed: str, *, check: str, what: str, where: str) -> Iterator[Finding]:
    """A finding if a text is no full path on this machine."""
    try:
        canonical_folder(given, typed, what)
    except BadInputError as error:
        # Errors quote paths as Python does, with every backslash doubled.
        yield Finding(check, "fatal", error.reason.replace(repr(typed), f'"{typed}"'), error.advice, where=where)
