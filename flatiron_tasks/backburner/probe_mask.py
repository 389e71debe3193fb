"""A recorded conversation without names and addresses: every byte count stays, so lengths still fit.

What is not known to be harmless is masked: of a document's texts only numbers, Yes and No, dates and states stay, of a
status line only its code and the words that managers are known to say. A server's handle becomes another one, always
the same within one recording.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from flatiron_tasks.backburner.probe import Chunk, Exchange

_SERVER_HANDLE: Final = re.compile(rb"(?<![0-9A-Za-z])[0-9A-Fa-f]{12}(?=0000(?![0-9A-Za-z]))")
_HANDLES: Final = re.compile(rb"[0-9A-Fa-f]{12}0000(;[0-9A-Fa-f]{12}0000)*")
_TAG: Final = re.compile(rb"\?xml [^>]*|/?[\w.:-]+ ?/?")
_TAG_NAME: Final = re.compile(rb"/?[\w.:-]*")
_HARMLESS: Final = re.compile(rb"-?\d{1,12}(\.\d{1,9})?|Yes|No")
_WORD: Final = re.compile(rb"[^\s\0]+")
_KNOWN_WORDS: Final = frozenset(
    b"backburner backburner> backburner(Controller)> Ready Ready. OK Control Pending Unknown command Command Invalid "
    b"Error Need queue control Queue Job job Server server Task task Handle handle Not not Found found No no Nothing "
    b"nothing such Such is there busy refused denied".split()
)
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
    sent, received = (
        _handles(b"".join(chunk.data for chunk in exchange.chunks if chunk.sent is ours), salt)
        for ours in (True, False)
    )
    streams = {True: sent, False: _mask(received)}  # what we sent are our own questions: handles, but no names
    chunks = []
    for chunk in exchange.chunks:
        stream = streams[chunk.sent]
        chunks.append(replace(chunk, data=stream[: len(chunk.data)]))
        streams[chunk.sent] = stream[len(chunk.data) :]
    return chunks


def _mask(stream: bytes) -> bytes:
    """What stands before the first tag and behind the last is the manager's own talk, line by line."""
    head, *elements = stream.split(b"<")
    masked_elements = [
        _masked_element(element, is_last=place == len(elements)) for place, element in enumerate(elements, 1)
    ]
    return b"<".join([_masked_talk(head), *masked_elements])


def _masked_element(element: bytes, *, is_last: bool) -> bytes:
    tag, end, text = element.partition(b">")
    return _masked_tag(tag) + end + (_masked_talk(text) if is_last else _masked_text(text))


def _masked_tag(tag: bytes) -> bytes:
    """A plain tag as it is. Of one with attributes, of a comment or of raw text only the name stays."""
    if _TAG.fullmatch(tag):
        return tag
    name = _TAG_NAME.match(tag)
    end = name.end() if name else 0
    return tag[:end] + _hidden(tag[end:])


def _masked_talk(lines: bytes) -> bytes:
    """Every word that is neither a harmless number nor known to be a manager's is masked."""
    return _WORD.sub(lambda word: word[0] if _says_nothing(word[0]) else _hidden(word[0]), lines)


def _says_nothing(word: bytes) -> bool:
    return word in _KNOWN_WORDS or _HARMLESS.fullmatch(word) is not None


def _handles(stream: bytes, salt: bytes) -> bytes:
    def pseudonym(match: re.Match[bytes]) -> bytes:
        return hashlib.blake2b(match[0].upper(), key=salt, digest_size=6).hexdigest().upper().encode()

    return _SERVER_HANDLE.sub(pseudonym, stream)


def _masked_text(text: bytes) -> bytes:
    known = _HARMLESS.fullmatch(text) or _DATE.fullmatch(text) or _HANDLES.fullmatch(text)
    return text if known else _hidden(text)


def _hidden(text: bytes) -> bytes:
    return _DIGIT.sub(b"0", _LETTER.sub(b"x", text))
