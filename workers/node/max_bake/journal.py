"""What the bake tells while it works: progress lines in 3ds Max's system log, warnings for the result."""

from __future__ import annotations

from typing import Any


class Journal:
    """Lines for the log; the node program knows them by their first word."""

    def __init__(self, rt: Any) -> None:
        self._rt = rt
        self.warnings: list[str] = []

    def say(self, text: str) -> None:
        """One line. The console cuts at 512 characters, so a longer one would not arrive either."""
        self._rt.logSystem.logEntry(f"flatiron: {text}"[:500], broadcast=True)

    def step(self, done: int, total: int, text: str) -> None:
        """Progress: so many of all steps are done, this one begins."""
        self.say(f"{done}/{total} {text}")

    def warn(self, text: str) -> None:
        """Something that may spoil the image, for a person to judge."""
        self.warnings.append(text)
        self.say(f"warning: {text}")
