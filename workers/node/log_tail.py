"""What is added to log files while a renderer runs. A file that is not there yet, or cannot be read, says nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from workers.node.log_text import TolerantDecoder

_CHUNK_BYTES = 1 << 20
_TAIL_CHARACTERS = 8000


class LogTail:
    """Follows one file from where it ends now (what stood in it before is another run's), or from `begin` (bytes)."""

    def __init__(self, path: Path, code_pages: Sequence[str] = (), *, begin: int | None = None) -> None:
        self.path = path
        self.begin = _size(path) if begin is None else begin
        self._code_pages = code_pages
        self._decoder = TolerantDecoder(code_pages)
        self._offset = self.begin
        self.tail = ""
        """The last 8000 characters that came."""

    def read(self) -> str:
        """The next text, at most a megabyte of it at once."""
        text = self._decoder.decode(self._bytes())
        self._keep(text)
        return text

    def read_rest(self) -> Iterator[str]:
        """All that is left, in parts; the file is finished."""
        while data := self._bytes():
            text = self._decoder.decode(data)
            self._keep(text)
            yield text
        text = self._decoder.decode(b"", final=True)
        self._keep(text)
        yield text

    def again(self) -> LogTail:
        """The same file from the same place."""
        return LogTail(self.path, self._code_pages, begin=self.begin)

    def _bytes(self) -> bytes:
        try:
            with self.path.open("rb") as file:
                file.seek(self._offset)
                data = file.read(_CHUNK_BYTES)
        except OSError:
            return b""
        self._offset += len(data)
        return data

    def _keep(self, text: str) -> None:
        self.tail = (self.tail + text)[-_TAIL_CHARACTERS:]


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
