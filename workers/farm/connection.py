"""One TCP connection to the local manager: console, job submission, or the link of a render server.

`flatiron newjob LEN` and `flatiron server LEN` are ours: how cmdjob and servers talk to a real manager is documented
nowhere.
"""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

from flatiron_tasks.backburner import assumptions, wire
from flatiron_tasks.contracts.errors import FarmProtocolError, FarmRefusedError
from workers.farm.console import GREETING, READY, Console
from workers.farm.job_queue import JobQueue
from workers.farm.jobs import JobSpec
from workers.farm.node_link import NodeLink
from workers.farm.nodes import Hello, Node, NodeTable
from workers.farm.orders import refuse_oversized

NEW_JOB = ("flatiron", "newjob")
NEW_SERVER = ("flatiron", "server")
_READ_BYTES = 64 * 1024
_log = logging.getLogger(__name__)


class Connection:
    """Serves one peer until it leaves."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, queue: JobQueue, nodes: NodeTable):
        self._reader = reader
        self._writer = writer
        self._queue = queue
        self._nodes = nodes
        self._wire = wire.ServerConnection()

    async def serve(self, console: Console) -> None:
        """Talk to the peer. Returns when it left, or was thrown out for speaking no known language."""
        try:
            await self._send(GREETING + assumptions.PROMPT)
            while isinstance(event := await self._event(), wire.Command):
                if not await self._obey(event.words, console):
                    break
        except FarmProtocolError as error:
            _log.warning("%s", error)
        except ConnectionError as error:
            _log.info("A connection broke: %s", error)
        finally:
            self._writer.close()

    async def _obey(self, words: tuple[str, ...], console: Console) -> bool:
        """Answer one command. False when the connection has ended with it."""
        purpose = tuple(word.lower() for word in words[:2])
        if purpose in (NEW_JOB, NEW_SERVER) and len(words) == 3:
            document = await self._document(words[2])
            if purpose == NEW_SERVER:
                return await self._welcome(document)
            reply = self._new_job(document)
        else:
            reply = console.answer(words)
        self._nodes.settle()
        await self._send(reply + assumptions.PROMPT)
        return True

    async def _document(self, length: str) -> Any:
        self._wire.expect_upload(length)
        await self._send(READY)
        event = await self._event()
        if not isinstance(event, wire.Upload):
            raise FarmProtocolError(f"An upload of {length} bytes was announced, but {event} came")
        try:
            return json.loads(event.body)
        except (ValueError, RecursionError) as error:
            raise FarmProtocolError(f"An upload is not JSON: {event.body[:60]!r}", why=str(error)) from error

    def _new_job(self, document: Any) -> bytes:
        try:
            spec = JobSpec.from_json(document)
            refuse_oversized(spec)
            job = self._queue.submit(spec)
        except FarmRefusedError as refusal:
            return wire.status(450, f"Job refused: {refusal.what}")
        return wire.status(200, str(job.handle))

    async def _welcome(self, document: Any) -> bool:
        try:
            node = self._nodes.welcome(Hello.from_json(document))
        except FarmRefusedError as refusal:
            await self._send(wire.status(450, refusal.what) + assumptions.PROMPT)
            return True
        node.link = NodeLink(self._reader, self._writer, self._wire.take_rest())
        await self._send(wire.status(200, node.handle))
        await self._listen(node, node.link)
        return False

    async def _listen(self, node: Node, link: NodeLink) -> None:
        _log.info("%s is here", node.name)
        try:
            self._nodes.settle()
            while (message := await link.receive()) is not None:
                self._nodes.heard(node, message)
        finally:
            _log.info("%s left", node.name)
            self._nodes.lost(node)

    async def _event(self) -> wire.ServerEvent:
        while (event := self._wire.next_event()) is None:
            self._wire.receive_data(await self._reader.read(_READ_BYTES))
        return event

    async def _send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()
