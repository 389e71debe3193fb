"""Steps that are killed between any two file operations, then run again: the same end, and nothing left over.

A child process runs one step and kills itself with SIGKILL at its n-th change of the file system; Python's own audit
events tell it when. Then the step runs again, as the sweep would have it, for every n that there is.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from pathlib import Path

import pytest
import redis

from flatiron_tasks.pipeline.next_steps import Step
from flatiron_tasks.pipeline.states import JobState
from flatiron_tasks.pipeline.store import connect
from tests.integration.pipeline.conftest import JOB
from tests.integration.pipeline.moving_clock import MovingClock
from tests.integration.pipeline.workshop import Workshop
from tests.share_contents import beside_proofs
from tests.synthetic_job import SyntheticJob, make_job

SERVER = multiprocessing.get_context("forkserver")
"""Children of a process that never used OpenImageIO: its threads do not survive a fork."""

SERVER.set_forkserver_preload(["tests.integration.pipeline.workshop"])
CHANGES = ("os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.link", "os.truncate")
"""Audit events of calls that change the file system; `open` counts too if it is for writing."""


def kill_at(folder: Path, change: int) -> None:
    """From now on, die right before the n-th change below a folder."""
    left = change

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal left
        writes = event == "open" and bool(_flags(arguments) & (os.O_WRONLY | os.O_RDWR))
        if (event in CHANGES or writes) and _is_below(arguments[0], folder):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def _is_below(path: object, folder: Path) -> bool:
    """Names relative to an open folder are the clean-up's, which works nowhere else."""
    return isinstance(path, str) and (not path.startswith("/") or path.startswith(str(folder)))


def _flags(arguments: tuple[object, ...]) -> int:
    flags = arguments[2]
    return flags if isinstance(flags, int) else 0


def run_until_change(url: str, folder: Path, step: Step, change: int) -> None:
    """What the child does: run the step on its own connection, dying at its n-th change below `folder`."""
    workshop = Workshop(connect(url), MovingClock(), folder / "network")
    kill_at(folder, change)
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
