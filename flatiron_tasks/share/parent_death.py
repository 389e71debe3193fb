"""On Linux: a child process dies with its parent, even if that is ended by SIGKILL and can clean up nothing.

For a renderer below the node program, and for cmdjob below a worker: one that hangs must not submit a job after its
worker is dead.

The limits of PR_SET_PDEATHSIG (prctl(2)): it reaches the child itself, not what the child started; it is lost when the
child is a set-user-ID program; and it fires when the *thread* that started the child ends, so that thread has to
outlive the child, which one that waits for it does.

On Windows a job object would do the same and more, on macOS there is nothing; neither is done here. There a renderer is
left to the farm's own guard, and a cmdjob that outlives its worker and submits after all leaves a farm job that the
next attempt finds by its name and adopts, if it is there by then.
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
