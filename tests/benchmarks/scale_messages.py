"""What one message of Celery costs beside the step that it starts: a real worker against steps called directly.

The step is the cheapest there is: cancelling a job that nobody wants cancelled looks at its record and ends.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import redis

from flatiron_tasks.pipeline.steps.cancel import cancel
from flatiron_tasks.settings import Settings
from flatiron_tasks.tasks.app import make_app
from tests.benchmarks.scale_clock import AskingClock
from tests.benchmarks.scale_cost import Cost, cost_of
from tests.benchmarks.scale_jobs import waiting_jobs
from tests.benchmarks.scale_redis import RedisMeter
from tests.integration.pipeline.workshop import Workshop
from tests.waiting import wait_until
from workers.embedded import readiness
from workers.embedded.processes import ProcessGroup, environment_without_settings

MESSAGES = 400
_TASK = "flatiron.cancel"
_STEP_COUNT = "cmdstat_evalsha"


def measure_messages(client: redis.Redis, url: str, processes: ProcessGroup, folder: Path) -> Cost:
    """The share of one message, without its step. CPU is that of the worker; the sender's is not included."""
    client.flushdb()
    workshop, meter = Workshop(client, AskingClock(client), folder / "network"), RedisMeter(client)
    job_id = waiting_jobs(workshop.context, folder, "elsewhere.example:3234", 1, 1).ids[0]
    settings = Settings(redis_url=url, network_folders=(folder / "network",))
    worker = _start_worker(processes, settings, folder)
    direct = cost_of(meter, lambda: _cancel_often(workshop, job_id), threads=True)
    before = _scripts(client)
    _cancel_often(workshop, job_id)
    expected = _scripts(client) - before  # scripts are run by steps alone: they tell how many steps have run
    app = make_app(settings)
    cpu, begun = _cpu(worker), _scripts(client)

    def send_and_wait() -> None:
        for _ in range(MESSAGES):
            app.send_task(_TASK, args=(job_id,))
        wait_until(lambda: _scripts(client) - begun >= expected, what="all messages are worked off")

    sent = cost_of(meter, send_and_wait, threads=True)
    own = replace(sent, cpu=_cpu(worker) - cpu)
    return Cost(*(ours - steps for ours, steps in zip(_parts(own), _parts(direct), strict=True))).per(MESSAGES)


def _cancel_often(workshop: Workshop, job_id: str) -> None:
    for _ in range(MESSAGES):
        cancel(workshop.context, job_id)


def _parts(cost: Cost) -> tuple[float, ...]:
    return cost.commands, cost.redis_cpu, cost.cpu, cost.seconds


def _scripts(client: redis.Redis) -> int:
    answers: Callable[[str], dict[str, dict[str, int]]] = client.info
    return answers("commandstats").get(_STEP_COUNT, {}).get("calls", 0)


def _cpu(worker: psutil.Process) -> float:
    """CPU time of a worker and the processes in which its tasks run."""
    times = [process.cpu_times() for process in (worker, *worker.children(recursive=True))]
    return float(sum(item.user + item.system for item in times))


def _start_worker(processes: ProcessGroup, settings: Settings, folder: Path) -> psutil.Process:
    config = folder / "flatiron.toml"
    network = json.dumps([str(item) for item in settings.network_folders])
    config.write_text(f"redis_url = {json.dumps(settings.redis_url)}\nnetwork_folders = {network}\n", "utf-8")
    options = ("--config", str(config), "worker", "--queues", "dispatch", "--concurrency", "1")
    child = processes.start(
        "worker", (sys.executable, "-m", "workers.cli", *options), env=environment_without_settings()
    )
    processes.wait_until("The worker", lambda: readiness.workers_answer(settings.redis_url, 1), deadline_s=60)
    return psutil.Process(child.process.pid)
