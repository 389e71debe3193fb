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
    before = {number: signal.signal(number, _stop) for number in _numbers()}
    listener = _Listener()
    if listen:
        threading.Thread(target=listener.listen, name="standard input", daemon=True).start()
    try:
        yield
    finally:
        listener.end()  # before the handlers go: without them the signal would end the process
        for number, handler in before.items():
            signal.signal(number, handler)


def stop_no_more() -> None:
    """From now on, until the block ends, whoever asks to stop is not heard: this is being done. Main thread only."""
    if threading.current_thread() is threading.main_thread():
        for number in _numbers():
            signal.signal(number, signal.SIG_IGN)


def _numbers() -> list[signal.Signals]:
    return [getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)]


def _stop(number: int, frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


class _Listener:
    """Waits for the word on the standard input, and interrupts the main thread, until `end`."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._has_ended = False

    def end(self) -> None:
        """Interrupt nobody any more."""
        with self._guard:
            self._has_ended = True

    def listen(self) -> None:
        """The end of the input says nothing: whoever listened has gone, and the bake goes on."""
        heard = b""
        with contextlib.suppress(OSError, ValueError):  # there is no standard input
            # Not `sys.stdin.read`: its lock, held by a daemon thread, would break the end of the interpreter.
            while data := os.read(sys.stdin.fileno(), 64):
                heard += data
                if STOP.encode() in heard:
                    self._interrupt()
                    return

    def _interrupt(self) -> None:
        with self._guard:
            if not self._has_ended:
                _interrupt_main_thread()


def _interrupt_main_thread() -> None:
    """Also where it waits for a lock: Python's own way only sets a flag, which the system call does not see."""
    ident = threading.main_thread().ident
    if sys.platform == "win32" or ident is None:
        _thread.interrupt_main(signal.SIGTERM)
    else:
        signal.pthread_kill(ident, signal.SIGTERM)
