"""The artists of a chaos run: submitter processes that submit with the real code, and a person who asks for more.

The processes are the stack's; this tells them what to submit and how far they may go, and learns from their facts which
jobs there are.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from flatiron_tasks.contracts import channels
from flatiron_tasks.contracts.errors import TransportError
from max_submitter.transport import CeleryTransport
from workers.chaos import facts
from workers.chaos.facts import FactFile
from workers.chaos.schedule import SUBMITTERS
from workers.chaos.shapes import SCENE, Shape, shape_of
from workers.chaos.stack import ChaosStack
from workers.chaos.submitter import FACTS, PLAN, UNTIL
from workers.node.build import build_node_program


@dataclass
class Sent:
    """One job that was submitted, and what a person asked of it since."""

    number: int
    job_id: str
    shape: int
    output: Path
    at: float
    requeues: int = 0
    cancelled: bool = False


@dataclass
class Clients:
    """Lets jobs be submitted one after the other, with so many under way at once. Call `tick` often."""

    stack: ChaosStack
    shapes: tuple[Shape, ...]
    total: int
    at_once: int
    is_over: Callable[[str], bool]
    outputs: Path
    sent: dict[str, Sent] = field(default_factory=dict)
    begun: dict[str, int] = field(default_factory=dict)
    troubles: list[str] = field(default_factory=list)
    until: int = 0
    is_stopped: bool = False

    def start(self) -> None:
        """Tell the submitters what to do. Raises OSError."""
        folder = self.stack.submitters
        scene, program = folder / "scene.max", folder / "program"
        scene.write_bytes(SCENE)
        program.write_bytes(build_node_program())
        plan = {
            "seed": self.stack.seed,
            "shapes": len(self.shapes),
            "submitters": SUBMITTERS,
            "share": str(self.stack.share.folder),
            "outputs": str(self.outputs),
            "scene": str(scene),
            "program": str(program),
            "redis_url": self.stack.proxy_url,
            "manager": self.stack.manager,
        }
        self._files = [FactFile(folder / f"submitter-{number}" / FACTS) for number in range(1, SUBMITTERS + 1)]
        self._transport = CeleryTransport(self.stack.proxy_url, timeout_seconds=2)
        _replace(folder / UNTIL, "0")
        _replace(folder / PLAN, json.dumps(plan))

    def tick(self) -> None:
        """Learn what was submitted, and let as many more be submitted as have ended. Raises OSError."""
        for file in self._files:
            for fact in file.new():
                self._learn(fact)
        if not self.is_stopped:
            ended = sum(self.is_over(job_id) for job_id in self.sent)
            until = min(self.total, max(self.until, ended + self.at_once))
            if until > self.until:
                self.until = until
                _replace(self.stack.submitters / UNTIL, str(until))

    def stop(self) -> None:
        """Let nothing more be submitted than what was allowed already."""
        self.is_stopped = True

    @property
    def is_through(self) -> bool:
        """Whether everything that was to be submitted is."""
        is_last = self.is_stopped or self.until >= self.total
        return is_last and len({sent.number for sent in self.sent.values()}) >= self.until

    def ask(self, task: str, job_id: str, *arguments: object) -> bool:
        """Ask something of a job, once. False if the message did not get through."""
        try:
            self._transport.ask(task, job_id, *arguments)
        except TransportError as error:
            self.troubles.append(str(error))
            return False
        return True

    def requeue(self, job_id: str, failed_passes: list[int]) -> None:
        """What a person does about a failed job: let the farm render its failed passes again, else merge again."""
        done = (
            self.ask(channels.RERENDER_TASK, job_id, failed_passes)
            if failed_passes
            else self.ask(channels.REQUEUE_TASK, job_id)
        )
        self.sent[job_id].requeues += done

    def _learn(self, fact: facts.Fact) -> None:
        if fact.what == facts.TROUBLE:
            self.troubles.append(fact.note)
        elif fact.what == facts.BEGUN:
            self.begun[fact.job_id] = fact.number
        elif fact.what == facts.SUBMITTED and fact.job_id not in self.sent:
            shape, output = shape_of(fact.number, self.shapes), self.outputs / f"job-{fact.number:05d}"
            self.sent[fact.job_id] = Sent(fact.number, fact.job_id, shape.number, output, time.monotonic())


def _replace(path: Path, text: str) -> None:
    temporary = path.with_name(f"{path.name}.new")
    temporary.write_text(text, "utf-8")
    temporary.replace(path)
