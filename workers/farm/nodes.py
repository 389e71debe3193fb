"""The render servers as the local manager sees them, and the orders that go to them.

Brings queue and links together: `settle` makes the world agree with the queue after anything changed.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, field
from typing import Any

from flatiron_tasks.backburner.assumptions import WireServerState
from flatiron_tasks.contracts.errors import FarmProtocolError, FarmRefusedError
from workers.farm.job_queue import Assignment, JobQueue
from workers.farm.node_link import Message, NodeLink
from workers.farm.orders import order
from workers.farm.task_run import Outcome


@dataclass
class Node:
    """One server. `holds`: the assignment it works on or has not reported yet, 0 for none.

    `seen`: when its connection ended, in monotonic seconds.
    """

    name: str
    groups: frozenset[str] = frozenset()
    user: str = ""
    link: NodeLink | None = None
    seen: float = field(default_factory=time.monotonic)
    holds: int = 0
    told_to_stop: bool = False
    leaving: bool = False
    tasks_done: int = 0
    task_ms: float = 0.0

    @property
    def handle(self) -> str:
        """16 hexadecimal digits like a real one, from the name: several servers share this machine's address."""
        digest = bytearray(hashlib.sha256(self.name.encode()).digest()[:6])
        digest[0] = digest[0] & 0xFC | 0x02  # marks a locally administered address
        return digest.hex().upper() + "0000"

    @property
    def state(self) -> WireServerState:
        """The state number that the manager tells."""
        if self.link is None:
            return WireServerState.ABSENT
        return WireServerState.BUSY if self.holds else WireServerState.IDLE


@dataclass(frozen=True)
class Hello:
    """How a server introduces itself. `holds`: an assignment that it kept through a lost connection, 0 for none."""

    name: str
    groups: frozenset[str]
    holds: int
    user: str

    @classmethod
    def from_json(cls, data: Any) -> Hello:
        """Read a hello document. Raises FarmProtocolError."""
        try:
            hello = cls(str(data["name"]), frozenset(data["groups"]), int(data["holds"]), str(data["user"]))
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise FarmProtocolError(f"A render server introduced itself with {data!r}") from error
        if not hello.name or not hello.name.isprintable():
            raise FarmProtocolError(f"A render server has no usable name: {hello.name!r}")
        return hello


class NodeTable:
    """All servers that were seen, or still hold tasks from before a restart.

    `absent_after_s`: how long a lost server is waited for. `minute_s`: length of a time-out minute, 60 but for tests.
    """

    def __init__(self, queue: JobQueue, *, absent_after_s: float, minute_s: float) -> None:
        self._queue = queue
        self._absent_after_s = absent_after_s
        self._minute_s = minute_s
        self.by_name = {name: Node(name) for name in queue.servers_with_tasks()}

    def welcome(self, hello: Hello) -> Node:
        """A server connected. Raises FarmRefusedError if one of that name is connected already."""
        node = self.by_name.setdefault(hello.name, Node(hello.name))
        if node.link is not None:
            raise FarmRefusedError(f"A server named {hello.name} is connected already")
        node.groups, node.user = hello.groups, hello.user
        node.holds, node.told_to_stop, node.leaving = hello.holds, False, False
        self._queue.release(node.name, keep=hello.holds)
        return node

    def heard(self, node: Node, message: Message) -> None:
        """A server said something."""
        match message.get("did"):
            case "finished":
                self._finished(node, message)
            case "leaving":
                node.leaving = True
            case "alive":
                pass
            case other:
                raise FarmProtocolError(f"The server {node.name} said {other!r}")
        self.settle()

    def lost(self, node: Node) -> None:
        """The connection to a server ended. One that said goodbye is not waited for."""
        node.link, node.seen = None, time.monotonic()
        if node.leaving:
            node.holds = 0
            self._queue.release(node.name)
        self.settle()

    def tick(self) -> None:
        """Give up servers that stay away, let the others know that the manager lives."""
        for node in self.by_name.values():
            if node.link is not None:
                node.link.send({"do": "nothing"})
            elif time.monotonic() - node.seen > self._absent_after_s:
                self._queue.release(node.name, f"{node.name} is absent; its task goes to another server")
        self._queue.tick()
        self.settle()

    def settle(self) -> None:
        """Stop what is no longer wanted, give work to whoever is free."""
        for node in self.by_name.values():
            if node.link is None:
                continue
            if node.holds:
                self._stop_if_void(node, node.link)
            elif not node.leaving:
                self._give_work(node, node.link)

    def close(self) -> None:
        """Drop all connections; the servers will look for the next manager."""
        for node in self.by_name.values():
            if node.link is not None:
                node.link.close()

    def _stop_if_void(self, node: Node, link: NodeLink) -> None:
        if not node.told_to_stop and self._queue.find(node.holds) is None:
            node.told_to_stop = True
            link.send({"do": "stop", "assignment": node.holds})

    def _give_work(self, node: Node, link: NodeLink) -> None:
        held = self._queue.next_task(node.name, node.groups)
        if held is not None:
            node.holds, node.told_to_stop = held.id, False
            link.send(self._order(held))

    def _finished(self, node: Node, message: Message) -> None:
        try:
            number, outcome = int(message["assignment"]), Outcome(message["outcome"])
            text, elapsed_ms = str(message["message"]), float(message["elapsed_ms"])
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise FarmProtocolError(f"The server {node.name} sent a report that cannot be read: {message}") from error
        held = self._queue.find(number)
        if held is not None and held.task.server == node.name:
            self._judge(node, held, outcome, text, elapsed_ms)
        node.holds = 0
        if node.link is not None:
            node.link.send({"do": "forget", "assignment": number})

    def _judge(self, node: Node, held: Assignment, outcome: Outcome, text: str, elapsed_ms: float) -> None:
        match outcome:
            case Outcome.COMPLETE:
                node.tasks_done += 1
                node.task_ms += elapsed_ms
                self._queue.complete(held, elapsed_ms)
            case Outcome.FAILED:
                self._queue.fail(held, text)
            case Outcome.STOPPED:
                self._queue.release(node.name)

    def _order(self, held: Assignment) -> Message:
        spec, number = held.job.spec, held.task.number
        return order(spec, spec.rows[number - 1], number=number, assignment=held.id, minute_s=self._minute_s)
