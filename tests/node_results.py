"""Result files as nodes write them about failed attempts, without nodes."""

from __future__ import annotations

from flatiron_tasks.contracts.receipt import AttemptResult
from flatiron_tasks.share.atomic import write_atomically
from tests.synthetic_job import SyntheticJob, attempt_token


def write_result(
    job: SyntheticJob,
    *,
    task: int,
    attempt: int,
    host: str = "node-1",
    reason: str = "The renderer ended with exit code 5.",
    failure_class: str = "renderer",
    succeeded: bool = False,
    log: str = "",
) -> None:
    """How the n-th attempt at a farm task ended."""
    where = job.files.plan.task(task)
    token = attempt_token(where.pass_index, where.strip, attempt)
    result = AttemptResult(
        schema_version=1,
        job_id=job.files.job.job_id,
        task=task,
        pass_index=where.pass_index,
        strip=where.strip,
        attempt=token,
        succeeded=succeeded,
        failure_class="none" if succeeded else failure_class,
        reason="" if succeeded else reason,
        advice="",
        host=host,
        started_at="2026-01-31T14:26:00Z",
        finished_at="2026-01-31T14:26:02Z",
        exit_code=0 if succeeded else 5,
    )
    if log:
        job.files.folder.log(task, token).write_text(log, "utf-8")
    write_atomically(job.files.folder.result(task, token), result.to_json())
