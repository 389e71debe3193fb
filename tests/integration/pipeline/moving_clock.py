"""A clock that tests move."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class MovingClock:
    """A clock that stands still until it is told to go on."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 1, 31, 14, 25, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def advance(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)
