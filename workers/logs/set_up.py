"""Set up the logging of a service: one handler for everything, also for what Celery and Flower write."""

from __future__ import annotations

import logging
import sys
from typing import Any

from celery.signals import setup_logging

from flatiron_tasks.settings import Settings
from workers.logs.lines import AboutFilter, JsonLines, TextLines
from workers.logs.masking import masker

_NOISY = ("kombu", "amqp", "urllib3", "asyncio")
"""Libraries whose DEBUG lines are of no use and may hold whole messages."""


def set_up_logging(settings: Settings, level: str) -> None:
    """Log to standard error from now on, and let Celery, which has ways of its own, leave it so."""
    mask = masker(settings)
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(AboutFilter())
    handler.setFormatter(JsonLines(mask) if settings.log_format == "json" else TextLines(mask))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _NOISY:
        logging.getLogger(name).setLevel(max(logging.INFO, logging.getLevelNamesMapping()[level]))
    logging.captureWarnings(capture=True)
    setup_logging.connect(_leave_it, dispatch_uid=__name__)


def _leave_it(**_: Any) -> None:
    """That somebody listens is all that Celery looks at."""
