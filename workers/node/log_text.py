"""Text from the bytes that renderers print: UTF-8, or the UTF-16 of 3ds Max's batch program, never an error."""

from __future__ import annotations

import codecs


class TolerantDecoder:
    """Decodes one stream, chunk by chunk. Bytes that are neither UTF-8 nor UTF-16 stay readable as `\\x83`."""

    def __init__(self) -> None:
        self._decoder: codecs.IncrementalDecoder | None = None
        self._head = b""

    def decode(self, data: bytes, *, final: bool = False) -> str:
        """The text of the next bytes; a character that is cut in two comes with the next call."""
        if self._decoder is None:
            self._head += data
            if len(self._head) < 4 and not final:
                return ""
            data, self._head = self._head, b""
            self._decoder = _decoder_for(data)
        return self._decoder.decode(data, final)


def _decoder_for(head: bytes) -> codecs.IncrementalDecoder:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return codecs.getincrementaldecoder("utf-16")(errors="replace")
    if len(head) >= 4 and not any(head[1:64:2]) and all(head[0:64:2]):  # Latin text in UTF-16 without a mark
        return codecs.getincrementaldecoder("utf-16-le")(errors="replace")
    return codecs.getincrementaldecoder("utf-8-sig")(errors="backslashreplace")
