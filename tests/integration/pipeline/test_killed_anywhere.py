"""Steps that are killed between any two file operations, then run again: the same end, and nothing left over.

A child process runs one step and kills itself with SIGKILL at its n-th change of the file system. Then the step runs
again, as the sweep would have it, for every n that there is.
"""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
import redis

from flatiron_tasks.pipeline.next_steps import Step
from flatiron_tasks.pipeline.states import JobState
from flatiron_tasks.pipeline.store import connect
from tests.integration.pipeline.at_change import SERVER, at_change, die
from tests.integration.pipeline.conftest import JOB
from tests.integration.pipeline.moving_clock import MovingClock
from tests.integration.pipeline.workshop import Workshop
from tests.share_contents import beside_proofs
from tests.synthetic_job import SyntheticJob, make_job


def run_until_change(url: str, folder: Path, step: Step, change: int) -> None:
    """What the child does: run the step on its own connection, dying at its n-th change below `folder`."""
    workshop = Workshop(connect(url), MovingClock(), folder / "network")
    at_change(folder, change, die)
    workshop.run(step)
    assert not workshop.errors, workshop.errors


def dies(url: str, folder: Path, step: Step, change: int) -> bool:
    """Run the step in a child that dies at its n-th change. False if it came to its end without so many changes."""
    child = SERVER.Process(target=run_until_change, args=(url, folder, step, change))
    child.start()
    child.join(60)
    assert child.exitcode in (0, -signal.SIGKILL), "the step failed instead of being killed"
    return child.exitcode != 0


def finished_job(folder: Path, client: redis.Redis, clock: MovingClock, *, until: str) -> tuple[Workshop, SyntheticJob]:
    """A job all of whose pieces are rendered, brought to the point where `until` is the next step."""
    client.flushdb()
    folder.mkdir()
    job = make_job(folder)
    workshop = Workshop(client, clock, job.network_folder)
    job.render()
    workshop.accept(job)
    while not any(step.name == until for step in workshop.messages):
        pending, workshop.messages = workshop.messages, []
        for step in pending:
            workshop.run(step)
        workshop.sweep()
    return workshop, job


def undisturbed(folder: Path, client: redis.Redis, clock: MovingClock) -> dict[str, bytes]:
    workshop, job = finished_job(folder, client, clock, until="dispatch")
    workshop.live()
    assert workshop.context.store.load(JOB).state is JobState.DONE
    return job.textures()


@pytest.mark.parametrize(("name", "stride"), [("merge_pass", 1), ("replace_placeholder", 1), ("clean_temp", 3)])
def test_a_step_killed_at_any_change_ends_the_same_after_it_ran_again(
    name: str, stride: int, client: redis.Redis, clock: MovingClock, tmp_path: Path, redis_server_url: str
) -> None:
    expected = undisturbed(tmp_path / "undisturbed", client, clock)
    change = 1
    while True:
        folder = tmp_path / f"{change}"
        workshop, job = finished_job(folder, client, clock, until=name)
        step = next(step for step in workshop.messages if step.name == name)
        killed = dies(redis_server_url, folder, step, change)
        client.delete(*client.keys("flatiron:lease:*") or ["none"])  # the lease of the dead runs out
        workshop.live()
        assert not workshop.errors, f"after a kill at change {change}"
        assert workshop.context.store.load(JOB).state is JobState.DONE
        assert job.textures() == expected, f"after a kill at change {change}"
        assert beside_proofs(job.network_folder) == [], f"after a kill at change {change}"
        if not killed:
            break
        change += stride
    assert change > 4, "the step changes the file system more than a few times"
