"""Measures how long Qt's main thread was blocked, and by what. For tests and the benchmark; changes nothing."""

from __future__ import annotations

import sys
import threading
import time
import traceback
from dataclasses import dataclass

from max_submitter.panel.qt import QtCore

_BEAT_MS = 2


@dataclass(frozen=True)
class Block:
    """One time in which the event loop did not turn."""

    seconds: float
    """Between two beats, less the time between beats that keep time."""
    working_seconds: float
    """Of these the main thread computed; the rest it waited: for a file, a lock, or a processor on a busy machine."""
    stack: str
    """Where the main thread was, as a traceback; empty if the block was over before it could be looked at."""


_NONE = Block(0.0, 0.0, "")


class Watchdog(QtCore.QObject):
    """A timer beats in the event loop; a thread sees when a beat is late and notes the main thread's stack.

    Use as a context manager on the main thread. A block inside C code that keeps Python's lock is measured, but its
    stack may be missing or late: the watching thread does not run then.
    """

    def __init__(self, *, look_after_s: float = 0.02) -> None:
        super().__init__()
        self._look_after_s = look_after_s
        self._main = threading.get_ident()
        self._timer = QtCore.QTimer(self)
        self._timer.setTimerType(QtCore.Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_BEAT_MS)
        self._timer.timeout.connect(self._beat)
        self._stop = threading.Event()
        self._looked = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="flatiron-watchdog", daemon=True)
        self._last, self._worked = time.perf_counter(), time.thread_time()
        self._stack: tuple[float, str] = (0.0, "")
        self._longest = _NONE

    @property
    def longest(self) -> Block:
        """The longest block so far."""
        return self._longest

    def reset(self) -> None:
        """Forget what was measured so far."""
        self._last, self._worked = time.perf_counter(), time.thread_time()
        self._longest = _NONE

    def wait_for_look(self) -> None:
        """Wait in another thread until a block was seen and its stack noted."""
        self._looked.wait()

    def __enter__(self) -> Watchdog:
        self.reset()
        self._timer.start()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._beat()
        self._timer.stop()
        self._stop.set()
        self._thread.join()

    def _beat(self) -> None:
        last, self._last = self._last, time.perf_counter()
        worked, self._worked = self._worked, time.thread_time()
        seconds = max(0.0, self._last - last - _BEAT_MS / 1000)
        if seconds > self._longest.seconds:
            seen_at, stack = self._stack
            self._longest = Block(seconds, self._worked - worked, stack if seen_at == last else "")

    def _watch(self) -> None:
        while not self._stop.wait(self._look_after_s / 4):
            last = self._last
            if time.perf_counter() - last > self._look_after_s and self._stack[0] != last:
                frame = sys._current_frames().get(self._main)
                self._stack = (last, "".join(traceback.format_stack(frame)) if frame else "")
                self._looked.set()
