"""A manager that says what a test wrote down, over real TCP, to any number of clients at once."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Mapping, Sequence

from flatiron_tasks.backburner import wire
from flatiron_tasks.contracts.errors import FarmProtocolError

GREETING = b"250 backburner 1.0 Ready.\r\n"
PROMPT = b"backburner>"
UNKNOWN = b"400 Unknown command\r\n" + PROMPT
AFTER_UPLOAD = "(upload)"
END_OF_CONNECTION = b""


class ScriptedManager:
    """Greets, and answers each request line from `answers`; a list gives its answers in turn, and its last for ever.

    `conversations` holds the request lines of every connection, `requests` those of the first, `uploads` all uploads.
    The answer to an upload is that to AFTER_UPLOAD; END_OF_CONNECTION hangs up, and so do `hang_up_after` answers.
    """

    def __init__(
        self,
        answers: Mapping[str, bytes | Sequence[bytes]],
        greeting: bytes = GREETING + PROMPT,
        *,
        hang_up_after: int | None = None,
    ) -> None:
        self.conversations: list[list[str]] = []
        self.uploads: list[bytes] = []
        self._answers = {
            request: [answer] if isinstance(answer, bytes) else list(answer) for request, answer in answers.items()
        }
        self._greeting = greeting
        self._hang_up_after = hang_up_after
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._connections: list[socket.socket] = []
        self._ended: list[threading.Event] = []
        self._threads = [threading.Thread(target=self._accept)]

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    @property
    def requests(self) -> list[str]:
        return self.conversations[0]

    def __enter__(self) -> ScriptedManager:
        self._threads[0].start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.hang_up()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        for thread in list(self._threads):
            thread.join(10)
        self.hang_up()
        self._listener.close()

    def hang_up(self) -> None:
        """End all connections of this moment."""
        for connection in self._connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def await_end(self, connection: int) -> None:
        """Wait until the connection of this number, from 0, has ended."""
        assert self._ended[connection].wait(10), f"connection {connection} is still open"

    def has_ended(self, connection: int) -> bool:
        return self._ended[connection].is_set()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._connections.append(connection)
            self.conversations.append([])
            self._ended.append(threading.Event())
            thread = threading.Thread(target=self._serve, args=(connection, self.conversations[-1], self._ended[-1]))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket, requests: list[str], ended: threading.Event) -> None:
        with connection, contextlib.suppress(OSError, FarmProtocolError):
            connection.sendall(self._greeting)
            self._converse(connection, requests)
        ended.set()

    def _converse(self, connection: socket.socket, requests: list[str]) -> None:
        protocol = wire.ServerConnection()
        while not isinstance(event := _next_event(connection, protocol), wire.Closed):
            if isinstance(event, wire.Upload):
                self.uploads.append(event.body)
                answer = self._answer(AFTER_UPLOAD)
            else:
                requests.append(_line(event))
                answer = self._answer(requests[-1])
                if answer == wire.UPLOAD_READY:
                    protocol.expect_upload(requests[-1].split()[-1])
            if answer == END_OF_CONNECTION:
                return
            connection.sendall(answer)
            if len(requests) == self._hang_up_after:
                return

    def _answer(self, request: str) -> bytes:
        answers = self._answers.get(request) or self._answers.get(request.rpartition(" ")[0] + " *", [UNKNOWN])
        return answers.pop(0) if len(answers) > 1 else answers[0]


def _next_event(connection: socket.socket, protocol: wire.ServerConnection) -> wire.ServerEvent:
    while (event := protocol.next_event()) is None:
        protocol.receive_data(connection.recv(4096))
    return event


def _line(event: wire.ServerEvent) -> str:
    return "new login" if isinstance(event, wire.Login) else " ".join(getattr(event, "words", ()))
