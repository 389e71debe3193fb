from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from max_submitter.jobs import known_rows
from max_submitter.jobs.known_rows import KnownRows
from tests.unit.jobs.examples import JOB, view

NOW = datetime(2026, 2, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_a_row_that_says_the_same_is_not_made_again() -> None:
    rows, item = KnownRows(), view()
    first = rows.row(item, NOW, thumbnail=None, notes=())
    assert first is not None
    assert rows.row(item, NOW, thumbnail=None, notes=()) is first


def test_a_row_is_made_anew_for_whatever_it_shows(tmp_path: Path) -> None:
    rows, item = KnownRows(), view()
    first = rows.row(item, NOW, thumbnail=None, notes=())
    assert first is not None
    later = rows.row(item, NOW + SECOND, thumbnail=None, notes=())
    assert later is not None
    assert later.elapsed_seconds == first.elapsed_seconds + 1
    noted = rows.row(item, NOW, thumbnail=tmp_path, notes=("Relinked.",))
    assert noted is not None
    assert (noted.thumbnail, noted.notes) == (tmp_path, ("Relinked.",))
    other = rows.row(view(state="cancelling"), NOW, thumbnail=tmp_path, notes=("Relinked.",))
    assert other is not None
    assert other.view.state == "cancelling"


def test_the_row_of_a_job_that_ended_outlives_the_second() -> None:
    rows, item = KnownRows(), view(state="done")
    first = rows.row(item, NOW, thumbnail=None, notes=())
    assert rows.row(item, NOW + SECOND, thumbnail=None, notes=()) is first


def test_a_job_that_cannot_be_shown_is_counted_until_it_can_or_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, item = KnownRows(), view()
    with monkeypatch.context() as broken:
        broken.setattr(known_rows, "job_row", lambda *_, **__: int(""))
        assert rows.row(item, NOW, thumbnail=None, notes=()) is None
    assert rows.unshown == 1
    rows.keep_only({JOB})
    assert rows.unshown == 1
    rows.keep_only(set())
    assert rows.unshown == 0
    assert rows.row(item, NOW, thumbnail=None, notes=()) is not None
    assert rows.unshown == 0
