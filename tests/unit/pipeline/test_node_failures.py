"""What nodes told about attempts that failed: read from their result files and logs."""

from __future__ import annotations

from pathlib import Path

import pytest

from flatiron_tasks.pipeline.failure_table import failure_table
from flatiron_tasks.pipeline.node_failures import attempts_so_far, failures_of
from tests.node_results import write_result
from tests.synthetic_job import SyntheticJob, attempt_token, make_job

TABLE = failure_table("")


@pytest.fixture
def job(tmp_path: Path) -> SyntheticJob:
    return make_job(tmp_path)


def test_failed_attempts_at_the_asked_tasks_are_told_with_node_and_class(job: SyntheticJob) -> None:
    write_result(job, task=1, attempt=1, reason="No licence for V-Ray.", host="node-2")
    write_result(job, task=2, attempt=1)
    found = failures_of(job.files, [1], TABLE)
    assert [(item.task, item.host, item.kind) for item in found] == [(1, "node-2", "licence")]


def test_the_end_of_the_log_tells_the_class_when_the_reason_does_not(job: SyntheticJob) -> None:
    write_result(job, task=1, attempt=1, log="x" * 20_000 + "\nOSError: Stale file handle\n")
    write_result(job, task=1, attempt=2, log="Stale file handle\n" + "x" * 20_000)
    assert [item.kind for item in failures_of(job.files, [1], TABLE)] == ["share", "unknown"]


def test_success_and_revoked_attempts_are_no_failures(job: SyntheticJob) -> None:
    write_result(job, task=1, attempt=1, failure_class="revoked")
    write_result(job, task=1, attempt=2, succeeded=True)
    assert failures_of(job.files, [1], TABLE) == ()


def test_forgiven_attempts_do_not_count(job: SyntheticJob) -> None:
    write_result(job, task=1, attempt=1)
    write_result(job, task=1, attempt=2)
    forgiven = attempts_so_far(job.files, [1])[:1]
    assert [item.attempt for item in failures_of(job.files, [1], TABLE, forgiven)] == [attempt_token(0, 0, 2)]


def test_what_nobody_can_read_tells_nothing(job: SyntheticJob) -> None:
    (job.files.folder.logs / f"t00001.{attempt_token(0, 0, 1)}.json").write_text("{")
    (job.files.folder.logs / "notes.json").write_text("{}")
    assert failures_of(job.files, [1], TABLE) == ()
    job.files.folder.logs.joinpath("notes.json").unlink()
    for path in job.files.folder.logs.iterdir():
        path.unlink()
    job.files.folder.logs.rmdir()
    assert failures_of(job.files, [1], TABLE) == ()


def test_a_failure_names_its_log_as_people_find_it(job: SyntheticJob) -> None:
    write_result(job, task=1, attempt=1, log="Out of memory\n")
    write_result(job, task=1, attempt=2)
    first, second = failures_of(job.files, [1], TABLE)
    folder = f"{job.files.job.network_folder}/flatiron-{job.files.job.job_id}/logs"
    assert first.log == f"{folder}/t00001.{attempt_token(0, 0, 1)}.log"
    assert second.log == ""
