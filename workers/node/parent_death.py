"""On Linux: a renderer dies with the node program, even if that is ended by SIGKILL and can clean up nothing.

The limits of PR_SET_PDEATHSIG (prctl(2)): it reaches the renderer itself, not what the renderer started; it is lost
when the renderer is a set-user-ID program; and it fires when the *thread* that started the renderer ends, so that
thread has to outlive the renderer, which the one that watches it does. For the rest, and on other systems, the farm's
own guard must end what is left.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1


def dying_with_parent() -> Callable[[], None] | None:
    """What a new process does between fork and exec to die with this one; None where there is no such thing.

    Everything that takes a lock (imports, loading the library) happens here, before the fork: another thread may hold
    that lock at the fork, and in the child nobody would ever release it.
    """
    if sys.platform != "linux":
        return None
    import ctypes  # noqa: PLC0415 - on Linux alone

    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def in_child() -> None:
        if prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) == 0 and os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)  # the parent died before the request was in place

    return in_child
