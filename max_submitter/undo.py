"""Take back what was made when a later step fails. Knows nothing about what is made.

What could not be taken back is named, never advised to be deleted: it may be the only copy of something.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import TracebackType

from flatiron_tasks.contracts.errors import FlatironError, sentences


class Undo:
    """Runs its actions, last first, if its `with` block fails. An action returns what it had to leave behind."""

    def __init__(self) -> None:
        self._actions: list[Callable[[], Iterable[str]]] = []

    def add(self, action: Callable[[], Iterable[str]]) -> None:
        """Remember how to take a step back. Say so before the step: half of it may happen."""
        self._actions.append(action)

    def __enter__(self) -> Undo:
        """Start with nothing to take back."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take everything back on an error; one of ours is raised again naming what resisted."""
        leftovers = self._run() if error is not None else ""
        if leftovers and isinstance(error, FlatironError):
            raise type(error)(error.what, why=error.why, advice=sentences(error.advice, leftovers)) from (
                error.__cause__ or error
            )

    def _run(self) -> str:
        """What is still there, as sentences."""
        stays: list[str] = []
        resisted: list[str] = []
        while self._actions:
            try:
                stays.extend(self._actions.pop()())
            except (OSError, FlatironError) as error:  # the error that led here is the one to tell
                resisted.append(error.what if isinstance(error, FlatironError) else str(error))
        left = f"Left behind, not made by the bake: {', '.join(stays)}." if stays else ""
        return sentences(left, f"Not taken back yet: {' '.join(resisted)}" if resisted else "")
