"""A thread that computes gives way to the main thread now and then, so that 3ds Max does not stand still for it.

Python runs one thread at a time and lets it compute for 5 ms against another that waits (`sys.getswitchinterval`). Qt
asks for its turn at every call into Python, dozens of times in one turn of the event loop: together that is much more
than what is computed. A thread that pauses hands its turn over at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeVar

_COMPUTES_S: Final = 0.001
_PAUSE_S: Final = 0.002

T = TypeVar("T")


def giving_way(
    items: Iterable[T],
    *,
    clock: Callable[[], float] = time.perf_counter,
    pause: Callable[[float], None] = time.sleep,
) -> Iterator[T]:
    """The items, with a pause between two whenever what was done with those before took a millisecond.

    Not for the main thread.
    """
    until = clock() + _COMPUTES_S
    for item in items:
        if clock() >= until:
            pause(_PAUSE_S)
            until = clock() + _COMPUTES_S
        yield item
