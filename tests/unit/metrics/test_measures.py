"""Measuring: one write for all that is measured together, every time in one bucket, never an error."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st

from flatiron_tasks.pipeline.measured import LAST_PIECE_TO_TEXTURE
from flatiron_tasks.pipeline.measures import Counter, Histogram, RedisMeasures, Series, read_field
from workers.metrics.collector import measured

COUNTER = Counter("flatiron_things_total", "Things.", ("kind",))
TIMES = Histogram("flatiron_times_seconds", "Times.", bounds=(0.5, 1, 10))


class Pipe:
    def __init__(self, book: Book) -> None:
        self._book = book
        self._numbers: list[tuple[str, float]] = []

    def __enter__(self) -> Pipe:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def hincrbyfloat(self, key: str, field: str, number: float) -> None:
        self._numbers.append((field, number))

    def execute(self) -> None:
        if self._book.is_away:
            raise redis.ConnectionError("away")
        self._book.writes += 1
        for field, number in self._numbers:
            self._book.fields[field] = self._book.fields.get(field, 0.0) + number


class Book:
    """As much of a Redis client as is needed."""

    def __init__(self) -> None:
        self.fields: dict[str, float] = {}
        self.writes = 0
        self.is_away = False

    def pipeline(self, *, transaction: bool) -> Pipe:
        return Pipe(self)

    def series(self) -> dict[Series, float]:
        return {series: number for field, number in self.fields.items() if (series := read_field(field))}


def test_what_is_measured_together_is_one_write_even_in_blocks_within_blocks() -> None:
    book = Book()
    measures = RedisMeasures(book)
    with measures.together():
        measures.count(COUNTER, {"kind": "a"})
        with measures.together():
            measures.count(COUNTER, {"kind": "a"}, 2)
            measures.observe(TIMES, {}, 3.0)
    assert book.writes == 1
    assert book.series()[Series(COUNTER.name, ("a",), "total")] == 3


def test_what_was_measured_before_an_error_is_kept() -> None:
    book = Book()
    measures = RedisMeasures(book)
    with suppress(ZeroDivisionError), measures.together():
        measures.count(COUNTER, {"kind": "a"}, 1)
        measures.count(COUNTER, {"kind": "a"}, 1 / 0)
    assert book.series() == {Series(COUNTER.name, ("a",), "total"): 1}


def test_a_block_without_measurements_writes_nothing() -> None:
    book = Book()
    with RedisMeasures(book).together():
        pass
    assert book.writes == 0


def test_redis_away_loses_numbers_and_raises_nothing(caplog: pytest.LogCaptureFixture) -> None:
    book = Book()
    book.is_away = True
    RedisMeasures(book).observe(TIMES, {}, 1.0)
    assert "2 measurements are lost" in caplog.text


@given(st.lists(st.floats(-1, 100), max_size=20))
def test_buckets_hold_what_is_smaller_and_the_last_one_everything(times: Sequence[float]) -> None:
    book = Book()
    measures = RedisMeasures(book)
    for seconds in times:
        measures.observe(LAST_PIECE_TO_TEXTURE, {}, seconds)
    shown = next(family for family in measured(book.series()) if family.name == LAST_PIECE_TO_TEXTURE.name)
    by_bound = {item.labels["le"]: item.value for item in shown.samples if item.name.endswith("_bucket")}
    if times:
        assert by_bound["+Inf"] == len(times)
        assert by_bound["1.0"] == sum(seconds <= 1 for seconds in times)
        assert list(by_bound.values()) == sorted(by_bound.values())
    else:
        assert by_bound == {}


@given(st.text(), st.lists(st.text()), st.text())
def test_a_series_survives_its_field(name: str, labels: list[str], part: str) -> None:
    series = Series(name, tuple(labels), part)
    assert read_field(series.field()) == series
