"""A bound on a whole exchange over a socket, however slowly the other side drips.

The time-out of a socket bounds one read, so a receiver that sends a byte per second is never late by it. Here the
connection itself is shut at the end of the time: whatever reads from it, TLS or not, sees its end. Looking up a name
and connecting have the operating system's bounds only.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

SEND_S = 30.0
"""How long telling of one end in one way may take altogether."""


class TimeLimit:
    """The time that an exchange has left. It shuts every socket that it was told of."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end = time.monotonic() + seconds
        self._lock = threading.Lock()
        self._watched: list[socket.socket] = []
        self._is_over = False

    @property
    def is_over(self) -> bool:
        """Whether the time is up."""
        return self._is_over

    @property
    def sentence(self) -> str:
        """What the receiver did wrong."""
        return f"It took longer than {self._seconds:g} seconds."

    def check(self) -> None:
        """Raises TimeoutError if the time is up: what was read then may have been cut off."""
        if self._is_over:
            raise TimeoutError(self.sentence)

    def watch(self, connection: socket.socket) -> None:
        """Shut this connection at the end of the time. Raises TimeoutError if that is over already."""
        with self._lock:
            if self._is_over or time.monotonic() >= self._end:
                raise TimeoutError(self.sentence)
            self._watched.append(connection.dup())  # TLS takes the socket itself over, and the connection with it

    def shut(self) -> None:
        """The time is up."""
        with self._lock:
            self._is_over = True
            for connection in self._watched:
                with suppress(OSError):  # it has ended by itself
                    connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Forget the sockets."""
        with self._lock:
            while self._watched:
                self._watched.pop().close()


@contextmanager
def time_limit(seconds: float = SEND_S) -> Iterator[TimeLimit]:
    """Bound what happens in the block, as far as it tells of its sockets."""
    limit = TimeLimit(seconds)
    timer = threading.Timer(seconds, limit.shut)
    timer.daemon = True
    timer.start()
    try:
        yield limit
    finally:
        timer.cancel()
        limit.close()
