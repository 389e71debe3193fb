"""A whole installation in one process: real Redis, a fake farm, steps run by hand, in any order, as often as asked."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import redis

from flatiron_tasks.api import Desk
from flatiron_tasks.contracts.errors import FlatironError
from flatiron_tasks.pipeline.context import Context
from flatiron_tasks.pipeline.next_steps import Step
from flatiron_tasks.pipeline.steps import accept, cancel, clean_temp, dispatch, merge_pass, poll, replace_placeholder
from flatiron_tasks.pipeline.store import JobStore
from flatiron_tasks.settings import Settings
from flatiron_tasks.testing.fake_farm import FakeFarm
from tests.integration.pipeline.moving_clock import MovingClock
from tests.synthetic_job import SyntheticJob

MANAGER = "farm.example:3234"
_STEPS: dict[str, Callable[..., None]] = {
    "dispatch": dispatch.dispatch,
    "merge_pass": merge_pass.merge_pass,
    "replace_placeholder": replace_placeholder.replace_placeholder,
    "clean_temp": clean_temp.clean_temp,
    "cancel": cancel.cancel,
}


class Workshop:
    """Workers, sweep and farm of a test. `errors` collects what steps raised, as a worker's log would."""

    def __init__(
        self,
        client: redis.Redis,
        clock: MovingClock,
        network_folder: Path,
        *,
        share_probe_minutes: float = 0,
        share_caching_seconds: float = 0,
    ) -> None:
        self.client, self.clock, self.farm = client, clock, FakeFarm()
        self.messages: list[Step] = []
        self.sent: list[str] = []
        self.errors: list[FlatironError] = []
        settings = Settings(
            network_folders=(network_folder,),
            node_python="python",
            lease_seconds=30,
            share_probe_minutes=share_probe_minutes,
            share_caching_seconds=share_caching_seconds,
        )
        store = JobStore(client, clock)
        self.context = Context(settings, store, clock, farms=lambda _manager: self.farm, send=self._send)
        self.desk = Desk(self.context)

    def _send(self, step: Step) -> None:
        self.messages.append(step)
        self.sent.append(step.key)

    def accept(self, job: SyntheticJob) -> None:
        accept.accept(self.context, job.files.job.job_id)

    def run(self, step: Step) -> None:
        """Run one step as a worker does: an error is logged, the worker lives on."""
        try:
            _STEPS[step.name](self.context, *step.arguments)
        except FlatironError as error:
            self.errors.append(error)

    def work(self, *, order: random.Random | None = None, doubled: bool = False) -> None:
        """Run all messages that are there or come, in the given order."""
        while self.messages:
            step = self.messages.pop(order.randrange(len(self.messages)) if order else 0)
            for _ in range(2 if doubled else 1):
                self.run(step)

    def sweep(self, *, seconds: float = 5) -> None:
        """Let time pass and sweep once."""
        self.clock.advance(seconds)
        poll.poll(self.context, MANAGER)

    def live(self, *, sweeps: int = 3, order: random.Random | None = None, doubled: bool = False) -> None:
        """Sweep and work a few times."""
        for _ in range(sweeps):
            self.work(order=order, doubled=doubled)
            self.sweep()
        self.work(order=order, doubled=doubled)
