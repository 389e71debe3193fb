"""One TCP connection to the local manager: a client in either mode, a job submission, or the link of a render server.

`flatiron newjob LEN` and `flatiron server LEN` are ours: how cmdjob and servers talk to a real manager is documented
nowhere. They run commands, so they are taken as the first line of a connection only, and a peer that speaks HTTP is
thrown out at once: any web page can make a browser on this machine send us lines of its choice behind a header.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from dataclasses import dataclass
from typing import Any

from flatiron_tasks.backburner import assumptions, wire
from flatiron_tasks.contracts.errors import FarmProtocolError, FarmRefusedError
from workers.farm.access import Gate
from workers.farm.clients import Client, ClientTable
from workers.farm.console import Console, Parts
from workers.farm.control import QueueControl
from workers.farm.http_guard import refuse_http
from workers.farm.job_queue import JobQueue
from workers.farm.jobs import JobSpec
from workers.farm.node import Hello, Node
from workers.farm.node_link import NodeLink
from workers.farm.nodes import NodeTable
from workers.farm.orders import refuse_oversized
from workers.farm.reply_writer import Mishaps, ReplyWriter

NEW_JOB = ("flatiron", "newjob")
NEW_SERVER = ("flatiron", "server")
_CLIENT_INFO = ("set", "clientinfo")
_READ_BYTES = 64 * 1024
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FrontDesk:
    """What all connections share."""

    queue: JobQueue
    nodes: NodeTable
    clients: ClientTable
    control: QueueControl
    console: Console
    mishaps: Mishaps
    part_gap_s: float
    gate: Gate


class Connection:
    """Serves one peer until it leaves."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, desk: FrontDesk) -> None:
        self._reader = reader
        self._writer = writer
        self._desk = desk
        self._wire = wire.ServerConnection()
        self._address = str(writer.get_extra_info("peername", ("",))[0])
        self._replies = ReplyWriter(writer, desk.mishaps, desk.part_gap_s)
        self._lines = 0

    async def serve(self) -> None:
        """Talk to the peer. Returns when it left, or was thrown out for speaking no known language."""
        try:
            first = await self._first_event()
            words = self._words_of_a_server(first) or await self._serve_client(first)
            if words:
                await self._serve_server(words)
        except FarmProtocolError as error:
            _log.warning("%s", error)
        except ConnectionError as error:
            _log.info("A connection broke: %s", error)
        finally:
            self._writer.close()

    async def _first_event(self) -> wire.ServerEvent | None:
        """What the peer says at once; None if it waits for a greeting, as a person at a terminal does."""
        with contextlib.suppress(TimeoutError):
            return await asyncio.wait_for(self._event(), assumptions.LOGIN_PATIENCE_S)
        return None

    async def _serve_client(self, event: wire.ServerEvent | None) -> tuple[str, ...]:
        """Answer a client until it leaves. Returns the request of a render server that did not speak at once."""
        if self._desk.mishaps.drops_connection():
            return ()
        client = self._desk.clients.join(self._address)
        try:
            if not isinstance(event, wire.Login):
                await self._replies.send(*self._wire.greeting())
            while not isinstance(event := event or await self._event(), wire.Closed):
                if words := self._words_of_a_server(event):
                    return words
                parts = await self._answer(event, client)
                self._wire.in_control = self._desk.control.holder is client
                await self._replies.send(*self._wire.reply(*parts))
                event = None
        finally:
            self._desk.clients.leave(client)
            self._desk.control.left(client)
        return ()

    async def _answer(self, event: wire.ServerEvent, client: Client) -> Parts:
        if isinstance(event, wire.Login):
            return (wire.LOGIN_REPLY,)
        words = event.words if isinstance(event, wire.Command) else ()
        purpose = _purpose(words)
        if purpose == NEW_JOB and self._lines == 1:
            parts = self._new_job(_json(await self._upload(words[2])))
        elif purpose == _CLIENT_INFO:
            parts = self._desk.console.introduce(client, await self._upload(words[2]))
        else:
            parts = self._desk.console.answer(words, client)
        if words and words[0].lower() != "get":
            self._desk.nodes.settle()
        return parts

    async def _upload(self, length: str) -> bytes:
        self._wire.expect_upload(length)
        await self._replies.send(wire.UPLOAD_READY)
        event = await self._event()
        if not isinstance(event, wire.Upload):
            raise FarmProtocolError(f"An upload of {length} bytes was announced, but {event} came")
        return event.body

    def _new_job(self, document: Any) -> Parts:
        try:
            spec = JobSpec.from_json(self._desk.gate.admit(document))
            refuse_oversized(spec)
            job = self._desk.queue.submit(spec)
        except FarmRefusedError as refusal:
            return (wire.status(assumptions.JOB_REFUSED_CODE, f"Job refused: {refusal.what}"),)
        return (wire.status(200, str(job.handle)),)

    async def _serve_server(self, words: tuple[str, ...]) -> None:
        """A render server: no greeting, no faults, and a link instead of a dialogue once it is welcome."""
        self._wire.expect_upload(words[2])
        self._writer.write(wire.UPLOAD_READY)
        event = await self._event()
        if not isinstance(event, wire.Upload):
            raise FarmProtocolError(f"A render server announced itself, but {event} came")
        link = NodeLink(self._reader, self._writer, self._wire.take_rest())
        try:
            hello = Hello.from_json(self._desk.gate.admit(_json(event.body)))
            node = self._desk.nodes.welcome(hello, link, self._address)
        except FarmRefusedError as refusal:
            self._writer.write(wire.status(assumptions.JOB_REFUSED_CODE, refusal.what))
            await self._writer.drain()
            return
        self._writer.write(wire.status(200, node.handle))
        await self._listen(node, link)

    async def _listen(self, node: Node, link: NodeLink) -> None:
        _log.info("%s is here", node.name)
        try:
            self._desk.nodes.settle()
            while (message := await link.receive()) is not None:
                self._desk.nodes.heard(node, message)
        finally:
            _log.info("%s left", node.name)
            self._desk.nodes.lost(node)

    async def _event(self) -> wire.ServerEvent:
        while (event := self._wire.next_event()) is None:
            self._wire.receive_data(await self._reader.read(_READ_BYTES))
        if isinstance(event, wire.Command | wire.Login):
            self._lines += 1
        if isinstance(event, wire.Command):
            refuse_http(event.words)
        return event

    def _words_of_a_server(self, event: wire.ServerEvent | None) -> tuple[str, ...]:
        """The request with which a render server announces itself; nothing for any other, or later than first."""
        if self._lines != 1 or not isinstance(event, wire.Command) or _purpose(event.words) != NEW_SERVER:
            return ()
        return event.words


def _purpose(words: tuple[str, ...]) -> tuple[str, ...]:
    """Verb and noun of a request that announces an upload; nothing for any other."""
    return tuple(word.lower() for word in words[:2]) if len(words) == 3 else ()


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise FarmProtocolError(f"An upload is not JSON: {body[:60]!r}", why=str(error)) from error
