"""A worker killed with SIGKILL in the middle of a step changes nothing about the result."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from flatiron_tasks.api import Desk, JobStatus
from flatiron_tasks.contracts.errors import StateError
from tests.acceptance.bakes import OneProcess, request, submit_to, textures, wait_for_end
from tests.share_contents import beside_proofs
from tests.waiting import wait_until
from workers.embedded.guard import kill_tree
from workers.embedded.processes import Child
from workers.embedded.stack import EmbeddedStack

MIDDLES: dict[str, Callable[[JobStatus], bool]] = {
    "merge_pass": lambda status: any(item.state == "merging" for item in status.passes),
    "replace_placeholder": lambda status: any(item.state == "delivering" for item in status.textures),
}


def freeze_in_the_middle(desk: Desk, job_id: str, family: list[psutil.Process], step: str) -> bool:
    """Stop all processes of a worker as soon as it works on the step. False if it was faster and has finished."""

    def working() -> bool:
        try:
            return MIDDLES[step](desk.job(job_id)) or desk.job(job_id).state == "done"
        except StateError:
            return False

    wait_until(working, timeout_s=60, what=f"the worker is in the middle of {step}")
    for process in family:
        process.suspend()
    if MIDDLES[step](desk.job(job_id)):
        return True
    for process in family:
        process.resume()
    return False


def family_of(worker: Child) -> list[psutil.Process]:
    return [worker.process, *worker.process.children(recursive=True)]


@pytest.mark.parametrize("step", list(MIDDLES))
def test_the_job_ends_with_the_same_bytes_and_nothing_left(step: str, tmp_path: Path) -> None:
    quick = {"lease_seconds": 2.0, "step_stalled_seconds": 1.0}
    with EmbeddedStack(tmp_path / "stack", workers=0, nodes=2, flower=False, changes=quick) as stack:
        worker = stack.start_worker("doomed")
        desk = Desk.open(stack.settings)
        wanted = request(tmp_path / "job", stack.network_folder, stack.manager)
        job_id = submit_to(stack.settings, wanted).job_id
        wait_until(worker.process.children, what="the worker has started its processes")
        while not freeze_in_the_middle(desk, job_id, family_of(worker), step):
            assert desk.job(job_id).state != "done", "the worker was never caught in the middle"
        kill_tree(family_of(worker))
        stack.processes.stop(worker)
        stack.start_worker("heir")
        wait_for_end(desk, job_id)
        assert beside_proofs(stack.network_folder) == []
        assert not list((tmp_path / "job" / "textures").glob(".*")), "no temporary file is left"
    (tmp_path / "alone").mkdir()
    assert textures(tmp_path / "job") == OneProcess(tmp_path / "alone").textures(wanted)
