"""Building blocks of the fake runtime: objects that know their properties and refuse all others.

3ds Max itself raises for an unknown property; a mock that accepts any name would hide a misspelling for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Call:
    """One call or change: `name` as it would be written, e.g. `setSilentMode` or `Shell_Material.renderMtlIndex=`."""

    name: str
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)


class Tape:
    """Everything that was asked of the fake, in order."""

    def __init__(self) -> None:
        self.calls: list[Call] = []

    def add(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Record one call."""
        self.calls.append(Call(name, args, kwargs))

    def named(self, name: str) -> list[Call]:
        """The calls of one name."""
        return [call for call in self.calls if call.name == name]

    def names(self) -> list[str]:
        """The names, in order."""
        return [call.name for call in self.calls]


class StrictObject:
    """An object of 3ds Max with fixed properties. Reading or writing another one raises AttributeError."""

    def __init__(self, tape: Tape, kind: str, **properties: Any) -> None:
        object.__setattr__(self, "_tape", tape)
        object.__setattr__(self, "_kind", kind)
        object.__setattr__(self, "_properties", dict(properties))

    def __getattr__(self, name: str) -> Any:
        properties: dict[str, Any] = object.__getattribute__(self, "_properties")
        if name in properties:
            return properties[name]
        raise AttributeError(f"{object.__getattribute__(self, '_kind')} has no property {name!r}")

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self._properties:
            raise AttributeError(f"{self._kind} has no property {name!r}")
        self._tape.add(f"{self._kind}.{name}=", value)
        self._properties[name] = value

    def has_property(self, name: str) -> bool:
        """What `isProperty` answers."""
        return name in self._properties


class FakeName(str):
    """`rt.Name("x")`: equal to another whatever the case."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FakeName) and self.lower() == other.lower()

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self.lower())


class FakeClass:
    """A class of 3ds Max: calling it makes an instance, `str` is its name."""

    def __init__(self, name: str, make: Callable[[FakeClass], Any]) -> None:
        self.name = name
        self._make = make

    def __call__(self) -> Any:  # noqa: D102
        return self._make(self)

    def __str__(self) -> str:
        return self.name


class FakeArguments:
    """`maxOps.mxsCmdLineArgs`: a Name finds its text, a plain text fails as in 3ds Max."""

    def __init__(self, values: dict[str, str]) -> None:
        self._values = {FakeName(name): value for name, value in values.items()}

    def __getitem__(self, name: object) -> str | None:
        if not isinstance(name, FakeName):
            raise TypeError("mxsCmdLineArgs takes a Name")
        return self._values.get(name)


class FakeArray:
    """A MAXScript array: indexed from 0, iterable, not sliceable."""

    def __init__(self, items: list[Any]) -> None:
        self._items = items

    def __getitem__(self, index: int) -> Any:
        if not isinstance(index, int):
            raise TypeError("a MAXScript array takes a whole number")
        return self._items[index]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)
