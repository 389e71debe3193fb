"""Taking exact numbers of bytes from a stream that can only be read forwards.

A claim about a length never makes it allocate more than the stream really gives.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from flatiron_tasks.imaging.exr.header import damaged

_READ_AHEAD = 4096
_BLOCK_BYTES = 1 << 20


class ByteStream(Protocol):
    """An open file, or anything that passes its bytes on."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes, fewer only at the end."""


class ByteSource:
    """The bytes of `stream` from its present position on. `file` is its name for messages."""

    def __init__(self, stream: ByteStream, file: Path) -> None:
        self._stream = stream
        self._file = file
        self._ahead = b""
        self._used = 0
        self.position = 0
        """Bytes taken so far."""

    def at_end(self) -> bool:
        """Whether everything is taken and the stream has no more."""
        return not self._untaken and not self._stream.read(1)

    def take(self, count: int) -> bytes:
        """The next `count` bytes. Raises RejectedPieceError if the stream ends before."""
        if count > self._untaken:
            data = self._beyond(count)
        else:
            data = self._ahead[self._used : self._used + count]
            self._used += count
        self.position += count
        return data

    def take_text(self, most: int) -> str:
        """The text up to the next zero byte, which is taken too. At most `most` bytes are text."""
        self._look_ahead(most + 1)
        end = self._ahead.find(b"\0", self._used, self._used + most + 1)
        if end < 0:
            raise damaged(self._file, "a name in its header does not end")
        return self.take(end + 1 - self._used)[:-1].decode("latin-1")

    @property
    def _untaken(self) -> int:
        """Bytes that were read ahead."""
        return len(self._ahead) - self._used

    def _look_ahead(self, count: int) -> None:
        """Have `count` bytes ready, or all that the stream has."""
        while self._untaken < count and (more := self._stream.read(_READ_AHEAD)):
            self._ahead = self._ahead[self._used :] + more
            self._used = 0

    def _beyond(self, count: int) -> bytes:
        """The next `count` bytes, when not all of them were read ahead."""
        parts = [self._ahead[self._used :]] if self._untaken else []
        missing = count - self._untaken
        self._ahead, self._used = b"", 0
        while missing:
            part = self._stream.read(min(missing, _BLOCK_BYTES))
            if not part:
                raise damaged(self._file, "it ends too early")
            parts.append(part)
            missing -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)
