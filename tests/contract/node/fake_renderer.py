"""A renderer for the tests, a program of its own: `fake_renderer.py TASK.json`. Its behaviour is a job option."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2] / "unit" / "node"))
from exr_files import exr_bytes  # type: ignore[import-not-found]

_GRANDCHILD = """
import signal, sys
fifo = open(sys.argv[1], "w")
for file in (fifo, sys.stdout):
    file.write("x")
    file.flush()
signal.pause()
"""


def main(task_file: str) -> int:
    """Do what the job's option says."""
    task = json.loads(Path(task_file).read_text("utf-8"))
    options = task["options"]
    say(f"rendering {task['scene']}", options.get("encoding", "utf-8"))
    if "fifo" in options:
        start_grandchild(options["fifo"])
    if "pipe" in options:
        held = Path(options["pipe"]).open("w")  # noqa: SIM115 - the end of this process closes it
        held.write("x")
        held.flush()
    if options.get("overwrite_scene"):
        Path(task["scene"]).write_bytes(b"SCENE")
    if "link_pieces_to" in options:
        pieces = Path(task["scene"]).parents[1] / "pieces"
        pieces.rmdir()
        pieces.symlink_to(options["link_pieces_to"], target_is_directory=True)
    if options.get("hang"):
        signal.pause()
    for output in task["outputs"][: options.get("pieces", 99)]:
        write(output, cut=options.get("cut", 0))
    say(options.get("last_words", "done"), options.get("encoding", "utf-8"))
    return int(options.get("exit_code", 0))


def start_grandchild(fifo: str) -> None:
    """Start a process that leaves the session and lives for ever; return when it runs."""
    command = [sys.executable, "-c", _GRANDCHILD, fifo]
    process = subprocess.Popen(command, start_new_session=True, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.read(1)


def say(text: str, encoding: str) -> None:
    """Print a line."""
    sys.stdout.buffer.write(f"{text}\n".encode(encoding))
    sys.stdout.flush()


def write(output: dict[str, Any], *, cut: int) -> None:
    """Write one image, without its last `cut` bytes."""
    size = (output["width"], output["height"], output["row_begin"], output["row_end"])
    data = exr_bytes(*size, pixel_type=output["pixel_type"])
    Path(output["path"]).write_bytes(data[: len(data) - cut])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
