"""Views are read as far as they can be; what cannot be read is told, not lost."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import pytest

from max_submitter.jobs.views import ViewReader
from tests.unit.jobs.examples import JOB, view


class Hash:
    """The part of Redis that holds views."""

    def __init__(self, texts: Mapping[bytes, bytes]) -> None:
        self.texts = texts

    def hgetall(self, _: str) -> Mapping[bytes, bytes]:
        return self.texts

    def hmget(self, _: str, keys: Sequence[str]) -> list[bytes | None]:
        return [self.texts.get(key.encode()) for key in keys]

    def time(self) -> tuple[int, int]:
        return 0, 0

    def close(self) -> None:
        pass


def text(**changes: object) -> bytes:
    return json.dumps({**json.loads(view().to_json()), **changes}).encode()


@pytest.mark.parametrize(
    ("others", "said"),
    [
        ({}, ""),
        ({b"b": text(schema_version=2)}, "1 job is shown by a newer version only: update Flatiron on this machine."),
        (
            {b"b": text(schema_version=2), b"c": text(schema_version=3)},
            "2 jobs are shown by a newer version only: update Flatiron on this machine.",
        ),
        ({b"b": b"\xff{"}, "1 job cannot be read; the log says why."),
        ({b"b": text(updated_at="2026-99-99T99:99:99.000Z")}, "1 job cannot be read; the log says why."),
    ],
)
def test_jobs_that_cannot_be_read_here_are_told_and_the_others_listed(others: dict[bytes, bytes], said: str) -> None:
    reader = ViewReader(lambda: Hash({JOB.encode(): text(), **others}), "ada")
    assert reader.all() == {JOB: view()}
    assert reader.left_out == said
