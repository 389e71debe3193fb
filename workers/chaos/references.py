"""The right textures of every shape: baked before a run by `flatiron local`, without Redis, farm and faults.

Run as `python -m workers.chaos.references SETTINGS JOB_DESC…`: all in one process, because importing the imaging
code takes longer than a small bake.
"""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from flatiron_tasks.contracts.errors import RenderError
from max_submitter.submission import submit
from workers.chaos.shapes import SCENE, Shape, bake_request
from workers.embedded.processes import environment_without_settings
from workers.node.build import build_node_program

_LIMIT_S = 300
_NO_FARM = ("127.0.0.1", 3234)


def bake_references(shapes: tuple[Shape, ...], folder: Path, *, config: Path, node_config: Path) -> None:
    """Bake into `folder/textures/shape-<number>`. Raises RenderError."""
    network = folder / "network"
    network.mkdir(parents=True)
    scene = folder / "scene.max"
    scene.write_bytes(SCENE)
    program = build_node_program()
    jobs = []
    for shape in shapes:
        output = folder / "textures" / f"shape-{shape.number}"
        request = bake_request(shape, job=0, scene=scene, output=output, network=network, manager=_NO_FARM)
        made = submit(request, node_program=program, send=lambda _: None, clock=lambda: datetime.now(UTC))
        jobs.append(str(made.description_path))
    command = [sys.executable, "-m", "workers.chaos.references", str(config), *jobs]
    environment = {**environment_without_settings(), "FLATIRON_NODE_CONFIG": str(node_config)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=_LIMIT_S)
    if done.returncode != 0:
        raise RenderError("The fault-free bakes failed.", why=done.stdout + done.stderr)


def _bake(config: str, job: str) -> int:
    from workers.cli.app import app  # noqa: PLC0415 - the command itself imports this package

    try:
        app(["--config", config, "local", job])
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


if __name__ == "__main__":
    sys.exit(max(_bake(sys.argv[1], job) for job in sys.argv[2:]))
