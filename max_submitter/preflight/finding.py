"""What preflight found: a sentence, how bad it is, and perhaps what mends it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

Level = Literal["fatal", "fixable", "warning"]
"""`fatal` and `fixable` keep Bake disabled; a `fixable` one has a button that mends it."""


@dataclass(frozen=True)
class Finding:
    """One thing that is not right."""

    check: str
    """Name of the check, stable, as `uv-outside`."""
    level: Level
    what: str
    """One sentence: what is wrong, and where."""
    advice: str = ""
    """One sentence: what to do."""
    where: str = ""
    """The rollout field it belongs to, as `output_folder`, `elements`, `network_folder`; empty for the scene."""
    fix_label: str = ""
    """Text of the Fix button, as "Save the scene"; empty without one."""
    fix: Callable[[], None] | None = field(default=None, compare=False)
    """Mends it, on the main thread. Raises FlatironError if it cannot."""
