"""The node program: renders one farm task of a bake job and proves what it rendered.

    python node.pyz --job <job folder>/job.desc --task 7

Reads the job's description, runs the renderer that this node knows under the job's name for it, verifies what it wrote,
and puts pieces with receipts into the job folder. With `--probe` it renders nothing and answers a share probe instead,
see `probe.py`. Needs Python 3.10 and nothing else.
"""

from __future__ import annotations

import argparse
import logging
import os
import platform
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from flatiron_tasks.contracts.errors import FlatironError
from workers.node import probe
from workers.node.assignment import read_assignment
from workers.node.attempt import Attempt, Node
from workers.node.configuration import CONFIGURATION_VARIABLE
from workers.node.exit_codes import NodeExit
from workers.node.failure import classify
from workers.node.pieces import find_complete_attempt

_LOG = logging.getLogger("flatiron.node")
_SIGNALS = ("SIGTERM", "SIGINT", "SIGBREAK", "SIGHUP")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; its exit code is a `NodeExit`."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    if given[:1] == ["--probe"]:
        return probe.main(given)
    options = _parser().parse_args(given)
    stopped = threading.Event()
    for name in _SIGNALS:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: stopped.set())
    node = Node(host=platform.node() or "unknown", environment=os.environ, is_stopped=stopped.is_set)
    return run_task(options.job, options.task, node, rerender=options.rerender)


def run_task(description: Path, number: int, node: Node, *, rerender: bool = False) -> NodeExit:
    """Render one task, unless an earlier attempt at it is complete."""
    try:
        assignment = read_assignment(description, number)
        complete = None if rerender else find_complete_attempt(assignment)
    except FlatironError as error:
        _LOG.error("%s", error)
        return classify(error)[0]
    if complete is not None:
        _LOG.info("%s: already done by attempt %s.", assignment.name, complete)
        return NodeExit.DONE
    attempt = Attempt(assignment, node)
    _LOG.info("%s: attempt %s on %s.", assignment.name, attempt.token, node.host)
    return attempt.run()


def _parser() -> argparse.ArgumentParser:
    codes = "\n".join(f"  {code.value:2}  {code.meaning}" for code in NodeExit)
    parser = argparse.ArgumentParser(
        prog="node.pyz",
        description="Render one farm task of a bake job, verify the pieces, write their receipts.",
        epilog=f"exit codes:\n{codes}\n\nThe variable {CONFIGURATION_VARIABLE} names this node's configuration (JSON): "
        "path rules and\nthe command lines of its renderers. Without it the built-in profiles are known.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--job", type=Path, required=True, metavar="PATH", help="path of the job's job.desc")
    parser.add_argument("--task", type=int, required=True, metavar="N", help="number of the farm task, from 1")
    parser.add_argument("--rerender", action="store_true", help="render even if an attempt is complete")
    return parser


if __name__ == "__main__":
    sys.exit(main())
