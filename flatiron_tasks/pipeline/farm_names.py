"""What our jobs are called on a farm, and whose a name there is."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

PREFIX = "flatiron-"
_GENERATION = re.compile(r"\.g([0-9]+)$")
"""Behind a full stop, which no job id holds: no job can be taken for a generation of another one."""


def farm_job_name(job_id: str, generation: int) -> str:
    """The unique name of a job on the farm, at most 70 characters as farm managers want it."""
    name = f"{PREFIX}{job_id}"
    if len(name) > 60:
        name = f"{name[:50]}.{hashlib.sha256(job_id.encode()).hexdigest()[:9]}"
    return name if generation == 1 else f"{name}.g{generation}"


def generation_of(name: str, job_id: str) -> int:
    """Which generation of this job a job on the farm is; 0 if it is none."""
    first = farm_job_name(job_id, 1)
    if name == first:
        return 1
    number = _GENERATION.search(name)
    return int(number[1]) if number and name[: number.start()] == first else 0


def belongs_to(name: str, job_id: str) -> bool:
    """Whether a job on the farm is some generation of this one."""
    return generation_of(name, job_id) > 0


def owners(names: Iterable[str], job_ids: Iterable[str]) -> set[str]:
    """Which of these jobs the names on the farm belong to."""
    by_name = {farm_job_name(job_id, 1): job_id for job_id in job_ids}
    found = (by_name.get(name) or by_name.get(_GENERATION.sub("", name)) for name in names)
    return {job_id for job_id in found if job_id is not None}
