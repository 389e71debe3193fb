"""The error of the embedded services. It stands here because nothing outside of this package can raise it."""

from __future__ import annotations

from flatiron_tasks.contracts.errors import FlatironError


class EmbeddedError(FlatironError):
    """A service of the embedded stack could not be started, or ended early."""
