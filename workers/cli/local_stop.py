"""Stop `flatiron local` from outside: by a signal, or a word on its standard input. Both become KeyboardInterrupt."""

from __future__ import annotations

import _thread
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType

from max_submitter.session.command import STOP

_SIGNALS = ("SIGTERM", "SIGBREAK")


@contextlib.contextmanager
def stopped_from_outside(*, listen: bool) -> Iterator[None]:
    """Let signals, and with `listen` the standard input, interrupt the main thread once; what comes later waits.

    In another thread than the main one it does nothing: there Python takes no signals.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = [getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)]
    before = {number: signal.signal(number, _stop) for number in numbers}
    if listen:
        threading.Thread(target=_listen, name="standard input", daemon=True).start()
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(number: int, frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _listen() -> None:
    """Wait for the word. The end of the input says nothing: whoever listened has gone, and the bake goes on."""
    heard = b""
    with contextlib.suppress(OSError, ValueError):  # there is no standard input
        # Not `sys.stdin.read`: its lock, held by a daemon thread, would break the end of the interpreter.
        while data := os.read(sys.stdin.fileno(), 64):
            heard += data
            if STOP.encode() in heard:
                _interrupt_main_thread()
                return


def _interrupt_main_thread() -> None:
    """Also where it waits for a lock: Python's own way only sets a flag, which the system call does not see."""
    ident = threading.main_thread().ident
    if sys.platform == "win32" or ident is None:
        _thread.interrupt_main(signal.SIGTERM)
    else:
        signal.pthread_kill(ident, signal.SIGTERM)
