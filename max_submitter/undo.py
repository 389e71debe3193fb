"""Take back what was made when a later step fails. Knows nothing about what is made."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import TracebackType

from flatiron_tasks.contracts.errors import FlatironError


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
        leftovers = self._run() if error is not None else []
        if leftovers and isinstance(error, FlatironError):
            advice = f"{error.advice} Left behind, to be deleted by hand: {', '.join(leftovers)}.".strip()
            raise type(error)(error.what, why=error.why, advice=advice) from error

    def _run(self) -> list[str]:
        leftovers: list[str] = []
        while self._actions:
            try:
                leftovers.extend(self._actions.pop()())
            except (OSError, FlatironError) as error:  # the error that led here is the one to tell
                leftovers.append(f"({error})")
        return leftovers
