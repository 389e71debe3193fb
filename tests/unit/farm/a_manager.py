"""A manager without network: queue, servers, clients and console, and what clients were notified of."""

from __future__ import annotations

from typing import cast

from flatiron_tasks.backburner import datagrams, payloads
from flatiron_tasks.backburner.datagrams import Notification
from flatiron_tasks.backburner.records import ClientInfo, SystemInfo
from workers.farm.clients import Client, ClientTable
from workers.farm.console import Console, Parts
from workers.farm.control import QueueControl
from workers.farm.faults import Faults
from workers.farm.job_queue import JobQueue
from workers.farm.node import Hello, Node
from workers.farm.node_link import Message, NodeLink
from workers.farm.nodes import NodeTable
from workers.farm.policy import QueuePolicy
from workers.farm.store import Store

POLICY = QueuePolicy(retry_count=2, retry_interval_s=30)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class FakeLink:
    """A server's link that keeps what it was sent."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self._closed = False

    def send(self, message: Message) -> None:
        self.sent.append(message)

    def close(self) -> None:
        self._closed = True

    def is_closed(self) -> bool:
        return self._closed


class AManager:
    """`notified` collects every datagram with the port that it went to."""

    def __init__(self, store: Store, *, strict: bool = False, faults: Faults = Faults()) -> None:  # noqa: B008
        self.clock = Clock()
        self.notified: list[tuple[int, Notification | None]] = []
        self.queue = JobQueue(store, POLICY, self.clock, faults)
        self.nodes = NodeTable(self.queue, absent_after_s=10, minute_s=60, faults=faults)
        self.clients = ClientTable(lambda data, address: self.notified.append((address[1], datagrams.read(data))))
        self.queue.tell = self.nodes.tell = self.clients.announce
        self.control = QueueControl(self.clients, strict=strict, clock=self.clock)
        self.console = Console(self.queue, self.nodes, self.clients, self.control)

    def client(self, udp_port: int = 0, station: str = "station") -> Client:
        """One that told who it is."""
        client = self.clients.join("127.0.0.1")
        info = ClientInfo(udp_port=udp_port, system_info=SystemInfo(computer_name=station))
        assert self.console.introduce(client, payloads.write_record("ClientInfo", info)) == (b"200 OK\r\n",)
        return client

    def server(self, name: str = "node-1", *groups: str) -> tuple[Node, FakeLink]:
        link = FakeLink()
        hello = Hello(name, frozenset(groups), 0, "artist")
        return self.nodes.welcome(hello, cast("NodeLink", link), "127.0.0.1"), link

    def ask(self, line: str, client: Client | None = None) -> Parts:
        return self.console.answer(tuple(line.split()), client or self.clients.join("127.0.0.1"))

    def body(self, line: str) -> bytes:
        """The document that answers a request, without its terminator."""
        head, payload = self.ask(line)
        assert head == f"251 {len(payload)}\r\n".encode()
        assert payload.endswith(b"\n\0")
        return payload[:-1]

    def finish(self, node: Node, link: FakeLink, outcome: str = "complete") -> None:
        """The server reports the task that it was given last."""
        order = next(message for message in reversed(link.sent) if message["do"] == "run")
        report = {"did": "finished", "assignment": order["assignment"], "outcome": outcome, "message": "exit code 1"}
        self.nodes.heard(node, {**report, "elapsed_ms": 12.4})
