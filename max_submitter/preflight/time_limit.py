"""Wait for a file operation no longer than a time limit: on a dead share it may hang for minutes, or for ever.

A call that hangs cannot be ended; its daemon thread stays behind. So that they do not pile up, a second call for the
same thing is refused while the first still hangs.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from flatiron_tasks.contracts.errors import ShareError

T = TypeVar("T")


class TimeLimit:
    """Runs calls in threads of their own. Safe from any thread."""

    def __init__(self, seconds: float) -> None:
        """Wait at most `seconds` for each call."""
        self._seconds = seconds
        self._hanging: dict[str, threading.Thread] = {}
        self._lock = threading.Lock()

    def run(self, subject: str, action: Callable[[], T]) -> T:
        """The result of `action`, or what it raises. Raises ShareError if `subject` does not answer in time."""
        with self._lock:
            before = self._hanging.get(subject)
        if before is not None and before.is_alive():
            raise self._no_answer(subject)
        call = _Call(action)
        thread = threading.Thread(target=call.run, name="flatiron-file-probe", daemon=True)
        thread.start()
        if not call.done.wait(self._seconds):
            with self._lock:
                self._hanging[subject] = thread
            raise self._no_answer(subject)
        return call.result()

    def _no_answer(self, subject: str) -> ShareError:
        return ShareError(
            f"{subject} does not answer.",
            why=f"A file operation there took longer than {self._seconds:g} s.",
            advice="Check that the server is on and can be reached; try it in the file explorer.",
        )


class _Call(Generic[T]):
    """One call, and what came of it."""

    def __init__(self, action: Callable[[], T]) -> None:
        self._action = action
        self._results: list[T] = []
        self._error: BaseException | None = None
        self.done = threading.Event()

    def run(self) -> None:
        try:
            self._results.append(self._action())
        except BaseException as error:  # noqa: BLE001 - raised again where somebody waits for it
            self._error = error
        finally:
            self.done.set()

    def result(self) -> T:
        """What the call returned; raises what it raised."""
        if self._error is not None:
            raise self._error
        return self._results[0]
