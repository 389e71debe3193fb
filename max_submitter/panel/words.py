"""Words and numbers as the panel writes them. Pure text."""

from __future__ import annotations

from flatiron_tasks.contracts.job_view import JobView

KIND_WORDS = {"color": "colour", "data": "data", "normal": "normal"}
MODE_WORDS = (("single", "Single Pass"), ("multi", "Multi Pass"))
FORMAT_WORDS = {"png": "PNG", "tiff": "TIFF", "tga": "TGA", "jpeg": "JPEG", "exr": "OpenEXR", "tx": "TX (mip-mapped)"}
PIXEL_WORDS = {"uint8": "8 bit", "uint16": "16 bit", "half": "16 bit float (half)", "float": "32 bit float"}

RUNNING = ("submitted", "rendering", "merging", "delivering", "ready_to_collect", "cancelling")
"""States of jobs that the filter "Running" shows."""

_STATE_WORDS = {
    "submitted": "Submitted",
    "rendering": "Rendering",
    "merging": "Merging",
    "delivering": "Delivering",
    "done": "Done",
    "ready_to_collect": "Ready to collect",
    "cancelling": "Cancelling",
    "cancelled": "Cancelled",
    "failed": "Failed",
}


def state_word(view: JobView) -> str:
    """The state of a job in one or two words."""
    if view.suspended and view.state in ("submitted", "rendering"):
        return "Suspended"
    return _STATE_WORDS.get(view.state, view.state)


def duration(seconds: float) -> str:
    """`0:07`, `12:05`, `1:02:03`."""
    whole = max(0, int(seconds))
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def times(state: str, elapsed: float, remaining: float | None) -> str:
    """How long a job has taken and what is left, in one line."""
    if state not in RUNNING:
        return f"Took {duration(elapsed)}"
    if remaining is None:
        return f"Elapsed {duration(elapsed)}"
    return f"Elapsed {duration(elapsed)}, about {duration(remaining)} left"


def count(number: int, one: str, many: str) -> str:
    """`1 pass`, `12 passes`."""
    return f"{number:,} {one if number == 1 else many}"


def passes_done(view: JobView) -> int:
    """Number of passes that are merged."""
    return sum(1 for item in view.passes if item.state == "merged")
