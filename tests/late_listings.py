"""A share whose listings are late: names that exist, and can be opened and deleted, but are not listed yet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from flatiron_tasks.share import held_folder


class LateListings:
    """Listings as cleaning reads them, without the names for which `hides` is true."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.hides: Callable[[str], bool] = lambda name: False
        self._honest = held_folder._names
        monkeypatch.setattr(held_folder, "_names", self._names)

    def catch_up(self) -> None:
        """List everything from now on."""
        self.hides = lambda name: False

    def _names(self, folder: Path | int) -> list[str]:
        return [name for name in self._honest(folder) if not self.hides(name)]
