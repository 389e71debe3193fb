"""XML from a peer that nobody vouches for: no DTD, no entities, and a bound on elements and depth.

The bytes are bounded already (wire.py); a tree of empty elements costs thirty times its bytes, so it is bounded too.
"""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as Xml

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from flatiron_tasks.backburner import assumptions
from flatiron_tasks.contracts.errors import FarmProtocolError


def parse(body: bytes) -> Xml.Element:
    """The root of a document; what follows its last `>` is its terminator. Raises FarmProtocolError."""
    parser = DefusedXMLParser(target=_BoundedTree(), forbid_dtd=True)
    try:
        parser.feed(body[: body.rfind(b">") + 1])
        root: Xml.Element = parser.close()
    except (Xml.ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise _unreadable(body, str(error)) from error
    return root


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
        return super().start(tag, attributes)

    def end(self, tag: str, /) -> Xml.Element:
        self._depth -= 1
        return super().end(tag)


class _TooLargeError(ValueError):
    """The document passed a bound."""


def _unreadable(body: bytes, why: str) -> FarmProtocolError:
    return FarmProtocolError(
        f"The manager sent a document that is not plain XML: {body[:60]!r}",
        why=why,
        advice="try again; if it stays, note the manager's version and report it",
    )
