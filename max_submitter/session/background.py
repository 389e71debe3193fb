"""Work beside the main thread, its end on the main thread: the only place where the session makes threads.

The main thread never waits for a thread here. Threads are daemons: 3ds Max may end at any moment, and what they do must
bear that.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol, TypeVar

from flatiron_tasks.contracts.errors import FlatironError, UnexpectedError

Post = Callable[[Callable[[], None]], None]
"""Runs a callable on the main thread, soon. May be called from any thread."""

T = TypeVar("T")


class After(Protocol):
    """A timer of the main thread."""

    def __call__(self, milliseconds: int, action: Callable[[], None]) -> None:
        """Run `action` on the main thread after that time. Called on the main thread only."""
        ...


class Background:
    """Threads that report to the main thread. What they report after `close` is dropped."""

    def __init__(self, post: Post) -> None:
        self._post = post
        self._is_closed = False

    def run(
        self, name: str, work: Callable[[], T], done: Callable[[T], None], failed: Callable[[FlatironError], None]
    ) -> None:
        """Run `work` in a thread; then `done` with its result, or `failed` with its error, on the main thread.

        After `close` nothing is begun any more.
        """
        if self._is_closed:
            return

        def body() -> None:
            try:
                result = work()
            except FlatironError as error:
                self._tell_error(error, failed)
            except Exception as error:  # noqa: BLE001 - the last line of a thread: nobody else would hear of it
                self._tell_error(_unexpected(name, error), failed)
            else:
                self.tell(lambda: done(result))

        threading.Thread(target=body, name=f"flatiron {name}", daemon=True).start()

    def tell(self, action: Callable[[], None]) -> None:
        """Run `action` on the main thread, unless the session is closed by then. From any thread."""
        self._post(lambda: None if self._is_closed else action())

    def close(self) -> None:
        """Let threads end by themselves; nothing that they report is heard any more."""
        self._is_closed = True

    def _tell_error(self, error: FlatironError, failed: Callable[[FlatironError], None]) -> None:
        self.tell(lambda: failed(error))


def beside(name: str, work: Callable[[], None]) -> None:
    """Do something in a thread of which nobody hears. It must bear that the program ends meanwhile."""
    threading.Thread(target=work, name=f"flatiron {name}", daemon=True).start()


def _unexpected(name: str, error: Exception) -> UnexpectedError:
    return UnexpectedError(
        f"An error that the program does not know ended its work: {name}.",
        why=f"{type(error).__name__}: {error}",
        advice="Try again; report this if it stays.",
    )
