"""What the local manager and its render servers say to each other: one JSON object per line, both ways.

Ours, not Autodesk's: how real servers talk to a real manager is not documented. A link starts as a console connection
(`flatiron server LEN`, see docs/backburner-protocol.md) and becomes a message stream after the manager's `200`.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any, Final

from flatiron_tasks.contracts.errors import FarmProtocolError

HEARTBEAT_S: Final = 1.0
SILENCE_S: Final = 10.0
LINE_LIMIT: Final = 4 * 1024 * 1024
_READ_BYTES: Final = 64 * 1024

Message = dict[str, Any]


class NodeLink:
    """A message stream over an open connection. `rest` holds bytes that arrived together with what came before."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, rest: bytes = b"") -> None:
        self._reader = reader
        self._writer = writer
        self._buffer = bytearray(rest)

    def send(self, message: Message) -> None:
        """Queue a message; a broken connection shows when reading."""
        if not self._writer.is_closing():
            self._writer.write(encoded(message))

    async def receive(self) -> Message | None:
        """The next message; None when the peer closed the connection or broke the protocol's silence limit.

        Raises FarmProtocolError on anything but a line of JSON.
        """
        while b"\n" not in self._buffer:
            try:
                data = await asyncio.wait_for(self._reader.read(_READ_BYTES), SILENCE_S)
            except OSError:  # TimeoutError is one of them
                return None
            if not data:
                return None
            self._buffer += data
            if len(self._buffer) > LINE_LIMIT and b"\n" not in data:
                raise FarmProtocolError(f"A message between manager and server is longer than {LINE_LIMIT} bytes")
        line, _, rest = bytes(self._buffer).partition(b"\n")
        self._buffer = bytearray(rest)
        return _message(line)

    async def flush(self) -> None:
        """Wait until everything queued was handed to the network, or cannot be."""
        try:
            await asyncio.wait_for(self._writer.drain(), SILENCE_S)
        except OSError:
            self.close()

    def close(self) -> None:
        """Drop the connection."""
        self._writer.close()


def encoded(message: Message) -> bytes:
    """A message as one line."""
    return json.dumps(message).encode("ascii") + b"\n"


def _message(line: bytes) -> Message:
    try:
        message = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise FarmProtocolError(f"A message between manager and server is not JSON: {line[:60]!r}") from error
    if not isinstance(message, dict):
        raise FarmProtocolError(f"A message between manager and server is not an object: {line[:60]!r}")
    return message
