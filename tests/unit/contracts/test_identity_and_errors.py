"""Ids sort by time and fit their grammar; errors keep all they know and stand in the tree that the module draws."""

from __future__ import annotations

import pickle
import re
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from flatiron_tasks.contracts import errors, identity
from flatiron_tasks.contracts.errors import ContractError, FlatironError
from tests.unit.contracts.document_examples import EXAMPLES

MOMENTS = [
    (document, field.name)
    for document, example in EXAMPLES.items()
    for field in fields(example)
    if field.metadata["rule"].pattern == identity.TIME_PATTERN
]
NOON = datetime(2026, 1, 31, 14, 25, 1, 250_000, tzinfo=timezone(timedelta(hours=2)))


def test_a_job_id_fits_its_grammar_sorts_by_time_and_is_in_utc() -> None:
    early, late = identity.new_job_id(NOON), identity.new_job_id(NOON + timedelta(seconds=1))
    assert re.fullmatch(identity.JOB_ID_PATTERN, early)
    assert early.startswith("20260131-122501-")
    assert early < late
    assert identity.new_job_id(NOON) != early


def test_an_attempt_fits_its_grammar_and_sorts_by_milliseconds() -> None:
    early, late = identity.new_attempt(NOON), identity.new_attempt(NOON + timedelta(milliseconds=1))
    assert re.fullmatch(identity.ATTEMPT_PATTERN, early)
    assert early < late


def test_a_moment_is_written_in_utc_with_milliseconds() -> None:
    assert identity.utc_text(NOON) == "2026-01-31T12:25:01.250Z"
    assert re.fullmatch(identity.TIME_PATTERN, identity.utc_text(NOON))


@pytest.mark.parametrize("fraction", ["", ".1", ".250", ".1234567"])
def test_every_spelling_of_a_moment_that_the_contract_allows_is_read(fraction: str) -> None:
    read = identity.read_time(f"2026-01-31T12:25:01{fraction}Z")
    assert read == datetime(2026, 1, 31, 12, 25, 1, int(fraction[1:7].ljust(6, "0")), UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-99-99T99:99:99Z",
        "2026-02-30T00:00:00Z",
        "2026-01-01T23:59:60Z",
        "2026-01-01T24:00:00Z",
        "0000-01-01T00:00:00Z",
        "2026-01-01T00:00:00",
    ],
)
def test_a_moment_that_no_calendar_has_is_refused_by_every_contract(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        identity.read_time(text)
    for document, name in MOMENTS:
        with pytest.raises(ContractError, match=name):
            replace(EXAMPLES[document], **{name: text})


def test_no_contract_checks_a_moment_by_its_pattern_alone() -> None:
    assert len(MOMENTS) >= 10
    for example in EXAMPLES.values():
        for field in fields(example):
            of = field.metadata["rule"]
            assert of.pattern != identity.TIME_PATTERN or of.reads is identity.read_time


def test_a_hash_depends_on_the_data_and_not_on_the_order_of_keys() -> None:
    assert identity.content_hash({"a": 1, "b": [1.5, "é"]}) == identity.content_hash({"b": [1.5, "é"], "a": 1})
    assert identity.content_hash([1]) != identity.content_hash(["1"])


TREE = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, FlatironError)]


@pytest.mark.parametrize("kind", TREE, ids=lambda kind: kind.__name__)
def test_an_error_survives_the_way_between_processes(kind: type[FlatironError]) -> None:
    error = pickle.loads(pickle.dumps(kind("It broke", why="too small", advice="Buy a larger one!")))
    assert type(error) is kind
    assert (error.what, error.why, error.advice) == ("It broke", "too small", "Buy a larger one!")
    assert str(error) == "It broke. Why: too small. Next step: Buy a larger one!"


def test_the_drawn_tree_is_the_real_one() -> None:
    drawn = re.findall(r"^    ([│ ]*)[├└]── (\w+)", errors.__doc__ or "", re.MULTILINE)
    assert {name for _, name in drawn} == {kind.__name__ for kind in TREE} - {"FlatironError"}
    by_name = {kind.__name__: kind for kind in TREE}
    parents = ["FlatironError"]
    for indent, name in drawn:
        depth = len(indent) // 4 + 1
        assert by_name[name].__base__ is by_name[parents[depth - 1]]
        parents[depth:] = [name]
