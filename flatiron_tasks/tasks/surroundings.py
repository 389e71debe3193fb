"""A worker's real surroundings: Redis, the Backburner farm, the clock, and Celery to send steps with."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from celery import Celery
from celery.exceptions import SoftTimeLimitExceeded

from flatiron_tasks.backburner.events import Mode
from flatiron_tasks.backburner.farm import BackburnerFarm
from flatiron_tasks.contracts.errors import FarmUnreachableError
from flatiron_tasks.pipeline.clock import RedisClock
from flatiron_tasks.pipeline.context import Context
from flatiron_tasks.pipeline.farm_port import Farm
from flatiron_tasks.pipeline.measures import RedisMeasures
from flatiron_tasks.pipeline.next_steps import Step
from flatiron_tasks.pipeline.store import ANSWER_S, JobStore, connect
from flatiron_tasks.settings import Settings
from flatiron_tasks.tasks.poll import ask_for_sweep
from flatiron_tasks.tasks.wake import Waker


def make_context(settings: Settings, app: Celery, *, answer_s: float = ANSWER_S) -> Context:
    """Connect this process to the installation. `answer_s` is how long Redis may take to answer."""
    client = connect(settings.redis_url, answer_s=answer_s)
    clock = RedisClock(client)
    farm = cache(lambda manager: _farm(settings, manager))  # one connection per manager and process
    return Context(
        settings=settings,
        store=JobStore(client, clock),
        clock=clock,
        farms=farm,
        send=sender(app),
        interruptions=(SoftTimeLimitExceeded,),
        measures=RedisMeasures(client),
    )


def make_waker(settings: Settings, app: Celery) -> Waker:
    """What lets the managers' notifications ask for sweeps, as long as it is open."""
    client = connect(settings.redis_url)
    store = JobStore(client, RedisClock(client))
    return Waker(store, lambda manager: ask_for_sweep(app, manager))


def sender(app: Celery) -> Callable[[Step], None]:
    """Send a step as a Celery message. A publish that fails is not repeated: the next sweep sends the step again."""

    def send(step: Step) -> None:
        app.send_task(f"flatiron.{step.name}", args=list(step.arguments), retry=False, argsrepr=step.shown)

    return send


def _farm(settings: Settings, manager: str) -> Farm:
    if settings.farm_managers and manager.casefold() not in settings.farm_managers:
        raise FarmUnreachableError(
            f"This worker does not connect to the farm manager {manager}.",
            why="It is not among `farm_managers`.",
            advice="Add it there if it is one of yours; otherwise cancel the job.",
        )
    host, _, port = manager.rpartition(":")
    return BackburnerFarm(
        host,
        int(port),
        cmdjob=settings.cmdjob,
        mode=Mode(settings.farm_mode),
        read_timeout_s=settings.farm_timeout_seconds,
        keep_connection=True,
    )
