"""Asking the session: an error of ours becomes a text in the panel, never a dialog and never a traceback."""

from __future__ import annotations

from collections.abc import Callable

from flatiron_tasks.contracts.errors import FlatironError
from max_submitter.panel.labels import Prose


def ask(request: Callable[[], None], trouble: Prose) -> bool:
    """Make a request and show in `trouble` why it was refused, or nothing. Whether it was taken."""
    try:
        request()
    except FlatironError as error:
        trouble.set_text(str(error))
        return False
    trouble.set_text("")
    return True
