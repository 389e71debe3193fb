"""The local manager: listens, keeps time, and ends cleanly. The rules are in job_queue.py, the words in console.py."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from workers.farm.connection import Connection
from workers.farm.console import Console
from workers.farm.job_queue import JobQueue, QueuePolicy
from workers.farm.nodes import NodeTable
from workers.farm.store import Store

_TICK_S: Final = 0.2
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ManagerSettings:
    """How to run a manager. `port` 0 takes a free one; `port_file` then tells which. `minute_s`: see NodeTable."""

    state_dir: Path
    host: str = "127.0.0.1"
    port: int = 0
    port_file: Path | None = None
    policy: QueuePolicy = field(default_factory=QueuePolicy)
    absent_after_s: float = 10.0
    minute_s: float = 60.0


async def run_manager(settings: ManagerSettings, stop: asyncio.Event) -> None:
    """Serve until `stop` is set. Raises OSError if the port or the state folder cannot be used."""
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    with contextlib.closing(Store(settings.state_dir / "queue.sqlite")) as store:
        queue = JobQueue(store, settings.policy)
        nodes = NodeTable(queue, absent_after_s=settings.absent_after_s, minute_s=settings.minute_s)
        await _serve(settings, queue, nodes, stop)


async def _serve(settings: ManagerSettings, queue: JobQueue, nodes: NodeTable, stop: asyncio.Event) -> None:
    console = Console(queue, nodes)
    talks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.create_task(Connection(reader, writer, queue, nodes).serve(console))
        talks.add(talk)
        talk.add_done_callback(talks.discard)

    server = await asyncio.start_server(accept, settings.host, settings.port)
    clock = asyncio.create_task(_keep_time(nodes))
    port = server.sockets[0].getsockname()[1]
    _log.info("Farm manager on %s:%d, %d jobs in the queue", settings.host, port, len(queue.jobs))
    try:
        with _announced(port, settings.port_file):
            await _until_stopped(stop, clock)
    finally:
        server.close()
        nodes.close()
        for task in (clock, *talks):
            task.cancel()
        await asyncio.gather(clock, *talks, return_exceptions=True)


async def _until_stopped(stop: asyncio.Event, clock: asyncio.Task[None]) -> None:
    """Wait for the order to stop; a clock that broke is an error of the whole manager."""
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait({stopped, clock}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if clock.done():
        clock.result()


async def _keep_time(nodes: NodeTable) -> None:
    while True:
        nodes.tick()
        await asyncio.sleep(_TICK_S)


@contextlib.contextmanager
def _announced(port: int, file: Path | None) -> Iterator[None]:
    if file is None:
        yield
        return
    _write_whole(file, f"{port}\n")
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def _write_whole(file: Path, text: str) -> None:
    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    with os.fdopen(handle, "w", encoding="ascii") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    Path(temporary).replace(file)
