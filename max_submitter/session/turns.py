"""Work in turns of the main thread: a little of it, then 3ds Max, then a little more. Knows nothing of the work."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Final

from max_submitter.session.background import After

TURN_SECONDS: Final = 0.004
"""What Qt does about it after the turn, laying out and painting, takes about as long again."""
REST: Final = object()
"""Yielded by a step after which the event loop has more to do than the step did: it ends its turn."""
_END: Final = object()


class Turns:
    """Takes steps from an iterator, as many in one turn as its time allows and at least one. Main thread only."""

    def __init__(
        self, after: After, *, seconds: float = TURN_SECONDS, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        """A turn begins no further step after `seconds`; a step that is begun is not interrupted."""
        self._after = after
        self._seconds = seconds
        self._clock = clock
        self._steps: Iterator[object] | None = None
        self._is_due = False

    @property
    def is_busy(self) -> bool:
        """Whether steps are left."""
        return self._steps is not None

    def begin(self, steps: Iterator[object]) -> None:
        """Take these steps from the next turn on, instead of what is left of earlier ones."""
        self._steps = steps
        self._come_again()  # a turn that is due already is not put off: who begins anew all the time gets on as well

    def cancel(self) -> None:
        """Take no further step."""
        self._steps = None

    def _come_again(self) -> None:
        if not self._is_due:
            self._is_due = True
            self._after(0, self._turn)

    def _turn(self) -> None:
        """An error in a step ends the work, and goes to whoever runs the event loop."""
        self._is_due = False
        until = self._clock() + self._seconds
        while self._steps is not None:
            wants_rest = self._take(self._steps) is REST
            if wants_rest or self._clock() >= until:
                break
        if self._steps is not None:
            self._come_again()

    def _take(self, steps: Iterator[object]) -> object:
        said: object = _END
        try:
            said = next(steps, _END)
        finally:
            if said is _END and self._steps is steps:  # a step may have begun something else
                self._steps = None
        return said
