"""A workshop with the share probe switched on, and its servers played: each does with a probe what the test says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from unittest import mock

import redis

from flatiron_tasks.api import NodeVerdict
from flatiron_tasks.pipeline.farm_port import FarmJob, FarmJobState
from flatiron_tasks.pipeline.record import JobRecord
from flatiron_tasks.testing.fake_farm import FakeFarm
from tests.integration.pipeline.moving_clock import MovingClock
from tests.integration.pipeline.workshop import Workshop
from tests.synthetic_job import JOB_ID
from workers.node import probe

GOOD, OTHER_FOLDER, READ_ONLY, SILENT = "good", 2, 3, "silent"
"""What a server does: answers, fails at the n-th task of its probe, or nothing."""

Manners = dict[str, str | int]


class ProbedWorkshop(Workshop):
    """Workers, sweep and a farm of four servers."""

    def __init__(self, client: redis.Redis, clock: MovingClock, network_folder: Path) -> None:
        super().__init__(client, clock, network_folder, share_probe_minutes=10)
        self.farm = FakeFarm(("node-1", "node-2", "node-3", "node-4"))

    @property
    def record(self) -> JobRecord:
        return self.context.store.load(JOB_ID)

    @property
    def probes(self) -> list[FarmJob]:
        """Farm jobs of probes that were ever submitted."""
        return [job for job in self.farm.submissions if ".probe." in job.name.replace("-", ".")]

    @property
    def bakes(self) -> list[FarmJob]:
        """All other ones."""
        return [job for job in self.farm.submissions if job not in self.probes]

    def switch_off(self) -> None:
        """Go on without the share probe."""
        settings = self.context.settings.model_copy(update={"share_probe_minutes": 0.0})
        self.context = replace(self.context, settings=settings)

    def verdicts(self) -> dict[str, NodeVerdict]:
        return {node.server: node.verdict for node in self.desk.nodes()}

    def play(self, manners: Manners) -> None:
        """Let the servers do what they do with the probes that wait for them."""
        for job in self.probes:
            view = self.farm.jobs().get(job.name)
            if view is not None and view.state is FarmJobState.WAITING:
                self._play(view.handle, job.servers[0], manners.get(job.servers[0], GOOD))

    def _play(self, handle: str, server: str, manner: str | int) -> None:
        if manner == SILENT or self.farm.progress(handle).servers[0].failed:  # type: ignore[union-attr]
            return
        for number, command in enumerate(self.farm.commands(handle), 1):
            if manner == number:
                self.farm.fail(handle, number, server)
                return
            if command[1] != "-c":
                self._run_node_program(command)
            self.farm.finish(handle, number)

    def _run_node_program(self, command: tuple[str, ...]) -> None:
        """As on a node whose clock is right."""
        with mock.patch.object(probe, "datetime") as clock:
            clock.now.return_value = self.clock.now().astimezone(UTC)
            assert isinstance(clock.now(), datetime)
            assert probe.main(command[3:]) == 0

    def come_to_rest(self, manners: Manners | None = None, *, rounds: int = 3, seconds: float = 5) -> None:
        """Work, play and sweep a few times."""
        for _ in range(rounds):
            self.work()
            self.play(manners or {})
            self.sweep(seconds=seconds)
        self.work()
