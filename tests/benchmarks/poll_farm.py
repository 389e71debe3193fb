"""A manager for the sweep benchmark: any number of open jobs, some of which move, and every request and byte counted.

Speaks the real protocol over TCP in a thread of its own; lists are made before they are asked for.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Sequence
from types import TracebackType

from flatiron_tasks.backburner import assumptions, payloads, wire
from flatiron_tasks.backburner.assumptions import WireJobState, WireServerState
from flatiron_tasks.backburner.records import JobEntry, JobFlags, JobHead, JobInfo, JobServer, ServerEntry

SERVERS = 40
_FIRST_HANDLE = 3_000_000_000
_READ_BYTES = 64 * 1024


class CountingManager:
    """Lists `names` as jobs. `toggle` moves the first so many of them; `requests` and `bytes` count both ways."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._moved = 0
        self._active = False
        self.requests = 0
        self.bytes = 0
        self._list = b""
        self._servers = payloads.write_list(
            "ServerList", "Server", [ServerEntry(_server(n), WireServerState.BUSY, f"node-{n}") for n in range(SERVERS)]
        )
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self.toggle(0)

    def __enter__(self) -> CountingManager:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._listener.getsockname()[1])

    def toggle(self, moving: int) -> None:
        """Servers take the first so many jobs, or leave them again."""
        self._moved, self._active = moving, not self._active
        entries = [
            JobEntry(str(_FIRST_HANDLE + number), self._state(number), name, "Command Line Tool", "1")
            for number, name in enumerate(self._names)
        ]
        self._list = payloads.write_list("JobList", "Job", entries)

    def _state(self, number: int) -> WireJobState:
        return WireJobState.ACTIVE if self._active and number < self._moved else WireJobState.WAITING

    def _serve(self) -> None:
        while True:
            try:
                talk, _ = self._listener.accept()
            except OSError:
                return
            with talk:
                self._talk(talk)

    def _talk(self, talk: socket.socket) -> None:
        connection = wire.ServerConnection()
        self._send(talk, connection.greeting())
        while data := talk.recv(_READ_BYTES):
            self.bytes += len(data)
            connection.receive_data(data)
            while (event := connection.next_event()) is not None:
                if isinstance(event, wire.Command) and event.words:
                    self.requests += 1
                    self._send(talk, connection.reply(*self._answer(event.words)))

    def _send(self, talk: socket.socket, parts: Sequence[bytes]) -> None:
        data = b"".join(parts)
        self.bytes += len(data)
        talk.sendall(data)

    def _answer(self, words: tuple[str, ...]) -> Sequence[bytes]:
        if words[:2] == ("get", "joblist"):
            return wire.data_parts(self._list)
        if words[:2] == ("get", "srvlist"):
            return wire.data_parts(self._servers)
        if words[:2] == ("get", "jobinfo"):
            return wire.data_parts(payloads.write_job_info(self._info(int(words[2]) - _FIRST_HANDLE)))
        return (wire.status(assumptions.UNKNOWN_COMMAND_CODE, "Unknown command"),)

    def _info(self, number: int) -> JobInfo:
        active = self._state(number) is WireJobState.ACTIVE
        head = JobHead(
            version="300",
            job_handle=str(_FIRST_HANDLE + number),
            name=self._names[number],
            description="a bake",
            priority=50,
            user="",
            computer="",
            last_updated="",
            submitted="",
            started="",
            ended="",
            number_tasks=2,
            tasks_completed=0,
        )
        servers = tuple(JobServer(_server(n), active and n == number % SERVERS, 0.0, 0, 0, False) for n in range(4))
        return JobInfo(head, JobFlags(active=active), servers)


def _server(number: int) -> str:
    return f"{number:012X}0000"
