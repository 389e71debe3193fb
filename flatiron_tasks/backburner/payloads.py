"""The XML documents of a manager, as records: readers for our client, writers for the local manager.

The *order* of the elements is confirmed by clients that work, most of their *names* are not. So a reader takes the one
child that carries the expected name (letter case and underscores aside), and otherwise the child at the expected place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any, Final, TypeVar, get_type_hints
from xml.etree import ElementTree as Xml

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from flatiron_tasks.backburner.records import JobFlags, JobHead, JobInfo, JobServer, ServerIdentity
from flatiron_tasks.contracts.errors import FarmProtocolError

_HEADER: Final = b'<?xml version="1.0" encoding="UTF-8" standalone="yes" ?>\n'
_NOT_XML: Final = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_RecordT = TypeVar("_RecordT")


def read_record(kind: type[_RecordT], body: bytes) -> _RecordT:
    """A document that is one record. Raises FarmProtocolError."""
    return _record(kind, _parse(body))


def read_list(kind: type[_RecordT], body: bytes) -> tuple[_RecordT, ...]:
    """A document whose root holds one record per child; nothing at all is an empty list. Raises FarmProtocolError."""
    return tuple(_record(kind, item) for item in _parse(body)) if body else ()


def read_job_info(body: bytes) -> JobInfo:
    """`get jobinfo`: six parts, of which clients read the first, second and sixth. Raises FarmProtocolError."""
    root = _parse(body)
    servers = root[5] if len(root) > 5 else ()
    return JobInfo(
        _record(JobHead, _child(root, 0, "JobInfo")),
        _record(JobFlags, _child(root, 1, "JobFlags")),
        tuple(_record(JobServer, item) for item in servers),
    )


def read_error_list(body: bytes) -> tuple[str, ...]:
    """`get jobsrverrorlst`: the text of every `Msg`. Raises FarmProtocolError."""
    if not body:
        return ()
    return tuple(item.text or "" for item in _parse(body).iter() if _fold(item.tag) == "msg")


def write_record(root: str, record: Any) -> bytes:
    """One record as a document."""
    return _document(_element(root, record))


def write_list(root: str, item: str, records: Iterable[Any]) -> bytes:
    """Records as a document, one child each; no bytes at all for no records, as a manager answers."""
    element = Xml.Element(root)
    element.extend([_element(item, record) for record in records])
    return _document(element) if len(element) else b""


def write_job_info(info: JobInfo) -> bytes:
    """`get jobinfo` with all its six parts; those that no client reads stay nearly empty."""
    root = Xml.Element("Job")
    root.extend([_element("JobInfo", info.head), _element("JobFlags", info.flags), Xml.Element("JobDetails")])
    plugin = Xml.SubElement(root, "Plugin")
    Xml.SubElement(plugin, "Name").text = "Command Line Tool"
    Xml.SubElement(root, "Alerts")
    Xml.SubElement(root, "Servers").extend([_element("Server", server) for server in info.servers])
    return _document(root)


def write_server(identity: ServerIdentity) -> bytes:
    """`get server` with its seven parts; what the local manager does not know stays empty."""
    root = Xml.Element("Server")
    root.append(_element("ServerInfo", identity))
    for part in ("SystemInfo", "NetworkStatus", "Schedule", "Priorities", "CurrentTask", "Plugins"):
        Xml.SubElement(root, part)
    return _document(root)


def write_error_list(messages: Iterable[str]) -> bytes:
    """Error messages of a job; no bytes at all for none."""
    root = Xml.Element("ServerErrorList")
    for message in messages:
        Xml.SubElement(Xml.SubElement(root, "ServerMessage"), "Msg").text = _legal(message)
    return _document(root) if len(root) else b""


def _parse(body: bytes) -> Xml.Element:
    try:
        # What follows the last `>` is the terminator, in whichever form this manager writes it.
        return fromstring(body[: body.rfind(b">") + 1], forbid_dtd=True)
    except (Xml.ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise FarmProtocolError(
            f"The manager sent a document that is not plain XML: {body[:60]!r}",
            why=str(error),
            advice="try again; if it stays, note the manager's version and report it",
        ) from error


def _record(kind: type[_RecordT], element: Xml.Element) -> _RecordT:
    hints = get_type_hints(kind)
    values = {
        entry.name: _value(hints[entry.name], child, entry)
        for place, entry in enumerate(fields(kind))  # type: ignore[arg-type]
        if (child := _child(element, place, _tag(entry), optional=entry.default is not MISSING)) is not None
    }
    return kind(**values)


def _child(parent: Xml.Element, place: int, name: str, *, optional: bool = False) -> Any:
    named = [child for child in parent if _fold(child.tag) == _fold(name)]
    if len(named) == 1:
        return named[0]
    if place < len(parent):
        return parent[place]
    if optional:
        return None
    raise FarmProtocolError(f"The manager's <{parent.tag}> has no <{name}> and only {len(parent)} children")


def _value(kind: Any, element: Xml.Element, entry: Field[Any]) -> Any:
    if is_dataclass(kind):
        return _record(kind, element)  # type: ignore[arg-type]
    text = element.text or ""
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
