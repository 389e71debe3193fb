"""Waiting for something that another process does: poll a condition with a deadline, never sleep and hope."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

_ResultT = TypeVar("_ResultT")
_STEP_S = 0.02


def wait_until(condition: Callable[[], _ResultT], *, timeout_s: float = 30, what: str) -> _ResultT:
    """The first true value that `condition` returns; an AssertionError that names `what` if none comes in time."""
    pause = threading.Event()
    deadline = time.monotonic() + timeout_s
    while not (result := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout_s:g} s in vain until {what}")
        pause.wait(_STEP_S)
    return result
