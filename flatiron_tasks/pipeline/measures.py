"""What the pipeline counts and times, and where it writes it down: the narrow port, and its two implementations.

Workers fork and come and go, so the numbers live in one hash of Redis and not in their memory. Measuring never raises
and costs a step one write: whoever measures several things does so in a block of `together`. How the numbers are shown
is none of this module's business; `workers.metrics` does that.
"""

from __future__ import annotations

import json
import logging
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import redis

log = logging.getLogger(__name__)
KEY = "metrics"
"""Name of the hash, behind the prefix of the installation."""

Labels = Mapping[str, str]
NO_LABELS: Labels = {}
SUM, TOTAL = "sum", "total"
"""Parts of a measured thing besides the buckets of a histogram, which are named by their upper bounds."""


@dataclass(frozen=True)
class Counter:
    """Something that is counted. `name` has its unit and ends in `_total`."""

    name: str
    text: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Histogram:
    """Seconds that something takes. `bounds` are the upper ends of the buckets; one without an end follows."""

    name: str
    text: str
    labels: tuple[str, ...] = ()
    bounds: tuple[float, ...] = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

    def bucket(self, seconds: float) -> str:
        """Name of the bucket that a time falls into."""
        position = bisect_left(self.bounds, seconds)
        return str(float(self.bounds[position])) if position < len(self.bounds) else "+Inf"


class Measures(Protocol):
    """Where measurements go. No method raises."""

    def count(self, what: Counter, labels: Labels = NO_LABELS, by: float = 1) -> None:
        """Add to a counter."""
        ...

    def observe(self, what: Histogram, labels: Labels, seconds: float) -> None:
        """Note that something took so long."""
        ...

    def together(self) -> AbstractContextManager[None]:
        """Write down what is measured in the block at once, at its end."""
        ...


class Series(NamedTuple):
    """One number in Redis. Its field in the hash is this as JSON."""

    name: str
    labels: tuple[str, ...]
    part: str

    def field(self) -> str:
        """Name of its field."""
        return json.dumps(self, separators=(",", ":"), ensure_ascii=False)


def read_field(field: str) -> Series | None:
    """The series of a field of the hash; None for one that is not ours."""
    try:
        name, labels, part = json.loads(field)
    except (ValueError, TypeError):
        return None
    is_ours = isinstance(name, str) and isinstance(labels, list) and isinstance(part, str)
    return Series(name, tuple(map(str, labels)), part) if is_ours else None


class SilentMeasures:
    """Writes nothing down: for tests, and for programs that are not workers."""

    def count(self, what: Counter, labels: Labels = NO_LABELS, by: float = 1) -> None:
        """Do nothing."""

    def observe(self, what: Histogram, labels: Labels, seconds: float) -> None:
        """Do nothing."""

    def together(self) -> AbstractContextManager[None]:
        """A block of its own."""
        return nullcontext()


SILENT = SilentMeasures()
_Gathered = list[tuple[Series, float]]


class RedisMeasures:
    """Writes everything into one hash of Redis. What cannot be written is lost: it is not worth a step."""

    def __init__(self, client: Any, prefix: str = "flatiron") -> None:
        self._redis = client
        self._key = f"{prefix}:{KEY}"
        self._gathered: ContextVar[_Gathered | None] = ContextVar("gathered measurements", default=None)

    def count(self, what: Counter, labels: Labels = NO_LABELS, by: float = 1) -> None:
        """Add to a counter."""
        self._add(what, labels, [(TOTAL, by)])

    def observe(self, what: Histogram, labels: Labels, seconds: float) -> None:
        """Note that something took so long; clocks that go back count as no time."""
        taken = max(0.0, seconds)
        self._add(what, labels, [(what.bucket(taken), 1), (SUM, taken)])

    @contextmanager
    def together(self) -> Iterator[None]:
        """Write down what is measured in the block at its end, however it ends. An inner block is part of the outer."""
        if self._gathered.get() is not None:
            yield
            return
        gathered: _Gathered = []
        token = self._gathered.set(gathered)
        try:
            yield
        finally:
            self._gathered.reset(token)
            self._write(gathered)

    def _add(self, what: Counter | Histogram, labels: Labels, parts: list[tuple[str, float]]) -> None:
        values = tuple(labels.get(name, "") for name in what.labels)
        new = [(Series(what.name, values, part), number) for part, number in parts]
        gathered = self._gathered.get()
        if gathered is None:
            self._write(new)
        else:
            gathered.extend(new)

    def _write(self, numbers: _Gathered) -> None:
        if not numbers:
            return
        try:
            with self._redis.pipeline(transaction=False) as pipe:
                for series, number in numbers:
                    pipe.hincrbyfloat(self._key, series.field(), number)
                pipe.execute()
        except redis.RedisError as error:
            log.warning("%d measurements are lost: %s", len(numbers), error)


def read_measures(client: Any, prefix: str = "flatiron") -> dict[Series, float]:
    """All numbers in Redis. Raises the errors of redis-py."""
    fields = client.hgetall(f"{prefix}:{KEY}")
    return {series: float(number) for field, number in fields.items() if (series := read_field(field)) is not None}
