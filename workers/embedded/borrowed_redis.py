"""An existing Redis for an embedded stack: one empty database of it, given back empty.

A stack must never share a database with anything else: its workers would take over the jobs of that installation.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from flatiron_tasks.settings import hide_password
from workers.embedded.errors import EmbeddedError
from workers.embedded.redis_server import answers, connect

MARK = "flatiron:embedded"


@contextmanager
def borrowed(url: str) -> Iterator[str]:
    """Use the database while the context is open, and empty it at the end. Raises EmbeddedError if it is in use."""
    shown, token = hide_password(url), secrets.token_hex(8)
    if not answers(url):
        raise EmbeddedError(
            f"No Redis answers at {shown}.",
            why="FLATIRON_REDIS_URL names it, therefore no embedded one was started.",
            advice="Start it, correct the variable, or remove the variable to get an embedded Redis.",
        )
    with connect(url) as client:
        is_ours = bool(client.set(MARK, token, nx=True))
        if not is_ours or client.dbsize() != 1:
            if is_ours:
                client.delete(MARK)
            raise EmbeddedError(
                f"The Redis database {shown} is not empty.",
                why="An embedded stack needs a database of its own; otherwise it would take over the jobs in there.",
                advice="Choose another database number in FLATIRON_REDIS_URL, or remove the variable.",
            )
        try:
            yield url
        finally:
            held = client.get(MARK)
            if held is not None and held == token.encode():
                client.flushdb()
