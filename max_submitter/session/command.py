"""Run the `flatiron` command in a process of its own and hear what it says, line by line. Knows no command.

The process outlives this program: a bake on this machine goes on when 3ds Max ends, and only loses its listener. It is
asked to stop by a word on its standard input: 3ds Max has no console, from which Windows could send it a signal.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from flatiron_tasks.contracts.errors import SettingsError

# Inside 3ds Max these name its own Python, and a Python started with them breaks.
_NOT_FOR_CHILDREN: Final = ("PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "VIRTUAL_ENV", "CONDA_PREFIX")
STOP: Final = "cancel"
if sys.platform == "win32":
    _CREATION_FLAGS = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
else:
    _CREATION_FLAGS = 0


class Command:
    """One run. `run` belongs to a thread that may wait; `cancel` to any."""

    def __init__(self, arguments: Sequence[str], *, environment: Mapping[str, str] = os.environ) -> None:
        """Keep what to run. Raises SettingsError if the configuration names no command."""
        if not arguments or not arguments[0]:
            raise SettingsError(
                "The `flatiron` command is not installed on this machine.",
                why="`local_command` of the configuration is empty.",
                advice="Install Flatiron and name its command there, or bake on the farm.",
            )
        self._arguments = tuple(arguments)
        self._environment = {name: value for name, value in environment.items() if name not in _NOT_FOR_CHILDREN}
        self._environment.update(PYTHONIOENCODING="utf-8", PYTHONUNBUFFERED="1", NO_COLOR="1")
        self._process: subprocess.Popen[str] | None = None
        self._guard = threading.Lock()
        self._is_cancelled = False

    @property
    def is_cancelled(self) -> bool:
        """Whether somebody asked it to stop."""
        return self._is_cancelled

    def run(self, heard: Callable[[str], None]) -> int | None:
        """Run it to its end; `heard` gets every line of both outputs. Raises SettingsError.

        Returns the exit code, or None if it was cancelled before it was started.
        """
        process = self._start()
        if process is None:
            return None
        with process:
            for line in process.stdout or ():
                heard(line.rstrip())
        return process.returncode

    def cancel(self) -> bool:
        """Ask it to stop and clean up, now or as soon as it can listen; `run` then returns soon.

        True if it was not started: then it never will be.
        """
        with self._guard:
            self._is_cancelled = True
            pipe = self._process.stdin if self._process is not None else None
            if pipe is not None:
                with contextlib.suppress(OSError, ValueError):  # it has ended by itself
                    pipe.write(f"{STOP}\n")
                    pipe.flush()
            return self._process is None

    def _start(self) -> subprocess.Popen[str] | None:
        with self._guard:
            if self._is_cancelled:
                return None
            try:
                self._process = subprocess.Popen(
                    self._arguments,
                    env=self._environment,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    encoding="utf-8",
                    errors="replace",
                    creationflags=_CREATION_FLAGS,
                    start_new_session=True,
                )
            except OSError as error:
                raise SettingsError(
                    f"The command {self._arguments[0]} cannot be started.",
                    why=str(error),
                    advice="Correct `local_command` of the configuration, or install Flatiron.",
                ) from error
            return self._process
