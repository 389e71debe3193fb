"""Strict documents: frozen dataclasses that check themselves, read JSON strictly and describe themselves as a schema.

One declaration serves all three. A field is `name: type = rule("what it is", pattern=…, minimum=…)`; the rules are
checked whenever an instance is made, by a reader or by code, so an invalid document cannot exist in memory either.
Every key is required, unknown keys are refused, nothing is converted silently. Does not read or write files.

Types: str, int, float, bool, nested documents, `tuple[T, ...]`, `T | None`, `Options` (a mapping of scalars).
"""

from __future__ import annotations

import dataclasses
import difflib
import functools
import json
import math
import re
import sys
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from flatiron_tasks.contracts.errors import ContractError
from flatiron_tasks.contracts.strict_json import read_json

Scalar = int | float | str | bool
Options = Mapping[str, Scalar]
D = TypeVar("D", bound="Document")
ONE_LINE = r"[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]*"
"""Pattern of a text in which nothing moves a terminal's cursor or text."""
_NAMES = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}
_SCHEMA_TYPES = {str: "string", int: "integer", float: "number", bool: "boolean"}


@dataclasses.dataclass(frozen=True)
class Rule:
    """What a field means and which values it takes. `reads` raises ValueError for a text that no pattern excludes."""

    doc: str
    pattern: str | None = None
    minimum: int | None = None
    maximum: int | None = None
    choices: tuple[Scalar, ...] = ()
    max_length: int | None = None
    min_items: int = 0
    text_format: str | None = None
    reads: Callable[[str], object] | None = None


def rule(doc: str, **limits: Any) -> Any:
    """Declare a field. `limits` are the attributes of `Rule`."""
    return dataclasses.field(metadata={"rule": Rule(doc, **limits)})


