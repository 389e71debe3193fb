"""Words that all findings share: lists of names, counts, sizes."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

MOST_NAMED: Final = 5
_UNITS: Final = ("bytes", "KB", "MB", "GB", "TB")


def named(names: Collection[str]) -> str:
    """Names for a sentence, at most five: `"A", "B" and 3 more`."""
    return listed([f'"{name}"' for name in names])


def listed(items: Collection[str], last: str = " and ") -> str:
    """Items for a sentence, at most five: `A, B and C`, or `A, B, C, D, E and 3 more`; `last` joins the last one."""
    shown = list(items)[:MOST_NAMED]
    if len(items) > MOST_NAMED:
        return f"{', '.join(shown)} and {len(items) - MOST_NAMED} more"
    return last.join(part for part in (", ".join(shown[:-1]), *shown[-1:]) if part)


def counted(count: int, one: str, many: str = "") -> str:
    """A count and its noun: `1 object`, `3 objects`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def amount(size: float) -> str:
    """A size in bytes for people: `1.5 GB`, in steps of 1024 as Windows counts."""
    unit = 0
    while size >= 1024 and unit < len(_UNITS) - 1:
        size, unit = size / 1024, unit + 1
    return f"{size:.0f} {_UNITS[unit]}" if unit == 0 or size >= 100 else f"{size:.1f} {_UNITS[unit]}"
