"""A node that lies: after the node program, the newest receipt of its task names another size or hash.

Run as `python -I -S liar.py <job.desc> <task>`; obeys one order `lie.<number>`, as the stand-in renderer does.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path


def main() -> None:
    """Take an order, if there is one, and lie."""
    description, task = Path(sys.argv[1]), int(sys.argv[2])
    for order in sorted(Path(os.environ["CHAOS_ORDERS"]).glob("lie.*")):
        try:
            order.unlink()
        except FileNotFoundError:
            continue
        lie(description.parent / "pieces", task)
        return


def lie(pieces: Path, task: int) -> None:
    """Falsify the newest receipt of the task: its size if it is of an even element, else its hash."""
    for path in sorted(pieces.glob("p*.json"), key=lambda path: path.stat().st_mtime, reverse=True):
        receipt = json.loads(path.read_text("utf-8"))
        if receipt["task"] == task:
            receipt.update({"size": receipt["size"] + 1} if task % 2 else {"sha256": "0" * 64})
            temporary = path.with_name(f".{path.name}.0123456789abcdef.tmp")
            temporary.write_text(json.dumps(receipt), "utf-8")
            temporary.replace(path)
            return


if __name__ == "__main__":
    main()
