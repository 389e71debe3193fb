"""Who guesses passwords is slowed down, address by address, and seen in the log. Memory of one server, no more.

After a few wrong logins an address is not listened to for a while, whatever it says, twice as long after each further
one: a right password among the guesses would tell itself apart otherwise. Behind a proxy the address is the one that
the proxy names; people who share an address share the pause.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

FREE_FAILURES = 5
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0
FORGOTTEN_S = 900.0
MOST_ADDRESSES = 10_000


class FailedLogins:
    """Wrong logins by address."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def pause(self, address: str) -> float:
        """For how many seconds this address is not listened to; 0 if it is."""
        failures, at = self._of(address)
        return max(0.0, at + _pause(failures) - self._clock())

    def note(self, address: str) -> int:
        """A login was wrong. Returns how many were, of late."""
        failures = self._of(address)[0] + 1
        self._last[address] = failures, self._clock()
        self._last.move_to_end(address)
        while len(self._last) > MOST_ADDRESSES:
            self._last.popitem(last=False)
        return failures

    def forget(self, address: str) -> None:
        """A login was right."""
        self._last.pop(address, None)

    def _of(self, address: str) -> tuple[int, float]:
        failures, at = self._last.get(address, (0, 0.0))
        return (failures, at) if failures and self._clock() - at < FORGOTTEN_S else (0, 0.0)


def _pause(failures: int) -> float:
    if failures < FREE_FAILURES:
        return 0.0
    return min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(failures - FREE_FAILURES, 20))
