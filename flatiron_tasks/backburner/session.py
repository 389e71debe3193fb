"""One TCP connection to a manager in console mode: a request out, its whole reply in, and never a hang.

Knows sockets and deadlines, not what the commands mean. A session that failed once is closed for good: its stream may
be out of step.
"""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass
from types import TracebackType

from flatiron_tasks.backburner import assumptions, wire
from flatiron_tasks.contracts.errors import FarmError, FarmProtocolError, FarmUnreachableError

_READ_BYTES = 256 * 1024
_UPLOAD_READY = 250


@dataclass(frozen=True)
class Reply:
    """The manager's answer. `body` is None when it was a status line alone; with a payload `code` is 251."""

    code: int
    text: str
    body: bytes | None = None


class ConsoleSession:
    """A context manager around one connection. `read_timeout_s` bounds each whole reply, not each packet."""

    def __init__(self, host: str, port: int, *, connect_timeout_s: float, read_timeout_s: float) -> None:
        self._address = (host, port)
        self._connect_timeout_s = connect_timeout_s
        self._read_timeout_s = read_timeout_s
        self._wire = wire.ClientConnection()
        self._socket: socket.socket | None = None

    def __enter__(self) -> ConsoleSession:
        try:
            self._socket = socket.create_connection(self._address, timeout=self._connect_timeout_s)
        except OSError as error:
            raise self._unreachable("cannot be reached", error) from error
        try:
            self._await_greeting()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Drop the connection. Harmless when it is closed already."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def request(self, *words: str) -> Reply:
        """Send one command line and read its reply, up to the next prompt."""
        return self._exchange(wire.command(*words))

    def upload(self, *words: str, body: bytes) -> Reply:
        """Announce `body` with a command line that ends in its length, send it, and read the final reply."""
        payload = wire.terminated(body)
        ready = self._exchange(wire.command(*words, str(len(payload))), await_prompt=False)
        if ready.code != _UPLOAD_READY:
            return ready
        return self._exchange(payload)

    def _await_greeting(self) -> None:
        greeting = self._reply(self._deadline())
        if greeting.code != assumptions.GREETING_CODE:
            raise FarmProtocolError(
                f"{self._name} greeted with {greeting.code} {greeting.text!r}",
                why=f"a Backburner manager greets with {assumptions.GREETING_CODE}",
                advice="check that host and port are those of a Backburner manager",
            )

    def _exchange(self, data: bytes, *, await_prompt: bool = True) -> Reply:
        if self._socket is None:
            raise FarmUnreachableError(f"The connection to {self._name} is closed", advice="open a new one")
        deadline = self._deadline()
        try:
            self._send(self._socket, data, deadline)
            return self._reply(deadline, await_prompt=await_prompt)
        except FarmError:
            self.close()
            raise

    def _send(self, connection: socket.socket, data: bytes, deadline: float) -> None:
        try:
            connection.settimeout(_remaining(deadline))
            connection.sendall(data)
        except OSError as error:
            raise self._unreachable("did not take a request", error) from error

    def _reply(self, deadline: float, *, await_prompt: bool = True) -> Reply:
        reply: Reply | None = None
        while reply is None:
            match self._event(deadline):
                case wire.Status(code, text):
                    reply = Reply(code, text)
                case wire.Data(body):
                    reply = Reply(wire.DATA_CODE, "", body)
                case wire.Prompt():
                    continue  # the one of the reply before, when nobody waited for it
        if await_prompt and not isinstance(event := self._event(deadline), wire.Prompt):
            raise FarmProtocolError(f"{self._name} sent {event} where its prompt was due")
        return reply

    def _event(self, deadline: float) -> wire.Status | wire.Data | wire.Prompt:
        while True:
            event = self._wire.next_event()
            if isinstance(event, wire.Closed):
                raise FarmUnreachableError(f"{self._name} closed the connection", advice="try again")
            if event is not None:
                return event
            self._wire.receive_data(self._receive(deadline))

    def _receive(self, deadline: float) -> bytes:
        if self._socket is None:
            raise FarmUnreachableError(f"The connection to {self._name} is closed", advice="open a new one")
        try:
            self._socket.settimeout(_remaining(deadline))
            return self._socket.recv(_READ_BYTES)
        except OSError as error:
            raise self._unreachable(f"did not answer within {self._read_timeout_s:g} s", error) from error

    def _deadline(self) -> float:
        return time.monotonic() + self._read_timeout_s

    @property
    def _name(self) -> str:
        return f"The farm manager at {self._address[0]}:{self._address[1]}"

    def _unreachable(self, what: str, error: OSError) -> FarmUnreachableError:
        return FarmUnreachableError(
            f"{self._name} {what}",
            why=str(error),
            advice="check that the manager runs, its host name and port, and the firewall",
        )


def _remaining(deadline: float) -> float:
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError("the whole reply took too long")
    return seconds
