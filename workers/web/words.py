"""States as signs and words, times and sizes as people read them: what the templates ask for. No HTML."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True)
class Look:
    """How a state is shown: `sign` differs by shape, `tone` by colour, `text` says it."""

    sign: str
    tone: str
    text: str


_LOOKS = {
    "submitted": ("waiting", "idle"),
    "waiting": ("waiting", "idle"),
    "rendering": ("rendering", "busy"),
    "running": ("rendering", "busy"),
    "rendered": ("rendered", "busy"),
    "merging": ("merging", "busy"),
    "delivering": ("delivering", "busy"),
    "done": ("done", "good"),
    "merged": ("done", "good"),
    "delivered": ("done", "good"),
    "succeeded": ("done", "good"),
    "answers": ("done", "good"),
    "ok": ("done", "good"),
    "ready_to_collect": ("collect", "attention"),
    "collectable": ("collect", "attention"),
    "beside": ("attention", "attention"),
    "suspended": ("suspended", "attention"),
    "cancelling": ("cancelled", "idle"),
    "cancelled": ("cancelled", "idle"),
    "failed": ("failed", "bad"),
    "silent": ("failed", "bad"),
    "cannot run the node program": ("failed", "bad"),
    "different folder": ("failed", "bad"),
    "read-only": ("failed", "bad"),
    "full": ("failed", "bad"),
    "clock off": ("failed", "bad"),
    "busy": ("waiting", "idle"),
    "unreachable": ("failed", "bad"),
}


def look(state: str) -> Look:
    """The sign, colour and words of a state."""
    sign, tone = _LOOKS.get(state, ("attention", "attention"))
    return Look(sign, tone, state.replace("_", " "))


def ago(moment: datetime | float) -> str:
    """How long ago, in one unit: 12 s, 5 min, 3 h, 2 d."""
    seconds = max(0.0, datetime.now(UTC).timestamp() - _seconds(moment))
    return f"{span(round(seconds))} ago" if seconds >= 1 else "now"


def span(seconds: float) -> str:
    """A time span in one unit, short ones with a decimal."""
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{int(seconds // length)} {unit}"
    return f"{seconds:.1f} s" if seconds < 10 and seconds % 1 else f"{round(seconds)} s"


def moment_text(moment: datetime | float) -> str:
    """A moment to the second, UTC because workers and readers may live apart."""
    return datetime.fromtimestamp(_seconds(moment), UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def size(number: float) -> str:
    """Bytes in one unit of 1024."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if number < 1024:
            return f"{round(number)} {unit}"
        number /= 1024
    return f"{number:.1f} TiB"


def counted(number: int, one: str, many: str) -> str:
    """A number with its noun."""
    return f"{number} {one if number == 1 else many}"


def _seconds(moment: datetime | float) -> float:
    return moment.timestamp() if isinstance(moment, datetime) else moment
