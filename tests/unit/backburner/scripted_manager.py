"""A manager that says what a test wrote down, over real TCP."""

from __future__ import annotations

import socket
import threading
from collections.abc import Mapping

GREETING = b"250 backburner 1.0 Ready.\r\n"
PROMPT = b"backburner>"


class ScriptedManager:
    """Greets, answers each request line from `answers`, and notes the lines it got. Serves one connection."""

    def __init__(self, answers: Mapping[str, bytes], greeting: bytes = GREETING + PROMPT) -> None:
        self.requests: list[str] = []
        self._answers = answers
        self._greeting = greeting
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve)

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def __enter__(self) -> ScriptedManager:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._thread.join(10)
        self._listener.close()

    def _serve(self) -> None:
        self._listener.settimeout(10)
        connection, _ = self._listener.accept()
        with connection, connection.makefile("rb") as stream:
            connection.sendall(self._greeting)
            for line in stream:
                self.requests.append(line.decode().rstrip("\r\n"))
                answer = self._answers.get(self.requests[-1], b"400 Unknown command\r\n" + PROMPT)
                if answer == b"":
                    return
                connection.sendall(answer)
