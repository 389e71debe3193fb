"""Submitting a request, and looking at what came of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from flatiron_tasks.contracts.job import JobDescription
from max_submitter.request import BakeRequest
from max_submitter.submission import Submitted, submit
from tests.unit.submission.bake_requests import NODE_PROGRAM, clock


class Mail:
    """Remembers what was sent, and what the world looked like then."""

    def __init__(self, look: Callable[[str], object] = lambda job_id: None) -> None:
        self.sent: list[str] = []
        self._look = look

    def __call__(self, job_id: str) -> None:
        self._look(job_id)
        self.sent.append(job_id)


def submit_it(request: BakeRequest, mail: Callable[[str], None] | None = None) -> Submitted:
    return submit(request, node_program=NODE_PROGRAM, send=Mail() if mail is None else mail, clock=clock)


def description_of(submitted: Submitted) -> JobDescription:
    return JobDescription.from_json(submitted.description_path.read_bytes(), source="job.desc")


def everything_in(folder: Path) -> dict[str, bytes | None]:
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


def refused(request: BakeRequest, error: type[Exception], match: str, folder: Path) -> None:
    """The refusal comes before anything is made or sent."""
    mail, before = Mail(), everything_in(folder)
    with pytest.raises(error, match=match):
        submit_it(request, mail)
    assert everything_in(folder) == before
    assert mail.sent == []
