"""Progress lines on standard output, the renderer's sign of life. Does not measure time."""

from __future__ import annotations

import sys


class Progress:
    """Counts equal units of work and prints `progress 37%` whenever the whole number changes."""

    def __init__(self, units: int) -> None:
        self._units = units
        self._done = 0
        self._shown = -1
        self.within(0.0)

    def within(self, fraction: float) -> None:
        """Report a part (0 to 1) of the unit at hand."""
        percent = int(100 * (self._done + fraction) / self._units) if self._units else 100
        if percent > self._shown:
            self._shown = percent
            sys.stdout.write(f"progress {percent}%\n")
            sys.stdout.flush()

    def finish_unit(self) -> None:
        """Report that the unit at hand is done."""
        self._done += 1
        self.within(0.0)
