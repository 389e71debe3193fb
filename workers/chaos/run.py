"""One chaos run: load and faults until every job has ended, then peace, then the checks."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis

from flatiron_tasks.contracts import channels
from workers.chaos.checker import Violation
from workers.chaos.checker.decoys import Decoys
from workers.chaos.checker.growth import Growth
from workers.chaos.checker.jobs import Ending, ending, failed_passes
from workers.chaos.checker.redis_memory import RedisMemory
from workers.chaos.clients import Clients, Sent
from workers.chaos.injector import Injector
from workers.chaos.observer import Observer
from workers.chaos.options import Options
from workers.chaos.outputs import Outputs
from workers.chaos.peace import calm_down
from workers.chaos.references import bake_references
from workers.chaos.schedule import KINDS, SKEW, Fault, choose_kinds, draw_faults, draw_skews
from workers.chaos.seam import Seam
from workers.chaos.shapes import Shape, draw_shapes, is_doomed
from workers.chaos.share import Share, enter_private_mounts
from workers.chaos.stack import ChaosStack
from workers.chaos.verdict import judge

_LOOK_S, _SAMPLE_S, _PATIENCE_S = 0.2, 3.0, 180.0
_MOST_REQUEUES, _REQUEUE_PAUSE_S = 8, 4.0
_DECOYS_EVERY = 12
_LOAD_UNTIL = 0.9
"""Faults strike until this share of the jobs has ended."""


@dataclass
class Run:
    """One run in a private folder. `say` takes lines for people."""

    options: Options
    folder: Path
    evidence: Path
    say: Callable[[str], None]
    endings: dict[str, Ending] = field(default_factory=dict)
    asked: dict[str, float] = field(default_factory=dict)
    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)

    def run(self) -> dict[str, Any]:
        """Do it. Returns the report. Raises EmbeddedError if the stack does not start."""
        privileges = self._prepare()
        try:
            return self._run(privileges)
        finally:
            self.share.close()

    def _run(self, privileges: frozenset[str]) -> dict[str, Any]:
        kinds = choose_kinds(self.options.faults, privileges)
        wanted = self.options.faults or tuple(KINDS)
        self.left_out = {
            name: f"this machine has no {KINDS[name].needs}" for name in wanted if name in KINDS and name not in kinds
        }
        is_skewed = self.seam.is_there and (not self.options.faults or SKEW in self.options.faults)
        self.skews = draw_skews(self.options.seed) if is_skewed else {}
        self._faults = draw_faults(self.options.seed, kinds, jobs_per_fault=self.options.jobs_per_fault)
        self._next: Fault | None = next(self._faults, None)
        began = time.monotonic()
        with ChaosStack(self.folder, self.share, self.seam, seed=self.options.seed, skews=self.skews) as self.stack:
            self._open()
            self.say(f"Ready after {time.monotonic() - began:.0f} s; baking with faults …")
            self.began = time.monotonic()
            self._load()
            self.seconds = time.monotonic() - self.began
            calm_down(self)
        return judge(self)

    def _prepare(self) -> frozenset[str]:
        self.shapes: tuple[Shape, ...] = draw_shapes(self.options.seed, self.options.shapes)
        self.share = Share(self.folder / "share", private_mounts=enter_private_mounts())
        self.seam = Seam(self.folder, self.share.folder)
        self.decoys = Decoys(self.share.folder, self.folder / "outside")
        self.decoys.plant()
        self.growth, self.redis_memory = Growth(), RedisMemory()
        self.violations: list[Violation] = []
        held = {"mount": self.share.can_fail, "seam": self.seam.is_there}
        return frozenset(name for name, is_there in held.items() if is_there)

    def _open(self) -> None:
        reference = self.folder / "reference"
        bake_references(self.shapes, reference, config=self.stack.config, node_config=self.folder / "node.json")
        self.outputs = Outputs(reference / "textures")
        self.redis = self.connect()
        self.observer = Observer(self.stack.redis_url)
        self.observer.start()
        is_over = self.endings.__contains__
        outputs = self.folder / "textures"
        outputs.mkdir()
        self.clients = Clients(self.stack, self.shapes, self.options.jobs, self.options.at_once, is_over, outputs)
        self.injector = Injector(self.stack, self.clients, self.observer, self.options.seed)
        self.clients.start()

    def connect(self) -> Any:
        """A client of Redis itself, past the proxy."""
        return redis.Redis.from_url(self.stack.redis_url, decode_responses=True, protocol=2, socket_timeout=3)

    def _load(self) -> None:
        """Until all jobs are submitted and ended, or nothing has ended for too long."""
        last_ended = last_sample = time.monotonic()
        while not self._is_over() and time.monotonic() - last_ended < _PATIENCE_S:
            self.clients.tick()
            if self._look():
                last_ended = time.monotonic()
            self.injector.tick()
            self._strike()
            self._plant()
            if time.monotonic() - last_sample >= _SAMPLE_S:
                last_sample = time.monotonic()
                self._sample()
                if self.options.is_soak:
                    self.outputs.retire(self.clients.sent, self.endings)
            if self.options.minutes and time.monotonic() - self.began > 60 * self.options.minutes:
                self.clients.stop()
            time.sleep(_LOOK_S)
        self.clients.stop()

    def _is_over(self) -> bool:
        return self.clients.is_through and len(self.endings) == len(self.clients.sent)

    def _look(self) -> int:
        """Note which jobs have ended, ask again for failed ones. Returns how many have ended now."""
        before = len(self.endings)
        for sent in [item for item in list(self.clients.sent.values()) if item.job_id not in self.endings]:
            try:
                found = ending(self.redis, self.share.folder, sent.job_id)
                if found.is_over and not self._is_asked_again(sent, found):
                    self.endings[sent.job_id] = found
            except (redis.RedisError, OSError):
                break  # looked again soon
        now = time.monotonic()
        if len(self.endings) > before:
            for item in self.injector.injections:
                if item.recovered is None:
                    item.recovered = now - item.at
        return len(self.endings) - before

    def _is_asked_again(self, sent: Sent, found: Ending) -> bool:
        """What a person does about a failed job: requeue; cancel it if that does not help; ask again after a while.

        A message that is lost, or flushed, before anybody read it is lost: the front desk promises no more.
        """
        if found.state != "failed":
            return False
        if time.monotonic() - self.asked.get(sent.job_id, 0) < _REQUEUE_PAUSE_S:
            return True
        self.asked[sent.job_id] = time.monotonic()
        if is_doomed(sent.number) and sent.requeues:
            sent.cancelled = self.clients.ask(channels.CANCEL_JOB_TASK, sent.job_id)
            return True
        if sent.requeues >= _MOST_REQUEUES:
            return False
        self.say(f"  {sent.job_id} failed, requeued: {found.reason[:160]}")
        self.clients.requeue(sent.job_id, failed_passes(self.redis, sent.job_id))
        return True

    def _strike(self) -> None:
        fault = self._next
        if fault is None or fault.after > len(self.endings) or fault.after >= self.options.jobs * _LOAD_UNTIL:
            return
        if not self.injector.is_free(fault):
            return
        injection = self.injector.inject(fault)
        self.say(f"{time.monotonic() - self.began:7.1f} s  {fault}  {injection.found[:70] or '(nothing there)'}")
        if fault.kind == "old-panel" and injection.found:
            self.decoys.adopt(self.share.folder / injection.found / "job.desc")
        self._next = next(self._faults)

    def _plant(self) -> None:
        """Foreign files inside every twelfth job folder."""
        for sent in list(self.clients.sent.values())[-4:]:
            folder = self.share.folder / f"flatiron-{sent.job_id}"
            if sent.number % _DECOYS_EVERY == 5 and folder.name not in self.decoys.jobs and folder.is_dir():
                with suppress(OSError):
                    self.decoys.plant_in(folder)

    def _sample(self) -> None:
        now = time.time()
        with suppress(redis.RedisError):
            self.redis_memory.sample(self.redis, now, len(self.endings))
        for name in self.stack.services:
            process = self.stack.process(name)
            if process is not None:
                self.growth.sample(name, process, now)
                if name.startswith("worker"):
                    with suppress(Exception):
                        for child in process.children():
                            self.growth.sample(f"{name} child", child, now)
