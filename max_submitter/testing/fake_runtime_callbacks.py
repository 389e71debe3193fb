"""`callbacks` and `NodeEventCallback` of the fake runtime."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from max_submitter.testing.fake_runtime_values import FakeName


class FakeCallbacks:
    """`callbacks`: functions without arguments by event and id."""

    def __init__(self) -> None:
        self.scripts: list[tuple[FakeName, Callable[[], None], FakeName]] = []

    def addScript(self, event: FakeName, script: Callable[[], None], *, id: FakeName) -> None:  # noqa: A002, N802, D102
        if not isinstance(event, FakeName) or not isinstance(id, FakeName):
            raise TypeError("addScript takes Names")
        self.scripts.append((event, script, id))

    def removeScripts(self, *, id: FakeName) -> None:  # noqa: A002, N802, D102
        self.scripts = [item for item in self.scripts if item[2] != id]

    def send(self, event: str) -> None:
        """An event happens."""
        for name, script, _ in tuple(self.scripts):
            if name == FakeName(event):
                script()


class FakeNodeEvents:
    """One registration of `NodeEventCallback`."""

    def __init__(self, handlers: dict[str, Callable[..., None]]) -> None:
        self.handlers = handlers


class FakeNodeEventCallback:
    """Makes registrations, and forgets each when nobody holds it any more."""

    def __init__(self) -> None:
        self._live: weakref.WeakSet[FakeNodeEvents] = weakref.WeakSet()

    def __call__(self, **handlers: Any) -> FakeNodeEvents:
        """Register a function per event."""
        made = FakeNodeEvents(handlers)
        self._live.add(made)
        return made

    def send(self, event: str) -> None:
        """An event happens to some nodes."""
        for registration in list(self._live):
            if event in registration.handlers:
                registration.handlers[event](event, ())
