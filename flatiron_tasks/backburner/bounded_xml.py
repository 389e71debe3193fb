"""XML from a peer that nobody vouches for: no DTD, no entities, and a bound on elements, depth and attributes.

The bytes are bounded already (wire.py); a tree of empty elements costs thirty times its bytes, so it is bounded too.
A farm's documents hold everybody's job names, and one of them must not hide all the others: a document that is no XML
is read again without the signs that XML forbids and with a bare `&` as itself; if a list is none even so, its items are
read one by one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final
from xml.etree import ElementTree as Xml

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from flatiron_tasks.backburner import assumptions
from flatiron_tasks.contracts.errors import FarmProtocolError

_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_FORBIDDEN_REFERENCE: Final = re.compile(r"&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01])|x0*(?:[0-8bce-f]|1[0-9a-f]));", re.I)
_BARE_AMPERSAND: Final = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});)")
_LIST_START: Final = re.compile(
    r"\s*(?:<\?[^>]*\?>\s*)?<(?P<root>[A-Za-z_][\w.-]*)[^<>]*>\s*(?=<(?P<item>[A-Za-z_][\w.-]*)[\s/>])"
)


def parse(body: bytes) -> Xml.Element:
    """The root of a document; what follows its last `>` is its terminator. Raises FarmProtocolError."""
    document = body[: body.rfind(b">") + 1]
    try:
        try:
            return _tree(document)
        except Xml.ParseError:
            return _tree(_plain(document))
    except (Xml.ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise _unreadable(body, str(error)) from error


def parse_items(body: bytes) -> Iterable[Xml.Element | FarmProtocolError]:
    """The children of a document's root; in the place of one that is no XML, an error that says so.

    Raises FarmProtocolError if not even its beginning and its end can be told.
    """
    try:
        return parse(body)
    except FarmProtocolError as error:
        if not isinstance(error.__cause__, Xml.ParseError):
            raise
        text = _plain(body[: body.rfind(b">") + 1])
        start = _LIST_START.match(text)
        end = f"</{start['root']}>" if start else ""
        if not start or not text.endswith(end) or text.count(f"</{start['item']}>") > assumptions.MAX_BROKEN_ITEMS:
            raise
        return _items(text[start.end() : -len(end)], start["item"])


def _items(text: str, tag: str) -> Iterator[Xml.Element | FarmProtocolError]:
    """Cut behind every end tag: whatever stands in an item, the next one is whole again."""
    *pieces, rest = text.split(f"</{tag}>")
    for item in [f"{piece}</{tag}>".strip() for piece in pieces] + [rest.strip()] * bool(rest.strip()):
        try:
            yield _tree(item)
        except (Xml.ParseError, DefusedXmlException, ValueError) as error:
            yield _unreadable(item.encode("utf-8", "replace"), str(error))


def _tree(document: bytes | str) -> Xml.Element:
    parser = DefusedXMLParser(target=_BoundedTree(), forbid_dtd=True)
    parser.feed(document)
    root: Xml.Element = parser.close()
    return root


def _plain(document: bytes) -> str:
    """The document as text, without the signs that XML forbids, also where they are written as numbers; `&` escaped."""
    try:
        text = document.decode("utf-8")
    except UnicodeDecodeError:
        text = document.decode(assumptions.FALLBACK_ENCODING, "replace")
    return _BARE_AMPERSAND.sub("&amp;", _FORBIDDEN_REFERENCE.sub("", _FORBIDDEN.sub("", text)))


class _BoundedTree(Xml.TreeBuilder):
    """Builds the tree and stops at the bounds."""

    def __init__(self) -> None:
        super().__init__()
        self._elements = 0
        self._depth = 0

    def start(self, tag: str, attributes: dict[Any, Any], /) -> Xml.Element:
        self._elements += 1
        self._depth += 1
        if self._elements > assumptions.MAX_ELEMENTS or self._depth > assumptions.MAX_DEPTH:
            raise _TooLargeError(f"more than {assumptions.MAX_ELEMENTS} elements or {assumptions.MAX_DEPTH} levels")
        if attributes:
            _refuse_many(attributes)
        return super().start(tag, attributes)

    def end(self, tag: str, /) -> Xml.Element:
        self._depth -= 1
        return super().end(tag)


class _TooLargeError(ValueError):
    """The document passed a bound."""


def _refuse_many(attributes: dict[str, str]) -> None:
    size = sum(len(name) + len(value) for name, value in attributes.items())
    if len(attributes) > assumptions.MAX_ATTRIBUTES or size > assumptions.MAX_ATTRIBUTE_SIGNS:
        raise _TooLargeError(
            f"an element has more than {assumptions.MAX_ATTRIBUTES} attributes, or more than "
            f"{assumptions.MAX_ATTRIBUTE_SIGNS} signs in them"
        )


def _unreadable(body: bytes, why: str) -> FarmProtocolError:
    return FarmProtocolError(
        f"The manager sent a document that is not plain XML: {body[:60]!r}",
        why=why,
        advice="try again; if it stays, note the manager's version and report it",
    )
