"""What the `flatiron` command says, as values: lines of JSON where they were asked for, lines for people otherwise."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Final

from flatiron_tasks.contracts.errors import FlatironError

_ERROR: Final = "Error: "


@dataclass
class CommandWords:
    """Takes lines one after the other and keeps what matters at the end."""

    sentence: str = ""
    """The last thing that was said."""
    fraction: float | None = None
    lines: list[str] = field(default_factory=list)
    """Lines for people, without the error."""
    _error: FlatironError | None = None
    _error_lines: list[str] = field(default_factory=list)

    def take(self, line: str) -> dict[str, Any] | None:
        """Take a line; returns the message if it is one in JSON."""
        message = _message(line)
        if message is None:
            self._take_text(line)
        elif message["kind"] == "error":
            self._error = FlatironError(str(message.get("what", "")), **_why_and_advice(message))
        elif message["kind"] == "progress":
            self.sentence, self.fraction = str(message.get("sentence", "")), _fraction(message.get("fraction"))
        return message

    def error(self, exit_code: int, what: str) -> FlatironError:
        """The error of a run that ended with this exit code; `what` stands for one that said nothing."""
        if self._error is not None:
            return self._error
        if self._error_lines:
            return FlatironError(" ".join(self._error_lines))
        last = self.lines[-1] if self.lines else "It said nothing."
        return FlatironError(f"{what} ended with exit code {exit_code}.", why=last)

    def _take_text(self, line: str) -> None:
        if self._error_lines or line.startswith(_ERROR):
            self._error_lines.append(line.removeprefix(_ERROR).strip())
        elif line.strip():
            self.sentence, self.fraction = line.strip(), None
            self.lines.append(line.strip())


def _message(line: str) -> dict[str, Any] | None:
    if not line.startswith("{"):
        return None
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) and isinstance(found.get("kind"), str) else None


def _why_and_advice(message: dict[str, Any]) -> dict[str, str]:
    return {"why": str(message.get("why", "")), "advice": str(message.get("advice", ""))}


def _fraction(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None
