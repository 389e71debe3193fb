"""Telling a browser from a farm's client: a manager executes lines, and a web page can send lines to any port here."""

from __future__ import annotations

from typing import Final

from flatiron_tasks.contracts.errors import FarmProtocolError

# Verbs of HTTP that are none of Backburner's. `GET`, `DELETE` and the rest give themselves away by the end of the line.
_VERBS: Final = frozenset({"post", "put", "head", "options", "patch", "connect", "trace"})


def refuse_http(words: tuple[str, ...]) -> None:
    """Raise FarmProtocolError if a request is a line of HTTP: a request line, or a header such as `Host: …`."""
    if not words:
        return
    verb = words[0].lower()
    if verb in _VERBS or ":" in verb or words[-1].upper().startswith("HTTP/"):
        raise FarmProtocolError(
            f"An HTTP client was thrown out; its line was {' '.join(words)[:60]!r}",
            why="a web page or a port scanner talks to the farm manager's port",
        )
