"""The XML documents of a manager, as records: readers for our client, writers for the local manager.

The *order* of the elements is confirmed by clients that work, most of their *names* are not. So a reader takes the one
child that carries the expected name (letter case and underscores aside), and otherwise the child at the expected place.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache, lru_cache
from typing import Any, Final, TypeVar, get_type_hints
from xml.etree import ElementTree as Xml

from flatiron_tasks.backburner.bounded_xml import parse, parse_items
from flatiron_tasks.backburner.records import (
    JobAlerts,
    JobFlags,
    JobHead,
    JobInfo,
    JobPlugin,
    JobServer,
    ServerDetails,
    ServerIdentity,
    ServerInfo,
    ServerPlugin,
)
from flatiron_tasks.contracts.errors import FarmProtocolError

_HEADER: Final = b'<?xml version="1.0" encoding="UTF-8" standalone="yes" ?>\n'
_NOT_XML: Final = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NO_DETAILS: Final = ServerDetails()
_log = logging.getLogger(__name__)
_RecordT = TypeVar("_RecordT")


def read_record(kind: type[_RecordT], body: bytes) -> _RecordT:
    """A document that is one record. Raises FarmProtocolError."""
    return _record(kind, parse(body))


def read_list(kind: type[_RecordT], body: bytes) -> tuple[_RecordT, ...]:
    """A document whose root holds one record per child; nothing at all is an empty list.

    A child that nobody can read is left out. Raises FarmProtocolError if that leaves nothing: then it is our reading
    that is wrong, and an empty list would say that all jobs are gone.
    """
    return _records(kind, parse_items(body)) if body else ()


def read_job_info(body: bytes) -> JobInfo:
    """`get jobinfo`: six parts, the third of which nobody knows. Raises FarmProtocolError."""
    root = parse(body)
    plugin = _child(root, 3, "Plugin", optional=True)
    alerts = _child(root, 4, "Alerts", optional=True)
    servers = _child(root, 5, "Servers", optional=True)
    return JobInfo(
        _record(JobHead, _child(root, 0, "JobInfo")),
        _record(JobFlags, _child(root, 1, "JobFlags")),
        _records(JobServer, servers) if servers is not None else (),
        _record_or_default(JobPlugin, plugin),
        _record_or_default(JobAlerts, alerts),
    )


def read_server(body: bytes) -> ServerInfo:
    """`get server`: seven parts, the last a list. Raises FarmProtocolError."""
    root = parse(body)
    details: dict[str, Any] = {
        entry.name: _value(hint, child, entry)
        for place, (entry, hint) in enumerate(_entries(ServerDetails), 1)
        if is_dataclass(hint) and (child := _child(root, place, _tag(entry), optional=True)) is not None
    }
    plugins = _child(root, 6, "Plugins", optional=True)
    if plugins is not None:
        details["plugins"] = _records(ServerPlugin, plugins)
    return ServerInfo(_record(ServerIdentity, _child(root, 0, "ServerInfo")), ServerDetails(**details))


def read_error_list(body: bytes) -> tuple[str, ...]:
    """`get jobsrverrorlst`: the text of every `Msg`. Raises FarmProtocolError."""
    if not body:
        return ()
    return tuple(item.text or "" for item in parse(body).iter() if _fold(item.tag) == "msg")


def write_record(root: str, record: Any) -> bytes:
    """One record as a document."""
    return _document(_element(root, record))


def write_list(root: str, item: str, records: Iterable[Any]) -> bytes:
    """Records as a document, one child each; no bytes at all for no records, as a manager answers."""
    element = Xml.Element(root)
    element.extend([_element(item, record) for record in records])
    return _document(element) if len(element) else b""


def write_job_info(info: JobInfo) -> bytes:
    """`get jobinfo` with all its six parts; the third, which no client reads, stays empty."""
    root = Xml.Element("Job")
    root.extend([_element("JobInfo", info.head), _element("JobFlags", info.flags), Xml.Element("JobDetails")])
    root.extend([_element("Plugin", info.plugin), _element("Alerts", info.alerts)])
    Xml.SubElement(root, "Servers").extend([_element("Server", server) for server in info.servers])
    return _document(root)


def write_server(identity: ServerIdentity, details: ServerDetails = _NO_DETAILS) -> bytes:
    """`get server` with its seven parts."""
    root = Xml.Element("Server")
    root.append(_element("ServerInfo", identity))
    root.extend([_element(_tag(entry), getattr(details, entry.name)) for entry in fields(details)[:-1]])
    Xml.SubElement(root, "Plugins").extend([_element("Plugin", plugin) for plugin in details.plugins])
    return _document(root)


def write_error_list(messages: Iterable[str]) -> bytes:
    """Error messages of a job; no bytes at all for none."""
    root = Xml.Element("ServerErrorList")
    for message in messages:
        Xml.SubElement(Xml.SubElement(root, "ServerMessage"), "Msg").text = _legal(message)
    return _document(root) if len(root) else b""


class _RecordReader:
    """Reads records of one kind. Remembers where the last one had its fields: items of a list look alike."""

    def __init__(self, kind: Any) -> None:
        self._kind = kind
        self._tags: list[str] = []
        self._places: list[tuple[Field[Any], Any, int]] | None = None

    def read(self, element: Xml.Element) -> Any:
        tags = [child.tag for child in element]
        if self._places is None or tags != self._tags:
            self._places, self._tags = self._find(element, tags), tags
        return self._kind(**{entry.name: _value(hint, element[place], entry) for entry, hint, place in self._places})

    def _find(self, element: Xml.Element, tags: list[str]) -> list[tuple[Field[Any], Any, int]]:
        return [
            (entry, hint, place)
            for expected, (entry, hint) in enumerate(_entries(self._kind))
            if (place := _place(element, tags, expected, _tag(entry), optional=entry.default is not MISSING))
            is not None
        ]


def _record(kind: type[_RecordT], element: Xml.Element) -> _RecordT:
    record: _RecordT = _RecordReader(kind).read(element)
    return record


def _records(kind: type[_RecordT], items: Iterable[Xml.Element | FarmProtocolError]) -> tuple[_RecordT, ...]:
    reader, records, trouble = _RecordReader(kind), [], None
    for item in items:
        try:
            if isinstance(item, FarmProtocolError):
                raise item
            records.append(reader.read(item))
        except FarmProtocolError as error:
            trouble = error
            _log_once(f"Left out an item of a manager's list: {error.what}")
    if trouble is not None and not records:
        raise trouble
    return tuple(records)


@lru_cache(maxsize=64)
def _log_once(text: str) -> None:
    """A list is read every few seconds, with the same item in it."""
    _log.warning(text)


def _record_or_default(kind: type[_RecordT], element: Xml.Element | None) -> _RecordT:
    return kind() if element is None else _record(kind, element)


@cache
def _entries(kind: Any) -> tuple[tuple[Field[Any], Any], ...]:
    """The fields of a record with their types. Kept: finding the types costs more than reading a record."""
    hints = get_type_hints(kind)
    return tuple((entry, hints[entry.name]) for entry in fields(kind))


def _child(parent: Xml.Element, place: int, name: str, *, optional: bool = False) -> Any:
    found = _place(parent, [child.tag for child in parent], place, name, optional=optional)
    return None if found is None else parent[found]


def _place(parent: Xml.Element, tags: list[str], expected: int, name: str, *, optional: bool) -> int | None:
    """Where the child `name` is: where the only one of this name is, or else where it should be."""
    named = [place for place, tag in enumerate(tags) if _fold(tag) == _fold(name)]
    if len(named) == 1:
        return named[0]
    if expected < len(tags):
        return expected
    if optional:
        return None
    raise FarmProtocolError(f"The manager's <{parent.tag}> has no <{name}> and only {len(tags)} children")


def _value(kind: Any, element: Xml.Element, entry: Field[Any]) -> Any:
    if is_dataclass(kind):
        return _record(kind, element)  # type: ignore[arg-type]
    text = element.text or ""
    if not text.strip() and "empty" in entry.metadata:
        return entry.metadata["empty"]
    if kind is bool:
        return text.strip().lower() in {"yes", "1", "true"}
    try:
        return kind(text)
    except ValueError as error:
        raise FarmProtocolError(f"The manager's {entry.name} is not a number: {text[:40]!r}") from error


def _element(tag: str, record: Any) -> Xml.Element:
    element = Xml.Element(tag)
    for entry in fields(record):
        value = getattr(record, entry.name)
        if is_dataclass(value):
            element.append(_element(_tag(entry), value))
        else:
            text = ("Yes" if value else "No") if isinstance(value, bool) else str(value)
            Xml.SubElement(element, _tag(entry)).text = _legal(text)
    return element


def _document(root: Xml.Element) -> bytes:
    Xml.indent(root, "    ")
    return _HEADER + str(Xml.tostring(root, encoding="unicode")).encode() + b"\n"


def _tag(entry: Field[Any]) -> str:
    return str(entry.metadata.get("name", entry.name.title().replace("_", "")))


def _fold(tag: str) -> str:
    return tag.replace("_", "").lower()


def _legal(text: str) -> str:
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
