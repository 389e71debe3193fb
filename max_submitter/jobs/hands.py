"""A thread that does what may be slow. One thing after the other, in the order in which it was asked for.

There are several of them (`Helpers`), because a share that hangs must not hold up a message: "Cancel" goes out at once.
"""

from __future__ import annotations

import itertools
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from flatiron_tasks.contracts.errors import FlatironError

log = logging.getLogger(__name__)

Action = Callable[[], None]


class Worker(Protocol):
    """Does what may be slow, in order; `Hands` is one."""

    def do(self, what: str, action: Action, *, replaces: bool = False) -> None:
        """Do something soon; `replaces` what waits under the same words, of which only the newest is worth doing."""
        ...


@dataclass(frozen=True)
class Helpers:
    """Who does what, each in a thread of its own."""

    desk: Worker
    """Messages to the workers, and the ledger on this machine's disk."""
    files: Worker
    """Finished textures on shares."""
    pictures: Worker
    """Previews on shares: many, and the least important."""


class Hands:
    """Runs actions in a thread of its own; `complain` hears what went wrong, in that thread."""

    def __init__(self, complain: Callable[[str], None]) -> None:
        self._complain = complain
        self._waiting: dict[tuple[str, int], Action] = {}
        self._numbers = itertools.count(1)
        self._changed = threading.Condition()
        self._is_closing = False
        self._thread = threading.Thread(target=self._run, name="flatiron jobs at work", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def do(self, what: str, action: Action, *, replaces: bool = False) -> None:
        """Do something soon. `what` names it in a complaint: "Cancelling job …".

        What `replaces` takes the place of what waits under the same words.
        """
        with self._changed:
            self._waiting[what, 0 if replaces else next(self._numbers)] = action
            self._changed.notify()

    def waiting(self) -> int:
        """How much is not begun yet."""
        with self._changed:
            return len(self._waiting)

    def close(self) -> None:
        """Stop after what is waiting; returns at once. A program that ends does not wait for it."""
        with self._changed:
            self._is_closing = True
            self._changed.notify()

    def drop(self) -> None:
        """Stop after what is being done; what waits is dropped. Returns at once."""
        with self._changed:
            self._waiting.clear()
        self.close()

    def join(self, seconds: float) -> None:
        """Wait until everything is done, but not longer than this."""
        self._thread.join(seconds)

    def _next(self) -> tuple[str, Action] | None:
        """What waits longest; None when it is closed and nothing waits."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._is_closing)
            if not self._waiting:
                return None
            key = next(iter(self._waiting))
            return key[0], self._waiting.pop(key)

    def _run(self) -> None:
        while (item := self._next()) is not None:
            what, action = item
            try:
                action()
            except FlatironError as error:
                self._complain(f"{what}: {error}")
            except Exception as error:
                log.exception("%s failed", what)
                self._complain(f"{what}: {type(error).__name__}: {error}")
