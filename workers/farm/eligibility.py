"""Which servers may work on a job: what the submission asked for, and what a person changed since."""

from __future__ import annotations

from workers.farm.jobs import Job


def is_assigned(server: str, groups: frozenset[str], job: Job) -> bool:
    """Whether this server belongs to the job, able to work on it now or not."""
    standing = job.standings.get(server)
    if standing is not None and standing.assigned is not None:
        return standing.assigned
    if job.spec.group:
        return job.spec.group in groups
    return not job.spec.servers or server in job.spec.servers


def may_work(server: str, groups: frozenset[str], job: Job) -> bool:
    """Whether this server may be given a task of the job now."""
    if job.suspended or job.ended or job.waits_for or not is_assigned(server, groups, job):
        return False
    standing = job.standings.get(server)
    return not (standing and standing.failed) and _has_a_free_place(job)


def _has_a_free_place(job: Job) -> bool:
    limit = 1 if job.spec.nonconcurrent else job.spec.server_count
    return not 0 < limit <= len(job.active_servers)
