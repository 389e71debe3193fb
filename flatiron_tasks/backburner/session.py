"""One TCP connection to a manager: a request out, its whole reply in, and never a hang.

Knows sockets and deadlines, not what the commands mean. A session that failed once is closed for good: its stream may
be out of step.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Final

from flatiron_tasks.backburner import assumptions, wire
from flatiron_tasks.backburner.dialogue import Dialogue, Reply
from flatiron_tasks.backburner.events import Mode
from flatiron_tasks.contracts.errors import FarmUnreachableError

_READ_BYTES: Final = 256 * 1024


@dataclass(frozen=True)
class Address:
    """Where a manager is and how to talk to it. `read_timeout_s` bounds each whole reply, not each packet."""

    host: str
    port: int = assumptions.MANAGER_PORT
    mode: Mode = Mode.CONSOLE
    connect_timeout_s: float = 5.0
    read_timeout_s: float = 20.0

    @property
    def name(self) -> str:
        """The manager in messages."""
        return f"The farm manager at {self.host}:{self.port}"


class Session:
    """A connection as a context manager; open from the beginning.

    `overhear` is called with every chunk that travels: `("sent" | "received", bytes)`.
    Every method raises FarmUnreachableError, FarmProtocolError or FarmRefusedError and closes the session with it.
    """

    def __init__(self, address: Address, *, overhear: Callable[[str, bytes], None] | None = None) -> None:
        self._address = address
        self._overhear = overhear or (lambda direction, data: None)
        self._dialogue = Dialogue(address.mode, who=address.name)
        try:
            self._socket = socket.create_connection((address.host, address.port), timeout=address.connect_timeout_s)
        except (OSError, OverflowError, UnicodeError) as error:  # the latter two: no port, no host name at all
            raise self._unreachable("cannot be reached", error) from error
        self._is_open = True
        self._exchange(self._dialogue.opening)

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @property
    def in_control(self) -> bool:
        """Whether the last prompt said that we hold queue control; never known in program mode."""
        return self._dialogue.in_control

    @property
    def local_address(self) -> str:
        """Our own IP address on this connection."""
        return str(self._socket.getsockname()[0])

    @property
    def manager_address(self) -> str:
        """The manager's IP address on this connection."""
        return str(self._socket.getpeername()[0])

    def fileno(self) -> int:
        """For `select`: readable means that the manager closed the connection, or spoke out of turn."""
        return self._socket.fileno()

    def close(self) -> None:
        """Drop the connection. Harmless when it is closed already."""
        self._is_open = False
        self._socket.close()

    def is_usable(self) -> bool:
        """Whether a request may be sent: open, and the manager neither closed it nor said anything since."""
        return self._is_open and not self.hears_within(0)

    def hears_within(self, seconds: float) -> bool:
        """Wait until something arrives that no request asked for, or the connection ends; False if nothing did."""
        try:
            self._socket.settimeout(seconds)
            self._socket.recv(1, socket.MSG_PEEK)
        except (TimeoutError, BlockingIOError):
            return False
        except OSError:
            return True  # a reset is an end as well; the next request says so
        return True

    def request(self, *words: str) -> Reply:
        """Send one command line and read its whole reply."""
        return self._exchange(lambda: self._dialogue.request(*words))

    def upload(self, *words: str, body: bytes) -> Reply:
        """Announce `body` with a command line that ends in its length, send it, and read the final reply."""
        payload = wire.terminated(body)
        ready = self._exchange(lambda: self._dialogue.announcement(*words, payload=payload))
        if ready.code != assumptions.UPLOAD_READY_CODE:
            return ready
        return self._exchange(lambda: self._dialogue.payload(payload))

    def _exchange(self, speak: Callable[[], bytes]) -> Reply:
        if not self._is_open:
            raise FarmUnreachableError(f"The connection to {self._address.name} is closed", advice="open a new one")
        deadline = time.monotonic() + self._address.read_timeout_s
        reply: Reply | None = None
        try:
            self._send(speak(), deadline)
            while (reply := self._dialogue.next_reply()) is None:
                self._dialogue.receive_data(self._receive(deadline))
        except TimeoutError as error:
            raise self._unreachable(f"did not answer within {self._address.read_timeout_s:g} s", error) from error
        except OSError as error:
            raise self._unreachable("broke the connection", error) from error
        finally:
            if reply is None:  # failed, or interrupted in the middle: nobody knows what the next bytes belong to
                self.close()
        return reply

    def _send(self, data: bytes, deadline: float) -> None:
        self._socket.settimeout(_remaining(deadline))
        self._socket.sendall(data)
        if data:
            self._overhear("sent", data)

    def _receive(self, deadline: float) -> bytes:
        self._socket.settimeout(_remaining(deadline))
        data = self._socket.recv(_READ_BYTES)
        if data:
            self._overhear("received", data)
        return data

    def _unreachable(self, what: str, error: Exception) -> FarmUnreachableError:
        return FarmUnreachableError(
            f"{self._address.name} {what}",
            why=str(error),
            advice="check that the manager runs, its host name and port, and the firewall",
        )


def _remaining(deadline: float) -> float:
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError("the whole reply took too long")
    return seconds
