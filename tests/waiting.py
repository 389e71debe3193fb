"""Waiting for something that another process does: poll a condition with a deadline, never sleep and hope."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

_ResultT = TypeVar("_ResultT")
_STEP_S = 0.02
_BUSY = 4
"""How many times as long everything takes on a machine that is busy with other tests; waiting costs only failures."""


def wait_until(condition: Callable[[], _ResultT], *, timeout_s: float = 30, what: str) -> _ResultT:
    """The first true value that `condition` returns; an AssertionError that names `what` if none comes in time.

    `timeout_s` is more than an idle machine ever needs.
    """
    pause = threading.Event()
    began = time.monotonic()
    while not (result := condition()):
        if (waited := time.monotonic() - began) > timeout_s * _BUSY:
            raise AssertionError(f"waited {waited:.0f} s in vain until {what}")
        pause.wait(_STEP_S)
    return result
