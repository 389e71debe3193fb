"""The thread that does what may be slow: files on the share, messages to the workers. One thing after the other.

Order matters: what is known of a job is written in the order in which it happened.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable

from flatiron_tasks.contracts.errors import FlatironError

log = logging.getLogger(__name__)

Action = Callable[[], None]


class Hands:
    """Runs actions in a thread of its own; `complain` hears what went wrong, in that thread."""

    def __init__(self, complain: Callable[[str], None]) -> None:
        self._complain = complain
        self._actions: queue.SimpleQueue[tuple[str, Action] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="flatiron jobs at work", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def do(self, what: str, action: Action) -> None:
        """Do something soon. `what` names it in a complaint: "Cancelling job …"."""
        self._actions.put((what, action))

    def close(self) -> None:
        """Stop after what is waiting; returns at once. A program that ends does not wait for it."""
        self._actions.put(None)

    def join(self, seconds: float) -> None:
        """Wait until everything is done, but not longer than this."""
        self._thread.join(seconds)

    def _run(self) -> None:
        while (item := self._actions.get()) is not None:
            what, action = item
            try:
                action()
            except FlatironError as error:
                self._complain(f"{what}: {error}")
            except Exception as error:
                log.exception("%s failed", what)
                self._complain(f"{what}: {type(error).__name__}: {error}")
