"""Looking at several things at once, at each no longer than it may take. A look that hangs is left behind.

The threads are daemons: a call that never returns, as on a dead network share, keeps neither the report nor the end of
the program waiting.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Generic, TypeVar

from flatiron_tasks.contracts.errors import FlatironError

_FactsT = TypeVar("_FactsT")


@dataclass(frozen=True)
class Seen(Generic[_FactsT]):
    """What a look has found."""

    facts: _FactsT


@dataclass(frozen=True)
class Unseen:
    """Why a look has found nothing: a sentence."""

    why: str


Sight = Seen[_FactsT] | Unseen


class Look(Generic[_FactsT]):
    """One look under way in a thread of its own, begun when it is made."""

    def __init__(
        self, what: str, look: Callable[[], _FactsT], *, limit_s: float, tell: Callable[[str], None] = lambda _: None
    ) -> None:
        """`tell` hears `what` when the look has ended by itself."""
        self._what, self._limit_s = what, limit_s
        self._end = time.monotonic() + limit_s
        self._future: Future[_FactsT] = Future()
        threading.Thread(target=self._run, args=(look, tell), name=f"look at {what}", daemon=True).start()

    def sight(self) -> Sight[_FactsT]:
        """What was found; waits until the limit at most."""
        try:
            return Seen(self._future.result(max(0.0, self._end - time.monotonic())))
        except TimeoutError:
            if self._future.done():
                return Unseen(f"{_capital(self._what)} timed out.")
            return Unseen(f"{_capital(self._what)} took longer than {self._limit_s:g} seconds.")
        except FlatironError as error:
            return Unseen(error.reason)
        except Exception as error:  # noqa: BLE001 - one look that breaks must not hide what the others saw
            return Unseen(f"{type(error).__name__}: {error}".rstrip(": ").rstrip(".") + ".")

    def _run(self, look: Callable[[], _FactsT], tell: Callable[[str], None]) -> None:
        try:
            self._future.set_result(look())
        except BaseException as error:  # noqa: BLE001 - it is raised again where the result is asked for
            self._future.set_exception(error)
        tell(self._what)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
