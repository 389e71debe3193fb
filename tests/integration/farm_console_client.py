"""A client as others wrote it for console mode: it reads a fixed number of bytes once per part of a reply.

Shares no code with our own client on purpose. Such a client works only with a manager that sends each part, prompt
included, with a write of its own, and that speaks the exact bytes.
"""

from __future__ import annotations

import socket
from types import TracebackType
from typing import Self
from xml.etree import ElementTree as Xml


class ConsoleClient:
    """One session. Every read is one `recv` and must bring one whole part."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.greeting = self._socket.recv(29)
        self.prompts: list[bytes] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._socket.close()

    def status(self, line: str) -> str:
        """The status line that answers a command."""
        self._socket.sendall(line.encode("ascii") + b"\r\n")
        self.prompts.append(self._socket.recv(128))
        reply = self._socket.recv(32)
        assert reply.endswith(b"\r\n")
        assert reply.count(b"\r\n") == 1
        return reply.decode("ascii").rstrip("\r\n")

    def document(self, line: str) -> Xml.Element:
        """The document that answers a command."""
        code, length = self.status(line).split()
        assert code == "251"
        payload = self._socket.recv(int(length))
        assert len(payload) == int(length)
        assert payload[-1:] == b"\0"
        return Xml.fromstring(payload.decode("utf-8")[:-1])


def texts(element: Xml.Element) -> list[str]:
    """The texts of an element's children, by position, as these clients read them."""
    return [child.text or "" for child in element]
