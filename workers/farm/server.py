"""A render server of the local farm: one task at a time, for as long as it takes, whatever happens to the manager.

A task goes on while the manager is away and its result is kept until a manager took note of it. The manager says what
to run; nothing here knows what a task is about.
"""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import json
import logging
import time
from dataclasses import asdict, dataclass, field
from typing import Final

from flatiron_tasks.backburner import assumptions, wire
from flatiron_tasks.contracts.errors import FarmError, FarmProtocolError, FarmRefusedError
from workers.farm.access import with_token
from workers.farm.connection import NEW_SERVER
from workers.farm.machine import hardware_info
from workers.farm.node_link import HEARTBEAT_S, SILENCE_S, Message, NodeLink
from workers.farm.task_run import TaskOrder, TaskResult, run

_RECONNECT_S: Final = 0.2
_RECONNECT_LIMIT_S: Final = 3.0
_READ_BYTES: Final = 64 * 1024
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ServerSettings:
    """How to run a server. It gives up when the manager was away for `abandon_after_s`; `token`: see access.py."""

    host: str
    port: int
    name: str
    groups: tuple[str, ...] = ()
    abandon_after_s: float = 600.0
    token: str = field(default="", repr=False)


class RenderServer:
    """One server process."""

    def __init__(self, settings: ServerSettings, stop: asyncio.Event) -> None:
        self._settings = settings
        self._leave = stop
        self._link: NodeLink | None = None
        self._alone_since = time.monotonic()
        self._pause_s = _RECONNECT_S
        self._was_welcome = False
        self._holds = 0
        self._result: TaskResult | None = None
        self._stop_task = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def run(self) -> bool:
        """Serve until told to stop (True) or until the manager was away for too long (False).

        Raises FarmRefusedError if the manager does not want this server at all. One that was welcome before tries
        again: the manager may not have noticed yet that its old connection is dead.
        """
        leaving = asyncio.create_task(self._take_leave())
        try:
            while not self._leave.is_set() and time.monotonic() - self._alone_since < self._settings.abandon_after_s:
                try:
                    await self._serve(await self._connect())
                except (OSError, FarmError) as error:
                    if isinstance(error, FarmRefusedError) and not self._was_welcome:
                        raise
                    _log.info("No manager: %s", error)
                await self._pause()
            return self._leave.is_set()
        finally:
            self._leave.set()
            await leaving

    async def _connect(self) -> NodeLink:
        opening = asyncio.open_connection(self._settings.host, self._settings.port)
        reader, writer = await asyncio.wait_for(opening, SILENCE_S)
        try:
            return await asyncio.wait_for(self._introduce(reader, writer), SILENCE_S)
        except BaseException:
            writer.close()
            raise

    async def _introduce(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> NodeLink:
        talk = wire.ClientConnection()
        hello = {
            "name": self._settings.name,
            "groups": self._settings.groups,
            "holds": self._holds,
            "user": getpass.getuser(),
            "hardware": asdict(hardware_info()),
        }
        payload = wire.terminated(json.dumps(with_token(hello, self._settings.token)).encode("ascii"))
        writer.write(wire.command(*NEW_SERVER, str(len(payload))))
        await _expect(assumptions.UPLOAD_READY_CODE, talk, reader)
        writer.write(payload)
        await _expect(200, talk, reader)
        return NodeLink(reader, writer, talk.take_rest())

    async def _serve(self, link: NodeLink) -> None:
        _log.info("%s is at work for %s:%d", self._settings.name, self._settings.host, self._settings.port)
        self._link, self._was_welcome, self._pause_s = link, True, _RECONNECT_S
        beats = asyncio.create_task(_beat(link))
        self._report()
        try:
            if self._leave.is_set():  # while the connection was being made
                await self._say_goodbye(link)
            while (message := await link.receive()) is not None:
                self._obey(message)
        finally:
            beats.cancel()
            link.close()
            self._link, self._alone_since = None, time.monotonic()

    def _obey(self, message: Message) -> None:
        match message.get("do"):
            case "run" if self._task is None and not self._leave.is_set():
                self._start(TaskOrder.from_message(message, self._settings.name))
            case "stop" if message.get("assignment") == self._holds:
                self._stop_task.set()
            case "forget" if message.get("assignment") == self._holds:
                self._holds, self._result = 0, None
            case other:
                _log.debug("Nothing to do for %s", other)

    def _start(self, order: TaskOrder) -> None:
        self._holds = order.assignment
        self._stop_task.clear()
        self._task = asyncio.create_task(self._work(order))

    async def _work(self, order: TaskOrder) -> None:
        self._result = await run(order, self._stop_task)
        self._task = None
        _log.info("%s", self._result.message)
        self._report()

    def _report(self) -> None:
        if self._result is not None and self._link is not None:
            self._link.send(
                {
                    "did": "finished",
                    "assignment": self._result.assignment,
                    "outcome": self._result.outcome,
                    "message": self._result.message,
                    "elapsed_ms": self._result.elapsed_ms,
                }
            )

    async def _take_leave(self) -> None:
        """On the order to leave: say so, end the task, hand in its result, close."""
        await self._leave.wait()
        if self._link is not None:
            self._link.send({"did": "leaving"})
        self._stop_task.set()
        if self._task is not None:
            await self._task
        if self._link is not None:
            await self._say_goodbye(self._link)

    async def _say_goodbye(self, link: NodeLink) -> None:
        link.send({"did": "leaving"})
        await link.flush()
        link.close()

    async def _pause(self) -> None:
        """Wait before the next try, longer each time that no manager was found."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._leave.wait(), self._pause_s)
        self._pause_s = min(2 * self._pause_s, _RECONNECT_LIMIT_S)


async def _beat(link: NodeLink) -> None:
    while True:
        link.send({"did": "alive"})
        await asyncio.sleep(HEARTBEAT_S)


async def _expect(code: int, talk: wire.ClientConnection, reader: asyncio.StreamReader) -> None:
    """Read up to the next status line, greeting and prompts aside, and insist on its code."""
    while not isinstance(event := talk.next_event(), wire.Status) or event.text == assumptions.GREETING_TEXT:
        if isinstance(event, wire.Closed | wire.Data):
            raise FarmProtocolError(f"The manager answered a server's introduction with {event}")
        if event is None:
            talk.receive_data(await reader.read(_READ_BYTES))
    if event.code != code:
        raise FarmRefusedError(
            f"The manager refused this server: {event.code} {event.text}",
            advice="Give it another --name, end the server that has this one, or give it the manager's --token-file.",
        )
