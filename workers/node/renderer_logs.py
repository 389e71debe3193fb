"""The logs of one running renderer: alarms while it runs, and what they tell after its end."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from workers.node.exit_codes import NodeExit
from workers.node.failure import AttemptFailedError
from workers.node.log_tail import LogTail
from workers.node.profile import LogSymptom, NodeRenderer


class RendererLogs:
    """What a renderer prints (in `log`, as the node writes it) and what it writes into log files of its own."""

    def __init__(self, renderer: NodeRenderer, log: Path, own: Sequence[Path], now: Callable[[], float]) -> None:
        self._renderer = renderer
        self._log = log
        self._own = [LogTail(path, renderer.code_pages) for path in own]
        self._printed = LogTail(log)
        self._now = now
        self._alarm: tuple[float, LogSymptom, str] | None = None

    def look(self) -> None:
        """Read what is new. Raises AttemptFailedError if the renderer waits for something that does not come."""
        for line in self._new_lines():
            self._hear(line)
        if self._alarm is None:
            return
        since, symptom, line = self._alarm
        if self._now() - since > symptom.ends_renderer_after_seconds:
            raise AttemptFailedError(
                f"The renderer waited for more than {symptom.ends_renderer_after_seconds} seconds.",
                why=f"It said: {line.strip()}",
                advice=symptom.advice,
                code=NodeExit.NO_PROGRESS,
                failure_class=symptom.failure_class,
            )

    def finish(self) -> list[str]:
        """Copy the renderer's own logs behind what it printed; the last text of each."""
        whole = [tail.again() for tail in self._own]
        for tail in whole:
            self._append(f"\n--- {tail.path.name} ---\n")
            for text in tail.read_rest():
                self._append(text)
        return [tail.tail for tail in whole]

    def _new_lines(self) -> list[str]:
        return [line for tail in (self._printed, *self._own) for line in tail.read().splitlines()]

    def _hear(self, line: str) -> None:
        if self._renderer.progress_pattern and re.search(self._renderer.progress_pattern, line, re.IGNORECASE):
            self._alarm = None
        for symptom in self._renderer.symptoms:
            if symptom.ends_renderer_after_seconds and re.search(symptom.pattern, line, re.IGNORECASE):
                self._alarm = self._alarm or (self._now(), symptom, line)

    def _append(self, text: str) -> None:
        """A log that cannot be written spoils nothing."""
        with contextlib.suppress(OSError), self._log.open("ab") as file:
            file.write(text.encode("utf-8", "backslashreplace"))
