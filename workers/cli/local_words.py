"""What `flatiron local` says: lines for people, or one JSON object per line. Nobody has to listen."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Mapping

from flatiron_tasks.contracts.errors import FlatironError


class LocalWords:
    """Says what happens. When the listener is gone, silently: the bake goes on."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json

    def progress(self, sentence: str, fraction: float | None) -> None:
        """What is being done; the fraction is of this step."""
        self._say({"kind": "progress", "sentence": sentence, "fraction": fraction}, sentence)

    def rendered(self, pass_index: int) -> None:
        """All strips of a pass are rendered."""
        self._say({"kind": "pass", "index": pass_index, "state": "rendered"}, "")

    def failed_pass(self, pass_index: int) -> None:
        """A pass could not be rendered."""
        self._say({"kind": "pass", "index": pass_index, "state": "failed"}, "")

    def texture(self, index: int, path: str, outcome: str) -> None:
        """What became of a texture; `path` is local."""
        self._say({"kind": "texture", "index": index, "path": path, "outcome": outcome}, f"{path}: {outcome}")

    def note(self, text: str) -> None:
        """Something to know."""
        self._say({"kind": "note", "sentence": text}, text)

    def error(self, error: FlatironError) -> None:
        """Why it ends. For people the command's own report follows."""
        message = {"kind": "error", "what": error.what, "why": error.why, "advice": error.advice}
        self._say(message, "")

    def _say(self, message: Mapping[str, object], text: str) -> None:
        line = json.dumps(message, ensure_ascii=False) if self._as_json else text
        if not line:
            return
        try:
            print(line, flush=True)  # noqa: T201 - this is the command's output
        except OSError:
            self._fall_silent()

    @staticmethod
    def _fall_silent() -> None:
        """The pipe is broken: the interpreter must not stumble over it again when it ends."""
        with contextlib.suppress(OSError):
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, sys.stdout.fileno())
