"""Looks at the share that a page can wait for: a share that hangs costs a page seconds, and never the whole server.

A call into a share that hangs cannot be ended, only left behind. So each look has a thread of its own, of which there
are few; while all of them hang, further looks fail at once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from flatiron_tasks.contracts.errors import ShareError

PATIENCE_S = 4.0
MOST_LOOKS = 8
SENTENCE = "The share does not answer."

_SeenT = TypeVar("_SeenT")


class ShareCalls:
    """All looks of one server."""

    def __init__(self, *, patience_s: float = PATIENCE_S, most: int = MOST_LOOKS) -> None:
        """`patience_s` is for a free thread while there is hope for one, and again for the look."""
        self._patience_s, self._most = patience_s, most
        self._lost: set[Future[Any]] = set()
        self._free = threading.BoundedSemaphore(most)

    def ask(self, look: Callable[[], _SeenT]) -> _SeenT:
        """What `look` returns or raises. Raises ShareError if it does not come to an end in time."""
        all_hang = len(self._lost) >= self._most
        if not self._free.acquire(timeout=0 if all_hang else self._patience_s):
            raise _silent("Earlier looks at it have not ended yet.")
        future: Future[_SeenT] = Future()
        threading.Thread(target=self._run, args=(look, future), name="look at share", daemon=True).start()
        try:
            return future.result(self._patience_s)
        except TimeoutError:
            if future.done():
                raise
            self._lost.add(future)
            future.add_done_callback(self._lost.discard)
            raise _silent(f"It took longer than {self._patience_s:g} seconds.") from None

    def _run(self, look: Callable[[], _SeenT], future: Future[_SeenT]) -> None:
        try:
            future.set_result(look())
        except BaseException as error:  # noqa: BLE001 - it is raised again where the result is asked for
            future.set_exception(error)
        finally:
            self._free.release()


def _silent(why: str) -> ShareError:
    return ShareError(SENTENCE, why=why, advice="Check the file server and this machine's way to it. Jobs wait for it.")
