"""Which of Celery's remote-control commands a worker obeys.

Whoever may ask a worker how it is may also tell it to end, by the same channel of Redis: an account cannot be given the
one without the other. So a worker answers questions, and drops the rest unless the studio wants it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from celery.worker.control import Panel

log = logging.getLogger(__name__)
READ, FULL = "read", "full"

QUESTIONS = frozenset(
    {
        "ping",
        "stats",
        "active",
        "active_queues",
        "registered",
        "reserved",
        "scheduled",
        "revoked",
        "conf",  # without passwords
        "enable_events",  # Flower says so every few seconds, and they are on in any case
        "flatiron_report",
    }
)
"""What `flatiron doctor`, Flower and our own start scripts ask."""

Command = Callable[..., Any]


class _Questions(dict[str, Command]):
    def __missing__(self, method: str) -> Command:
        return lambda *_arguments, **_named: _refuse(method)


def commands(permitted: str) -> Mapping[str, Command]:
    """The commands of a worker with the setting `remote_control`; any other is answered with a refusal."""
    everything: Mapping[str, Command] = Panel.data
    if permitted == FULL:
        return everything
    return _Questions({name: command for name, command in everything.items() if name in QUESTIONS})


def _refuse(method: str) -> dict[str, str]:
    log.warning("The remote-control command %.80r is refused (`remote_control`).", method)
    return {"error": "refused: see `remote_control` in the settings of the workers"}
