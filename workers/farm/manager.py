"""The local manager: listens, keeps time, notifies, and ends cleanly.

The rules are in job_queue.py, the words in console.py.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import platform
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from flatiron_tasks.backburner.datagrams import Event
from flatiron_tasks.contracts.errors import BadInputError
from workers.farm import machine
from workers.farm.access import Gate, check_exposure
from workers.farm.clients import ClientTable
from workers.farm.connection import Connection, FrontDesk
from workers.farm.console import Console
from workers.farm.control import QueueControl
from workers.farm.faults import Faults
from workers.farm.job_queue import JobQueue
from workers.farm.nodes import NodeTable
from workers.farm.policy import QueuePolicy
from workers.farm.port_file import announced
from workers.farm.reply_writer import Mishaps
from workers.farm.server import RenderServer, ServerSettings
from workers.farm.store import Store

_TICK_S: Final = 0.2
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ManagerSettings:
    """How to run a manager. `port` 0 takes a free one; `port_file` then tells which.

    `servers`: how many render servers to run beside it, in the groups `groups`. `strict_control`: see control.py;
    `part_gap_s`: see reply_writer.py; `minute_s` and `absent_after_s`: see NodeTable; `token` and `is_open`: access.py.
    """

    state_dir: Path
    host: str = "127.0.0.1"
    port: int = 0
    port_file: Path | None = None
    policy: QueuePolicy = field(default_factory=QueuePolicy)
    absent_after_s: float = 10.0
    minute_s: float = 60.0
    strict_control: bool = False
    part_gap_s: float = 0.01
    faults: Faults = field(default_factory=Faults)
    servers: int = 0
    groups: tuple[str, ...] = ()
    token: str = field(default="", repr=False)
    is_open: bool = False


async def run_manager(settings: ManagerSettings, stop: asyncio.Event) -> None:
    """Serve until `stop` is set. Raises BadInputError if the port or the state folder cannot be used."""
    check_exposure(settings.host, settings.token, is_open=settings.is_open)
    try:
        settings.state_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInputError(f"The folder {settings.state_dir} cannot be used", why=str(error)) from error
    with contextlib.closing(Store(settings.state_dir / "queue.sqlite", delay_s=settings.faults.slow_disk)) as store:
        await _serve(settings, store, stop)


async def _serve(settings: ManagerSettings, store: Store, stop: asyncio.Event) -> None:
    desk = _front_desk(settings, store)
    async with _listening(settings, desk) as port, _notifying(settings, desk), _serving_here(settings, port) as servers:
        _log.info("Farm manager on %s:%d, %d jobs in the queue", settings.host, port, len(desk.queue.jobs))
        clock = asyncio.create_task(_keep_time(desk))
        try:
            with announced(port, settings.port_file):
                await _until_stopped(stop, clock, *servers)
        finally:
            clock.cancel()
            desk.clients.announce(Event.MANAGER_DOWN)


def _front_desk(settings: ManagerSettings, store: Store) -> FrontDesk:
    queue = JobQueue(store, settings.policy, faults=settings.faults)
    nodes = NodeTable(queue, absent_after_s=settings.absent_after_s, minute_s=settings.minute_s, faults=settings.faults)
    clients = ClientTable()
    queue.tell = nodes.tell = clients.announce
    control = QueueControl(clients, strict=settings.strict_control)
    console = Console(queue, nodes, clients, control, machine.reachable_address(settings.host))
    return FrontDesk(
        queue, nodes, clients, control, console, Mishaps(settings.faults), settings.part_gap_s, Gate(settings.token)
    )


@contextlib.asynccontextmanager
async def _listening(settings: ManagerSettings, desk: FrontDesk) -> AsyncIterator[int]:
    """Take connections; the port. At the end all of them are dropped."""
    talks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.create_task(Connection(reader, writer, desk).serve())
        talks.add(talk)
        talk.add_done_callback(talks.discard)

    try:
        listener = await asyncio.start_server(accept, settings.host, settings.port)
    except OSError as error:
        raise BadInputError(
            f"The manager cannot listen on {settings.host}:{settings.port}",
            why=str(error),
            advice="End the program that does, or choose another --port or --host.",
        ) from error
    try:
        yield listener.sockets[0].getsockname()[1]
    finally:
        listener.close()
        desk.nodes.close()
        for talk in talks:
            talk.cancel()
        await asyncio.gather(*talks, return_exceptions=True)


@contextlib.asynccontextmanager
async def _notifying(settings: ManagerSettings, desk: FrontDesk) -> AsyncIterator[None]:
    """Send notifications from a free UDP port."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, local_addr=(settings.host, 0))
    desk.clients.send = transport.sendto
    try:
        yield
    finally:
        transport.close()


@contextlib.asynccontextmanager
async def _serving_here(settings: ManagerSettings, port: int) -> AsyncIterator[list[asyncio.Task[bool]]]:
    """Run render servers in this process; at the end they hand in their tasks first."""
    address, leave = machine.local_address(settings.host), asyncio.Event()
    servers = [
        asyncio.create_task(RenderServer(_beside(settings, address, port, number), leave).run())
        for number in range(1, settings.servers + 1)
    ]
    try:
        yield servers
    finally:
        leave.set()
        await asyncio.gather(*servers, return_exceptions=True)


def _beside(settings: ManagerSettings, address: str, port: int, number: int) -> ServerSettings:
    return ServerSettings(address, port, f"{platform.node()}-{number}", settings.groups, token=settings.token)


async def _until_stopped(stop: asyncio.Event, *services: asyncio.Task[bool] | asyncio.Task[None]) -> None:
    """Wait for the order to stop; a service that broke is an error of the whole manager."""
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait({stopped, *services}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    for service in services:
        if service.done():
            service.result()


async def _keep_time(desk: FrontDesk) -> None:
    while True:
        desk.nodes.tick()
        desk.control.tick()
        await asyncio.sleep(_TICK_S)
