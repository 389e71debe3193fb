"""How a log line looks: for people, or as one JSON object."""

from __future__ import annotations

import json
import logging
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flatiron_tasks.contracts.identity import utc_text
from flatiron_tasks.log_context import current

FIELDS = ("job", "pass", "texture", "attempt", "manager", "task", "task_id", "worker")
"""What a line may be about, in this order."""

_NAMES = {"pass_index": "pass"}
_CELERY = (("task", "name"), ("task_id", "id"))
"""What Celery's own lines about a task say of it, under `data`."""


class AboutFilter(logging.Filter):
    """Lets every line pass, with what it is about in the attribute `about`."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Add the attribute."""
        data = getattr(record, "data", None)
        told = {name: str(data[key]) for name, key in _CELERY if key in data} if isinstance(data, dict) else {}
        told |= {_NAMES.get(name, name): text for name, text in current().items()}
        record.about = {name: told[name] for name in FIELDS if name in told}
        return True


class TextLines(logging.Formatter):
    """`2026-01-31 14:25:01,250 INFO flatiron…: message [job=… pass=…]`."""

    def __init__(self, mask: Callable[[str], str]) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s%(shown)s")
        self._mask = mask

    def format(self, record: logging.LogRecord) -> str:
        """The whole text, traceback and all."""
        about: dict[str, str] = getattr(record, "about", {})
        record.shown = " [" + " ".join(f"{name}={text}" for name, text in about.items()) + "]" if about else ""
        return self._mask(super().format(record))


class JsonLines(logging.Formatter):
    """One object: at (UTC), level, logger, host, process, message, what it is about, and `error` with a traceback."""

    def __init__(self, mask: Callable[[str], str]) -> None:
        super().__init__()
        self._mask = mask
        self._host = socket.gethostname()

    def format(self, record: logging.LogRecord) -> str:
        """The object on one line."""
        line: dict[str, Any] = {
            "at": utc_text(datetime.fromtimestamp(record.created, UTC)),
            "level": record.levelname,
            "logger": record.name,
            "host": self._host,
            "process": record.process,
            **getattr(record, "about", {}),
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps({key: self._hidden(value) for key, value in line.items()}, ensure_ascii=False)

    def _hidden(self, value: Any) -> Any:
        """Before it is JSON: a secret with a quotation mark in it looks different afterwards."""
        return self._mask(value) if isinstance(value, str) else value
