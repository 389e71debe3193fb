"""Every message of ours says when it was sent: a list in Redis does not tell the age of what lies in it."""

from __future__ import annotations

import time
from typing import Any

from celery.signals import before_task_publish

from flatiron_tasks.pipeline.gauge_book import SENT_AT


def stamp_messages() -> None:
    """Let this process stamp the messages that it sends."""
    before_task_publish.connect(_stamp, dispatch_uid=__name__)


def _stamp(headers: dict[str, Any] | None = None, **_: Any) -> None:
    if headers is not None:
        headers.setdefault(SENT_AT, round(time.time(), 3))
