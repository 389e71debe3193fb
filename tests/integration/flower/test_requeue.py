"""A merge fails in the night: Flower says why, and whichever way it is queued again, the job ends."""

from __future__ import annotations

import urllib.error
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from flatiron_tasks.contracts import channels
from tests.acceptance.bakes import wait_for_end
from tests.integration.flower.td_desk import BROKEN_PASS, BrokenBake, TdDesk
from tests.waiting import wait_until
from workers.cli.exit_codes import ExitCode


@pytest.fixture(scope="module")
def td(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TdDesk]:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("FLATIRON_REDIS_URL", raising=False)
        with TdDesk(tmp_path_factory.mktemp("td")) as desk:
            yield desk


def failed_task(td: TdDesk, bake: BrokenBake) -> dict[str, Any]:
    """The failed merge of a bake, sought in Flower's list of tasks as a TD would."""

    def found() -> dict[str, Any] | None:
        tasks = td.ask_flower(f"tasks?state=FAILURE&search={bake.job_id}")
        return next(iter(tasks.values()), None)

    task = wait_until(found, what="Flower shows the failed merge")
    assert task is not None
    return task


def by_flower(td: TdDesk, job_id: str) -> None:
    td.ask_flower(f"task/async-apply/{channels.REQUEUE_TASK}", {"args": [job_id, [BROKEN_PASS]]})
    wait_until(lambda: td.desk.job(job_id).state != "failed", what="the front desk has done what Flower sent")


def by_command(td: TdDesk, job_id: str) -> None:
    done = td.flatiron("requeue", job_id, "--pass", BROKEN_PASS)
    assert (done.returncode, done.stdout) == (0, f"Job {job_id} is queued again: 1 pass.\n")


@pytest.mark.parametrize("requeue", [by_flower, by_command])
def test_a_failed_merge_is_found_in_flower_repaired_and_queued_again(
    td: TdDesk, requeue: Callable[[TdDesk, str], None]
) -> None:
    bake = td.rendered_and_broken(requeue.__name__)
    with td.merges():
        td.failed(bake)
        task = failed_task(td, bake)
        assert task["name"] == "flatiron.merge_pass"
        assert f"pass {BROKEN_PASS}" in task["args"]
        reason = td.ask_flower(f"task/info/{task['uuid']}")["exception"]
        assert bake.piece.name in reason
        assert f"`flatiron requeue {bake.job_id} --pass {BROKEN_PASS}`" in reason
        bake.repair()
        requeue(td, bake.job_id)
        assert wait_for_end(td.desk, bake.job_id).state == "done"
        assert td.flatiron("requeue", bake.job_id).returncode == ExitCode.BAD_INPUT


def test_a_pass_is_rendered_again_by_command_and_asking_twice_is_harmless(td: TdDesk) -> None:
    bake = td.rendered_and_broken("rerender")
    assert td.flatiron("rerender", bake.job_id).returncode == ExitCode.USAGE
    with td.merges():
        td.failed(bake)
    again = td.flatiron("rerender", bake.job_id, "--all-failed")
    assert (again.returncode, again.stdout) == (
        0,
        f"Job {bake.job_id} is queued again: 1 pass, to be rendered again.\n",
    )
    twice = td.flatiron("rerender", bake.job_id, "--pass", BROKEN_PASS)
    assert twice.returncode == 0
    assert "nothing of it waits to be queued again" in twice.stdout
    with td.merges():
        assert wait_for_end(td.desk, bake.job_id).state == "done"
    refused = td.flatiron("rerender", bake.job_id, "--all-failed")
    assert (refused.returncode, refused.stdout) == (0, f"No pass of {bake.job_id} has failed: nothing to do.\n")
    refused = td.flatiron("rerender", bake.job_id, "--pass", BROKEN_PASS)
    assert refused.returncode == ExitCode.BAD_INPUT
    assert "there is nothing to put back" in refused.stderr


def test_flower_starts_nothing_for_somebody_without_the_login(td: TdDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.integration.flower.td_desk._LOGIN", "td:guess")
    with pytest.raises(urllib.error.HTTPError, match="401"):
        by_flower(td, "20260131-142501-7f3a9c0d")
