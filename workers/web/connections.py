"""HTTP connections that nobody can hold without asking for something: what uvicorn lacks against slow requests.

A client that has not sent a whole request some seconds after it connected, or after its last answer, is cut off. Beyond
a number of connections new ones are closed at once, so that file descriptors never run out.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

REQUEST_S = 10.0
MOST_CONNECTIONS = 600
"""More than all browsers that are told of changes (`live.MOST_BROWSERS`) and the pages that they load meanwhile."""

OPTIONS: dict[str, Any] = {"limit_concurrency": MOST_CONNECTIONS, "timeout_keep_alive": 5}
"""Further settings of uvicorn that belong to it."""


class ImpatientProtocol(H11Protocol):
    """One connection. The clock runs while a request is owed, and never while an answer is."""

    request_s = REQUEST_S
    _clock: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Begin to wait for a request, or refuse to."""
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            transport.abort()
            return
        self._wait()

    def handle_events(self) -> None:
        """Something of a request has come."""
        super().handle_events()
        if self._is_whole and self._clock is not None:
            self._clock.cancel()
            self._clock = None
        elif not self._is_whole:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        super().connection_lost(exc)
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    @property
    def _is_whole(self) -> bool:
        """Whether a request is here from its first line to the end of its body, and not answered yet."""
        return self.cycle is not None and not self.cycle.response_complete and not self.cycle.more_body

    def _wait(self) -> None:
        """From the first byte that is owed: what drips in meanwhile gives no further time."""
        if self._clock is None:
            self._clock = self.loop.call_later(self.request_s, self._cut_off)

    def _cut_off(self) -> None:
        self._clock = None
        if not self._is_whole:
            self.transport.abort()
