"""Backburner's commands, answered from the local queue. Bytes are made here, sent elsewhere.

Console and program mode have the same commands. A reply is a tuple of parts, each of which a real manager sends with a
write of its own; the prompt is not among them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from flatiron_tasks.backburner import assumptions, payloads, wire
from flatiron_tasks.backburner.records import ClientInfo
from workers.farm.changes import OK, Changes
from workers.farm.clients import Client, ClientTable
from workers.farm.control import QueueControl
from workers.farm.documents import Documents
from workers.farm.handles import read_job_handle
from workers.farm.job_queue import JobQueue
from workers.farm.jobs import Job
from workers.farm.node import Node
from workers.farm.nodes import NodeTable

Parts = tuple[bytes, ...]
_UNKNOWN: Final = wire.status(assumptions.UNKNOWN_COMMAND_CODE, "Unknown command")
_NO_JOB: Final = wire.status(assumptions.NOT_FOUND_CODE, "Job not found")
_NO_SERVER: Final = wire.status(assumptions.NOT_FOUND_CODE, "Server not found")
_NEED_CONTROL: Final = wire.status(assumptions.NEED_CONTROL_CODE, assumptions.NEED_CONTROL_TEXT)
_CONTROL_GRANTED: Final = wire.status(assumptions.CONTROL_GRANTED_CODE, "OK")
_CONTROL_PENDING: Final = wire.status(assumptions.CONTROL_PENDING_CODE, assumptions.CONTROL_PENDING_TEXT)


@dataclass(frozen=True)
class _Command:
    """What follows verb and noun, and who answers. `changes`: it needs queue control on a strict manager."""

    answer: Callable[..., bytes]
    arguments: tuple[str, ...] = ()
    changes: bool = False


class Console:
    """Answers one command line at a time. `address` is where clients find this manager."""

    def __init__(
        self, queue: JobQueue, nodes: NodeTable, clients: ClientTable, control: QueueControl, address: str = "127.0.0.1"
    ) -> None:
        self._queue = queue
        self._nodes = nodes
        self._control = control
        self._documents = Documents(queue, nodes, clients, control, address)
        self._reads = _document_commands(self._documents)
        self._orders = _order_commands(Changes(queue))

    def answer(self, words: tuple[str, ...], client: Client) -> Parts:
        """The parts of the reply to a command. None at all for an empty line."""
        if not words:
            return ()
        self._documents.requests += 1
        verb, arguments = tuple(word.lower() for word in words[:2]), words[2:]
        if verb[1:] == ("controller",) and verb != ("get", "controller"):
            return (self._answer_about_control(verb[0], arguments, client),)
        for commands, reply in ((self._reads, wire.data_parts), (self._orders, _alone)):
            command = next((entry for entry in commands.get(verb, ()) if len(entry.arguments) == len(arguments)), None)
            if command is not None:
                return self._answer_to(command, arguments, client, reply)
        return (_UNKNOWN,)

    def introduce(self, client: Client, document: bytes) -> Parts:
        """Take a client's `set clientinfo` document. Raises FarmProtocolError if nobody can read it."""
        client.info = payloads.read_record(ClientInfo, document)
        return (OK,)

    def _answer_to(
        self, command: _Command, texts: tuple[str, ...], client: Client, reply: Callable[[bytes], Parts]
    ) -> Parts:
        values: list[Any] = []
        for kind, text in zip(command.arguments, texts, strict=True):
            value = self._value(kind, text)
            if value is None:
                return (_NO_JOB if kind == "job" else _NO_SERVER,)
            values.append(value)
        if command.changes and not self._control.allows(client):
            return (_NEED_CONTROL,)
        return reply(command.answer(*values))

    def _value(self, kind: str, text: str) -> Job | Node | str | None:
        if kind == "job":
            handle = read_job_handle(text)
            return None if handle is None else self._queue.jobs.get(handle)
        return self._nodes.find(text) if kind == "server" else text

    def _answer_about_control(self, verb: str, arguments: tuple[str, ...], client: Client) -> bytes:
        wish = tuple(argument.lower() for argument in arguments)
        if verb == "new" and wish == ("yes",):
            if self._control.locked and self._control.holder is not client:
                return _NEED_CONTROL
            return _CONTROL_GRANTED if self._control.ask(client) else _CONTROL_PENDING
        if verb == "set" and wish in (("yes",), ("no",)):
            return OK if self._control.answer(client, granted=wish == ("yes",)) else _NEED_CONTROL
        if verb == "del" and wish in (("yes",), ("no",)):
            return OK if self._control.lock(client, locked=wish == ("yes",)) else _NEED_CONTROL
        return _UNKNOWN


def _document_commands(documents: Documents) -> dict[tuple[str, ...], tuple[_Command, ...]]:
    """Everything that is answered with a document; a manager takes an argument behind `get mgrinfo`, too."""
    return {
        ("get", "mgrinfo"): (_Command(documents.manager), _Command(lambda _: documents.manager(), ("text",))),
        ("get", "clientlist"): (_Command(documents.clients),),
        ("get", "controller"): (_Command(documents.controller),),
        ("get", "pluglist"): (_Command(documents.plugins), _Command(lambda _: documents.plugins(), ("server",))),
        ("get", "srvlist"): (_Command(documents.servers),),
        ("get", "srvgroups"): (_Command(documents.groups),),
        ("get", "server"): (_Command(documents.server, ("server",)),),
        ("get", "jobhlist"): (_Command(documents.job_handles),),
        ("get", "joblist"): (_Command(documents.jobs),),
        ("get", "jobinfo"): (_Command(documents.job, ("job",)),),
        ("get", "job"): (_Command(documents.job, ("job",)),),
        ("get", "jobsrverrorlst"): (_Command(documents.job_errors, ("job",)),),
        ("get", "jobarchive"): (_Command(documents.archive),),
    }


def _order_commands(changes: Changes) -> dict[tuple[str, ...], tuple[_Command, ...]]:
    """Everything that is answered with a status line."""
    return {
        ("get", "jobstate"): (_Command(changes.state, ("job",)),),
        ("get", "taskname"): (_Command(changes.task_name, ("job", "text")),),
        ("set", "jobstate"): (_Command(changes.set_state, ("job", "text"), changes=True),),
        ("set", "jobpriority"): (_Command(changes.set_priority, ("job", "text"), changes=True),),
        ("set", "jobarchive"): (_Command(changes.put_away, ("job",), changes=True),),
        ("del", "job"): (_Command(changes.delete, ("job",), changes=True),),
        ("restart", "job"): (_Command(changes.restart, ("job",), changes=True),),
        ("del", "jobserver"): (_Command(changes.take_server_off, ("job", "server"), changes=True),),
        ("new", "jobserver"): (_Command(changes.put_server_on, ("job", "server"), changes=True),),
    }


def _alone(status: bytes) -> Parts:
    return (status,)
