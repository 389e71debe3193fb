"""Four nodes, three of which do not see the share as the workers do: the bake runs on the good one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from flatiron_tasks.api import Desk, NodeVerdict
from flatiron_tasks.backburner.client import ManagerClient
from flatiron_tasks.contracts.layout import PROBES
from tests.integration.share_probe.nodes_with_own_mounts import can_mount, sees, sees_read_only, start_node
from tests.waiting import wait_until
from workers.embedded.stack import EmbeddedStack

SCENE = Path(__file__).resolve().parents[3] / "deploy" / "demo_scene" / "demo.glb"
NODES = ("node-1", "node-2", "node-3", "node-4")

pytestmark = pytest.mark.skipif(not can_mount(), reason="needs root on Linux to give nodes mounts of their own")


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[EmbeddedStack]:
    os.environ.pop("FLATIRON_REDIS_URL", None)
    changes = {"share_probe_timeout_seconds": 12.0}
    with EmbeddedStack(tmp_path / "stack", flower=False, nodes=1, changes=changes) as stack:
        yield stack


def bake(stack: EmbeddedStack, output: Path, submitting: Callable[[], None] = lambda: None) -> dict[str, object]:
    """Bake one object and wait for the end. `submitting` is called when the job folder is begun."""
    host, port = stack.manager
    where = ("--manager", host, "--port", port, "--output", output, "--size", "64x32", "--samples", 1)
    options = ("--map", "Crate", "--element", "CompleteMap", "--strips", 4, "--json")
    command = [sys.executable, "-m", "workers.cli", "--config", str(stack.config), "bake", str(SCENE)]
    known = set(stack.network_folder.glob("flatiron-2*"))
    with subprocess.Popen(
        [*command, *map(str, (*where, *options))], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        wait_until(lambda: set(stack.network_folder.glob("flatiron-2*")) - known, what="the job folder is begun")
        submitting()
        answer, errors = running.communicate(timeout=240)
    assert running.returncode == 0, errors
    status: dict[str, object] = json.loads(answer)
    return status


def test_the_bake_runs_on_the_one_server_that_sees_the_share_and_says_why_the_others_do_not(
    stack: EmbeddedStack, tmp_path: Path
) -> None:
    other = tmp_path / "another folder"
    other.mkdir()
    share = stack.network_folder
    start_node(stack, "node-2", sees(other, share))
    start_node(stack, "node-3", sees_read_only(share))
    silent = start_node(stack, "node-4")
    with ManagerClient(*stack.manager) as client:
        wait_until(lambda: {item.name for item in client.servers()} == set(NODES), what="all servers are there")

    def fall_silent() -> None:
        """Not before there is a job: a server that is silent for long is absent, and nobody asks it anything."""
        os.kill(silent.process.pid, signal.SIGSTOP)

    try:
        status = bake(stack, tmp_path / "out", fall_silent)
        desk = Desk.open(stack.settings)
        nodes = {node.server: node for node in desk.nodes()}
        assert {name: node.verdict for name, node in nodes.items()} == {
            "node-1": NodeVerdict.OK,
            "node-2": NodeVerdict.OTHER_FOLDER,
            "node-3": NodeVerdict.READ_ONLY,
            "node-4": NodeVerdict.SILENT,
        }
        assert nodes["node-1"].target == str(share)
        assert nodes["node-2"].sentence.startswith(
            f"node-2 sees another folder, or none, where the workers see {share}"
        )
        assert nodes["node-3"].sentence.startswith(f"node-3 sees {share} and cannot write to it")
        assert nodes["node-4"].sentence.startswith("node-4 has not answered the share probe within 12 s")
        assert status["state"] == "done"
        told = " ".join(event.sentence for event in desk.history(str(status["job_id"])))
        assert " servers are left out: node-2 sees another folder" in told
        assert list(other.iterdir()) == []
    finally:
        os.kill(silent.process.pid, signal.SIGCONT)


def test_what_was_answered_is_believed_for_the_next_job_and_nothing_is_left_of_the_probe(
    stack: EmbeddedStack, tmp_path: Path
) -> None:
    bake(stack, tmp_path / "first")
    (first,) = Desk.open(stack.settings).nodes()
    bake(stack, tmp_path / "second")
    (second,) = Desk.open(stack.settings).nodes()
    assert first == second
    assert not (stack.network_folder / PROBES).exists()
    with ManagerClient(*stack.manager) as client:
        assert not [job.name for job in client.jobs() if "probe" in job.name]