@dataclasses.dataclass(frozen=True)
class Document:
    """Base of everything that crosses a process border."""

    def __post_init__(self) -> None:
        """Check every field against its type and rule, then the document as a whole.

        Raises ContractError naming the key.
        """
        for field, annotation in _fields(type(self)):
            _check(getattr(self, field.name), annotation, field.metadata["rule"], field.name)
        self.check()

    def check(self) -> None:
        """Check what more than one field decides together. Raises ContractError naming the key."""

    @classmethod
    def from_json(cls: type[D], text: str | bytes, *, source: str) -> D:
        """Read a document. `source` (a file name, a task) goes into the errors. Raises ContractError."""
        data = read_json(text, source=source)
        try:
            return typing.cast("D", _decode(data, cls, ""))
        except ContractError as error:
            raise ContractError(f"{source}: {error.what}", why=error.why, advice=error.advice) from None

    def to_json(self) -> str:
        """The document as indented JSON with a final newline; reading it gives an equal document."""
        return json.dumps(encode(self), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def encode(value: Any) -> Any:
    """A document (or a part of one) as plain JSON data."""
    if isinstance(value, Document):
        return {field.name: encode(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, tuple):
        return [encode(item) for item in value]
    return dict(value) if isinstance(value, Mapping) else value


def schema_version(current: int) -> Any:
    """Declare the field that says which version of the contract a document keeps."""
    return rule("Version of this contract. Another version is refused.", choices=(current,))


def json_schema(cls: type[Document]) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a document; the stored copies in `schemas/` are tested equal to it."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": cls.__name__, **_object_schema(cls)}


def _fields(cls: type[Document]) -> tuple[tuple[dataclasses.Field[Any], Any], ...]:
    if cls not in _FIELDS:
        hints = typing.get_type_hints(cls)
        _FIELDS[cls] = tuple((field, hints[field.name]) for field in dataclasses.fields(cls))
    return _FIELDS[cls]


_FIELDS: dict[type[Document], tuple[tuple[dataclasses.Field[Any], Any], ...]] = {}
"""Evaluating the annotations again for each of 10,000 objects would take seconds."""


@functools.cache
def _optional(annotation: Any) -> Any | None:
    """T for `T | None`, otherwise None."""
    if typing.get_origin(annotation) not in (typing.Union, types.UnionType):
        return None
    inner = [arg for arg in typing.get_args(annotation) if arg is not type(None)]
    return inner[0] if len(inner) == 1 else None


@functools.cache  # asking a type for its name costs more than all the rest of a check
def _is_options(annotation: Any) -> bool:
    return typing.get_origin(annotation) is Mapping or annotation is Mapping or "Mapping" in str(annotation)


def _decode(data: Any, annotation: Any, key: str) -> Any:
    inner = _optional(annotation)
    if inner is not None:
        return None if data is None else _decode(data, inner, key)
    if typing.get_origin(annotation) is tuple:
        if not isinstance(data, list):
            raise ContractError(f"`{key}` must be a list.")
        item = typing.get_args(annotation)[0]
        return tuple(_decode(value, item, f"{key}[{index}]") for index, value in enumerate(data))
    if isinstance(annotation, type) and issubclass(annotation, Document):
        return _decode_document(data, annotation, key)
    if annotation is float and type(data) is int and abs(data) <= sys.float_info.max:
        return float(data)  # JSON writers may drop ".0"
    return data


def _decode_document(data: Any, cls: type[Document], key: str) -> Document:
    if not isinstance(data, dict):
        raise ContractError(f"`{key or cls.__name__}` must be an object.")
    fields = {field.name: annotation for field, annotation in _fields(cls)}
    version = data.get("schema_version")
    if "schema_version" in fields and not _is_known_version(cls, version):
        raise ContractError(
            f"schema_version {version!r} of {cls.__name__} is unknown here.",
            advice="Update the older of the two machines: the writer and this program must speak the same version.",
        )
    _refuse_keys(set(data), set(fields), key)
    values = {name: _decode(data[name], annotation, _join(key, name)) for name, annotation in fields.items()}
    try:
        return cls(**values)
    except ContractError as error:
        if not key:
            raise
        raise ContractError(f"in `{key}`: {error.what}", why=error.why, advice=error.advice) from None


def _is_known_version(cls: type[Document], version: Any) -> bool:
    declared = next(field for field in dataclasses.fields(cls) if field.name == "schema_version")
    return type(version) is int and version in declared.metadata["rule"].choices


def _refuse_keys(given: set[str], wanted: set[str], key: str) -> None:
    unknown, missing = sorted(given - wanted), sorted(wanted - given)
    if unknown:
        near = difflib.get_close_matches(unknown[0], sorted(wanted), n=1)
        advice = f"Did you mean `{near[0]}`?" if near else ""
        raise ContractError(f"unknown key `{_join(key, unknown[0])}`.", advice=advice)
    if missing:
        raise ContractError(f"missing key `{_join(key, missing[0])}`.")


def _check(value: Any, annotation: Any, limits: Rule, key: str) -> None:
    inner = _optional(annotation)
    if inner is not None:
        if value is not None:
            _check(value, inner, limits, key)
        return
    if _is_options(annotation):
        _check_options(value, key)
    elif typing.get_origin(annotation) is tuple:
        _check_tuple(value, annotation, limits, key)
    elif issubclass(annotation, Document):
        if type(value) is not annotation:
            raise ContractError(f"`{key}` must be a {annotation.__name__}.")
    else:
        _check_scalar(value, annotation, limits, key)


def _check_tuple(value: Any, annotation: Any, limits: Rule, key: str) -> None:
    if not isinstance(value, tuple):
        raise ContractError(f"`{key}` must be a list.")
    if len(value) < limits.min_items:
        raise ContractError(f"`{key}` needs at least {limits.min_items} item(s), it has {len(value)}.")
    for index, item in enumerate(value):
        _check(item, typing.get_args(annotation)[0], limits, f"{key}[{index}]")


def _check_options(value: Any, key: str) -> None:
    if not isinstance(value, Mapping):
        raise ContractError(f"`{key}` must be an object.")
    for name, option in value.items():
        if not _is_option_name(name) or not _is_option(option):
            raise ContractError(f"`{key}.{name}` must be a number, a text, true or false.")


def _check_scalar(value: Any, wanted: Any, limits: Rule, key: str) -> None:
    if type(value) is not wanted or (wanted is float and not math.isfinite(value)):
        raise ContractError(f"`{key}` must be {_NAMES[wanted]}, not {value!r:.80}.")
    if limits.choices and value not in limits.choices:
        raise ContractError(f"`{key}` must be one of {', '.join(map(str, limits.choices))}, not {value!r:.80}.")
    if wanted is str:
        _check_text(value, limits, key)
    if limits.minimum is not None and not value >= limits.minimum:
        raise ContractError(f"`{key}` must be at least {limits.minimum}, not {value}.")
    if limits.maximum is not None and not value <= limits.maximum:
        raise ContractError(f"`{key}` must be at most {limits.maximum}, not {value}.")


def _check_text(value: str, limits: Rule, key: str) -> None:
    if not _is_unicode(value):
        raise ContractError(f"`{key}` holds half a character (a lone surrogate), which no file can hold.")
    if limits.max_length is not None and len(value) > limits.max_length:
        raise ContractError(f"`{key}` is longer than {limits.max_length} characters.")
    if limits.pattern is not None and not re.fullmatch(limits.pattern, value):
        raise ContractError(f"`{key}` cannot be {value!r:.80}.", why=f"It is: {limits.doc} (pattern {limits.pattern})")
    if limits.reads is not None:
        try:
            limits.reads(value)
        except ValueError as error:
            raise ContractError(f"`{key}` cannot be {value!r:.80}.", why=f"It is: {limits.doc} ({error})") from error


def _object_schema(cls: type[Document]) -> dict[str, Any]:
    fields = _fields(cls)
    return {
        "type": "object",
        "description": " ".join((cls.__doc__ or "").split("\n\n")[0].split()),
        "properties": {field.name: _schema(annotation, field.metadata["rule"]) for field, annotation in fields},
        "required": [field.name for field, _ in fields],
        "additionalProperties": False,
    }


def _schema(annotation: Any, limits: Rule, *, described: bool = True) -> dict[str, Any]:
    described_as = {"description": limits.doc} if described else {}
    inner = _optional(annotation)
    if inner is not None:
        return {**described_as, "anyOf": [_schema(inner, limits, described=False), {"type": "null"}]}
    if _is_options(annotation):
        return {**described_as, "type": "object", "additionalProperties": {"type": ["number", "string", "boolean"]}}
    if typing.get_origin(annotation) is tuple:
        items = _schema(typing.get_args(annotation)[0], limits, described=False)
        return {**described_as, "type": "array", "items": items, "minItems": limits.min_items}
    if issubclass(annotation, Document):
        return {**_object_schema(annotation), **described_as}
    return {**described_as, "type": _SCHEMA_TYPES[annotation], **_limits_schema(limits)}


def _limits_schema(limits: Rule) -> dict[str, Any]:
    schema: dict[str, Any] = {"enum": list(limits.choices)} if limits.choices else {}
    if limits.pattern is not None:
        schema["pattern"] = f"^(?:{limits.pattern})$"
    named = (
        ("minimum", limits.minimum),
        ("maximum", limits.maximum),
        ("maxLength", limits.max_length),
        ("format", limits.text_format),
    )
    schema.update({name: value for name, value in named if value is not None})
    return schema


def _join(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name


def _is_option_name(name: object) -> bool:
    return isinstance(name, str) and _is_unicode(name)


def _is_option(option: object) -> bool:
    if isinstance(option, str):
        return _is_unicode(option)
    return type(option) in (int, bool) or (type(option) is float and math.isfinite(option))


def _is_unicode(text: str) -> bool:
    """Whether a text can be written as UTF-8: `"\\ud800"` is JSON, but no character."""
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)
