"""Start a renderer, stream what it says into the log, end it with everything it started."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Protocol

from flatiron_tasks.contracts.errors import SettingsError
from flatiron_tasks.share.parent_death import dying_with_parent
from workers.node.log_text import TolerantDecoder
from workers.node.process_tree import TOKEN_VARIABLE, kill_tree

_TAIL_CHARACTERS = 8000
_CHUNK_BYTES = 65536
_LAST_WORDS_S = 5.0
if sys.platform == "win32":
    _CREATION_FLAGS = subprocess.CREATE_NEW_PROCESS_GROUP
else:
    _CREATION_FLAGS = 0


class RendererProcess(Protocol):
    """A renderer that was started."""

    def wait(self, seconds: float) -> int | None:
        """Its exit code; None if it still runs after `seconds`."""
        ...

    def spoken(self) -> int:
        """How many bytes it has printed."""
        ...

    def end(self) -> str:
        """Kill it and all it started, if they run, and return the last text it printed."""
        ...


class ProcessStarter(Protocol):
    """Starts renderers."""

    def start(
        self,
        command: Sequence[str],
        *,
        folder: Path,
        environment: Mapping[str, str],
        token: str,
        log: Path,
        code_pages: Sequence[str] = (),
    ) -> RendererProcess:
        """Start a command in a folder; what it prints is appended to `log`. Raises SettingsError if it cannot start.

        code_pages: encodings that its lines may have, beside UTF-8 and UTF-16.
        """
        ...


class SystemProcesses:
    """Renderers as real processes."""

    def start(
        self,
        command: Sequence[str],
        *,
        folder: Path,
        environment: Mapping[str, str],
        token: str,
        log: Path,
        code_pages: Sequence[str] = (),
    ) -> RendererProcess:
        """See `ProcessStarter`."""
        try:
            process = subprocess.Popen(
                command,
                cwd=folder,
                env={**environment, TOKEN_VARIABLE: token},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                creationflags=_CREATION_FLAGS,
                preexec_fn=dying_with_parent(),  # noqa: PLW1509 - it takes no lock
            )
        except OSError as error:
            raise SettingsError(
                f"The renderer {command[0]} cannot be started.",
                why=str(error),
                advice="Correct its command in this node's configuration, or install it.",
            ) from error
        return _SystemProcess(process, token, _Output(process.stdout, log, code_pages))


class _SystemProcess:
    def __init__(self, process: subprocess.Popen[bytes], token: str, output: _Output) -> None:
        self._process = process
        self._token = token
        self._output = output
        self._reader = threading.Thread(target=self._output.pump, name="renderer output", daemon=True)
        self._reader.start()

    def wait(self, seconds: float) -> int | None:
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def spoken(self) -> int:
        return self._output.bytes_read

    def end(self) -> str:
        all_gone = kill_tree(self._process.pid, self._token)
        if all_gone:
            self._process.wait()
        self._reader.join(_LAST_WORDS_S)
        return self._output.tail if all_gone else f"{self._output.tail}\nA process of the renderer cannot be killed."


class _Output:
    """Reads until every holder of the pipe is gone; a log that cannot be written never stops the renderer."""

    def __init__(self, stream: IO[bytes] | None, log: Path, code_pages: Sequence[str]) -> None:
        self._stream = stream
        self._log = log
        self._decoder = TolerantDecoder(code_pages)
        self.bytes_read = 0
        self.tail = ""

    def pump(self) -> None:
        if self._stream is None:
            return
        with self._stream:
            while data := os.read(self._stream.fileno(), _CHUNK_BYTES):
                self.bytes_read += len(data)
                self._keep(self._decoder.decode(data))
        self._keep(self._decoder.decode(b"", final=True))

    def _keep(self, text: str) -> None:
        self.tail = (self.tail + text)[-_TAIL_CHARACTERS:]
        try:
            with self._log.open("ab") as file:
                file.write(text.encode("utf-8", "backslashreplace"))
        except OSError as error:
            self.tail = f"{self.tail}\nThe log cannot be written: {error}\n"[-_TAIL_CHARACTERS:]
