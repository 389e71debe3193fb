"""A recorded conversation without names and addresses: every byte count stays, so lengths still fit.

What is not known to be harmless is masked: of a document's texts only numbers, Yes and No, dates and states stay. A
server's handle becomes another one, always the same within one recording.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from flatiron_tasks.backburner.probe import Chunk, Exchange

_SERVER_HANDLE: Final = re.compile(rb"(?<![0-9A-Za-z])[0-9A-Fa-f]{12}(?=0000(?![0-9A-Za-z]))")
_TEXT: Final = re.compile(rb">([^<>\s][^<>]*)<")
_HARMLESS: Final = re.compile(rb"-?\d{1,12}(\.\d{1,9})?|Yes|No")
_DATE: Final = re.compile(
    rb"(?=.*\d{1,2}:\d{2})(\d+|[ ,/:.T-]|AM|PM|UTC|Mon|Tue|Wed|Thu|Fri|Sat|Sun|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct"
    rb"|Nov|Dec)+",
    re.IGNORECASE,
)
_LETTER: Final = re.compile(rb"[A-Za-z\x80-\xff]")
_DIGIT: Final = re.compile(rb"\d")


def masked(exchanges: Sequence[Exchange], salt: bytes) -> list[Exchange]:
    """The same exchanges, fit to be shown to strangers. `salt`: secret random bytes, thrown away afterwards."""
    return [
        Exchange(exchange.mode, _handles(exchange.request.encode(), salt).decode(), _chunks(exchange, salt))
        for exchange in exchanges
    ]


def _chunks(exchange: Exchange, salt: bytes) -> list[Chunk]:
    """Each direction is masked as one stream and cut again where it had been cut: a name may span two chunks."""
    streams = {
        sent: _mask(b"".join(chunk.data for chunk in exchange.chunks if chunk.sent is sent), salt)
        for sent in (True, False)
    }
    chunks = []
    for chunk in exchange.chunks:
        stream = streams[chunk.sent]
        chunks.append(replace(chunk, data=stream[: len(chunk.data)]))
        streams[chunk.sent] = stream[len(chunk.data) :]
    return chunks


def _mask(stream: bytes, salt: bytes) -> bytes:
    return _TEXT.sub(_masked_text, _handles(stream, salt))


def _handles(stream: bytes, salt: bytes) -> bytes:
    def pseudonym(match: re.Match[bytes]) -> bytes:
        return hashlib.blake2b(match[0].upper(), key=salt, digest_size=6).hexdigest().upper().encode()

    return _SERVER_HANDLE.sub(pseudonym, stream)


def _masked_text(match: re.Match[bytes]) -> bytes:
    text = match[1]
    if _HARMLESS.fullmatch(text) or _DATE.fullmatch(text) or _SERVER_HANDLE.match(text):
        return match[0]
    return b">" + _DIGIT.sub(b"0", _LETTER.sub(b"x", text)) + b"<"
