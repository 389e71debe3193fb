"""Where there is no fork, as on Windows, a worker does everything in one thread: a whole bake with such workers."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from flatiron_tasks.api import Desk
from tests.acceptance.bakes import request, submit_to, textures, wait_for_end
from workers.embedded import readiness
from workers.embedded.processes import environment_without_settings
from workers.embedded.stack import EmbeddedStack


def test_a_bake_is_done_by_workers_that_have_one_thread_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FLATIRON_REDIS_URL", raising=False)
    roles = {"farm": ("front-desk", "dispatch", "poll"), "merge": ("merge", "deliver")}
    with EmbeddedStack(tmp_path / "stack", workers=0, nodes=1, flower=False) as stack:
        for name, queues in roles.items():
            options = (f"--hostname={name}@stack", "--one-thread", *(f"--queues={queue}" for queue in queues))
            command = (sys.executable, "-m", "workers.cli", "--config", str(stack.config), "worker", *options)
            stack.processes.start(name, command, env=environment_without_settings())
        url = stack.settings.redis_url
        stack.processes.wait_until("Both workers", lambda: readiness.workers_answer(url, 2), deadline_s=90)
        submitted = submit_to(stack.settings, request(tmp_path / "bake", stack.network_folder, stack.manager))
        assert wait_for_end(Desk.open(stack.settings), submitted.job_id).state == "done"
        assert len(textures(tmp_path / "bake")) == 6
        stack.check()
