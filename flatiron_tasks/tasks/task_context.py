"""While a task runs, every log line says which task it is, and of which job; also Celery's line about how it ended."""

from __future__ import annotations

import re
from typing import Any

from celery.signals import task_postrun, task_prerun

from flatiron_tasks.contracts.identity import JOB_ID_PATTERN
from flatiron_tasks.log_context import begin, end


def tell_tasks_in_logs() -> None:
    """Let the tasks of this process be told in its logs."""
    task_prerun.connect(_begin, dispatch_uid=f"{__name__}.begin")
    task_postrun.connect(_end, dispatch_uid=f"{__name__}.end")


def _begin(task_id: str = "", task: Any = None, args: Any = (), **_: Any) -> None:
    first = next(iter(args or ()), "")
    is_job = isinstance(first, str) and re.fullmatch(JOB_ID_PATTERN, first)
    begin(
        task=getattr(task, "name", ""),
        task_id=task_id,
        worker=getattr(getattr(task, "request", None), "hostname", None),
        job=first if is_job else "",
    )


def _end(**_: Any) -> None:
    end()
