"""The render servers as the local manager sees them, and the orders that go to them.

Brings queue and links together: `settle` makes the world agree with the queue after anything changed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from flatiron_tasks.backburner.datagrams import Event
from flatiron_tasks.contracts.errors import FarmProtocolError, FarmRefusedError
from workers.farm.faults import Faults
from workers.farm.job_queue import Assignment, JobQueue
from workers.farm.node import Hello, Node
from workers.farm.node_link import Message, NodeLink
from workers.farm.orders import order
from workers.farm.task_run import Outcome

_NO_FAULTS: Final = Faults()


class NodeTable:
    """All servers that were seen, or still hold tasks from before a restart.

    `absent_after_s`: how long a lost server is waited for. `minute_s`: length of a time-out minute, 60 but for tests.
    Give `tell` a function that takes every event with its fields.
    """

    def __init__(self, queue: JobQueue, *, absent_after_s: float, minute_s: float, faults: Faults = _NO_FAULTS) -> None:
        self.tell: Callable[..., None] = lambda _event, *_fields: None
        self._faults = faults
        self._vanished: set[str] = set()
        self._queue = queue
        self._absent_after_s = absent_after_s
        self._minute_s = minute_s
        self.by_name = {name: Node(name) for name in queue.servers_with_tasks()}

    def find(self, handle: str) -> Node | None:
        """The server with this handle."""
        return next((node for node in self.by_name.values() if node.handle == handle.upper()), None)

    def welcome(self, hello: Hello, link: NodeLink, address: str) -> Node:
        """A server connected. Raises FarmRefusedError if one of that name is connected already."""
        if hello.name in self._vanished:
            raise FarmRefusedError(f"The server {hello.name} was made to vanish")
        node = self.by_name.setdefault(hello.name, Node(hello.name))
        if node.link is not None:
            raise FarmRefusedError(f"A server named {hello.name} is connected already")
        if node.groups != hello.groups:
            self.tell(Event.GROUPS_CHANGED)
        node.groups, node.user, node.hardware = hello.groups, hello.user, hello.hardware
        node.link, node.address = link, address
        node.holds, node.told_to_stop, node.leaving = hello.holds, False, False
        self._queue.release(node.name, keep=hello.holds)
        self.tell(Event.SERVER_ON, node.handle)
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
        self.tell(Event.SERVER_OFF, node.handle)
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
        if held is None:
            if node.began:
                node.began = 0.0
                self.tell(Event.SERVER_IDLE, node.handle)
            return
        node.holds, node.told_to_stop, node.began = held.id, False, time.time()
        link.send(self._order(held))
        if node.name in self._faults.server_vanishes:
            self._vanished.add(node.name)
            link.close()

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
        message = order(spec, spec.rows[number - 1], number=number, assignment=held.id, minute_s=self._minute_s)
        if self._faults.task_fails_on(number, held.task.server):
            message["fault"] = "this task was made to fail"
        return message
