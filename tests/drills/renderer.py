"""The stand-in renderer of the chaos runs, behind a gate and with trouble on request.

Run as `python -I -S renderer.py task.json`. In the folder that the variable DRILL_ORDERS names it leaves
a file `begun.<pid>`; whoever locks `gate` holds it up, and a file `trouble` is what it says when it fails.
"""

from __future__ import annotations

import fcntl
import os
import runpy
import sys
from pathlib import Path


def main() -> None:
    """Wait at the gate, then fail as ordered or render."""
    orders = Path(os.environ["DRILL_ORDERS"])
    (orders / f"begun.{os.getpid()}").touch()
    with (orders / "gate").open("rb") as gate:
        fcntl.flock(gate, fcntl.LOCK_SH)
    trouble = orders / "trouble"
    if trouble.exists():
        sys.exit(trouble.read_text("utf-8"))
    runpy.run_path(os.environ["DRILL_RENDERER"], run_name="__main__")


if __name__ == "__main__":
    main()
