"""The artists of a chaos run: they submit with the real code, hear of failures, and ask again as a person would."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from flatiron_tasks.contracts import channels
from flatiron_tasks.contracts.errors import FlatironError, TransportError
from max_submitter.submission import submit
from max_submitter.transport import CeleryTransport
from workers.chaos.shapes import SCENE, Shape, bake_request, shape_of
from workers.chaos.stack import ChaosStack
from workers.node.build import build_node_program

_PAUSE_S = 0.3


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
    """Submits jobs one after the other, with so many under way at once."""

    stack: ChaosStack
    shapes: tuple[Shape, ...]
    total: int
    at_once: int
    is_over: Callable[[str], bool]
    outputs: Path
    sent: dict[str, Sent] = field(default_factory=dict)
    troubles: list[str] = field(default_factory=list)
    error: BaseException | None = None
    stop: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Begin, in a thread of its own."""
        self._program = build_node_program()
        self._scene = self.outputs.parent / "scene.max"
        self._scene.write_bytes(SCENE)
        self._transport = CeleryTransport(self.stack.proxy_url, timeout_seconds=2)
        self.thread = threading.Thread(target=self._run, name="clients", daemon=True)
        self.thread.start()

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

    def _run(self) -> None:
        try:
            for number in range(self.total):
                while self._under_way() >= self.at_once and not self.stop.is_set():
                    self.stop.wait(_PAUSE_S)
                while not self.stop.is_set() and not self._submit(number):
                    self.stop.wait(_PAUSE_S)
                if self.stop.is_set():
                    return
        except BaseException as error:  # noqa: BLE001 - told by whoever waits for this thread
            self.error = error

    def _under_way(self) -> int:
        return sum(not self.is_over(job_id) for job_id in list(self.sent))

    def _submit(self, number: int) -> bool:
        shape = shape_of(number, self.shapes)
        output = self.outputs / f"job-{number:05d}"
        share = self.stack.share.folder
        request = bake_request(
            shape, job=number, scene=self._scene, output=output, network=share, manager=self.stack.manager
        )
        begun: list[str] = []
        try:
            submit(
                request,
                node_program=self._program,
                send=self._transport.send,
                clock=lambda: datetime.now(UTC),
                begin=lambda job: begun.append(job.job_id),
            )
        except TransportError as error:  # the job is complete on the share: the workers find it without the message
            self.troubles.append(str(error))
        except FlatironError as error:
            self.troubles.append(str(error))
            return False
        self.sent[begun[0]] = Sent(number, begun[0], shape.number, output, time.monotonic())
        return True
