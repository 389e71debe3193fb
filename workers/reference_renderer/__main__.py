"""The command line: `python -m workers.reference_renderer TASK.json`, or `… inspect SCENE`.

Exit codes: 0 done, 2 wrong usage, 3 bad input (trying again changes nothing), 4 another failure (a later attempt may
work). Messages go to standard error, progress and JSON to standard output.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from flatiron_tasks.contracts.errors import BadInputError, ContractError, FlatironError
from flatiron_tasks.contracts.node_task import NodeTask
from workers.reference_renderer.bake import bake_task
from workers.reference_renderer.elements import ELEMENTS
from workers.reference_renderer.inspection import describe
from workers.reference_renderer.scene import load_scene

BAD_INPUT, FAILED = 3, 4


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code."""
    parser = _parser()
    given = parser.parse_args(arguments)
    is_inspection = given.task == "inspect"
    if is_inspection != (given.scene is not None):
        parser.error("give one TASK.json, or the word `inspect` and one scene file")
    try:
        if is_inspection:
            _inspect(Path(given.scene))
        else:
            _render(Path(given.task))
    except BadInputError as error:
        sys.stderr.write(f"error: {error}\n")
        return BAD_INPUT
    except FlatironError as error:
        sys.stderr.write(f"error: {error}\n")
        return FAILED
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m workers.reference_renderer",
        usage="%(prog)s TASK.json | %(prog)s inspect SCENE",
        description="Bake the outputs of one node task, or describe a scene file (.glb, .gltf, .obj) as JSON.",
        epilog=f"Elements: {', '.join(ELEMENTS)}. Options in the task: samples, ao_distance, seed. "
        "Exit codes: 0 done, 2 wrong usage, 3 bad input, 4 another failure.",
    )
    parser.add_argument("task", metavar="TASK.json", help="node task, or the word `inspect`")
    parser.add_argument("scene", metavar="SCENE", nargs="?", help="scene file to describe")
    return parser


def _render(path: Path) -> None:
    try:
        text = path.read_bytes()
    except OSError as error:
        raise ContractError(f"Task file {path} cannot be read.", why=str(error)) from error
    bake_task(NodeTask.from_json(text, source=str(path)))


def _inspect(path: Path) -> None:
    sys.stdout.write(json.dumps(describe(load_scene(path)), indent=1) + "\n")


if __name__ == "__main__":
    raise SystemExit(main())
