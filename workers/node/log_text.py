"""Text from the bytes that renderers print: UTF-8, the UTF-16 of 3ds Max's batch program, or a code page.

Never an error.
"""

from __future__ import annotations

import codecs
from collections.abc import Sequence


class TolerantDecoder:
    """Decodes one stream, chunk by chunk.

    A line that is neither UTF-8 nor UTF-16 is read in the first of `code_pages` that fits; without any, its bytes stay
    readable as `\\x83`.
    """

    def __init__(self, code_pages: Sequence[str] = ()) -> None:
        self._code_pages = tuple(code_pages)
        self._decoder: codecs.IncrementalDecoder | _LineDecoder | None = None
        self._head = b""

    def decode(self, data: bytes, *, final: bool = False) -> str:
        """The text of the next bytes; a character that is cut in two comes with the next call."""
        if self._decoder is None:
            self._head += data
            if len(self._head) < 4 and not final:
                return ""
            data, self._head = self._head, b""
            self._decoder = _decoder_for(data, self._code_pages)
        return self._decoder.decode(data, final)


class _LineDecoder:
    """Decodes line by line: a line has one encoding, a log may have several."""

    def __init__(self, code_pages: Sequence[str]) -> None:
        self._encodings = ("utf-8-sig", *code_pages)
        self._rest = b""

    def decode(self, data: bytes, final: bool = False) -> str:  # as `codecs` has it
        lines = (self._rest + data).splitlines(keepends=True)
        whole = final or not lines or lines[-1].endswith(b"\n")
        self._rest = b"" if whole else lines.pop()
        return "".join(self._line(line) for line in lines)

    def _line(self, line: bytes) -> str:
        for encoding in self._encodings:
            try:
                return line.decode(encoding)
            except UnicodeDecodeError:
                continue
        return line.decode("utf-8", "backslashreplace")


def _decoder_for(head: bytes, code_pages: Sequence[str]) -> codecs.IncrementalDecoder | _LineDecoder:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return codecs.getincrementaldecoder("utf-16")(errors="replace")
    if len(head) >= 4 and not any(head[1:64:2]) and all(head[0:64:2]):  # Latin text in UTF-16 without a mark
        return codecs.getincrementaldecoder("utf-16-le")(errors="replace")
    if code_pages:
        return _LineDecoder(code_pages)
    return codecs.getincrementaldecoder("utf-8-sig")(errors="backslashreplace")
