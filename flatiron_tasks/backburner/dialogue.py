"""A client's conversation as bytes in, replies out: whose turn it is, in either mode. No socket, no clock.

wire.py finds the messages; here each request gets its one whole reply. Whatever the manager says out of turn is an
error, because a reply that is taken for the answer to another question is worse than none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flatiron_tasks.backburner import assumptions, wire
from flatiron_tasks.backburner.events import Closed, Data, Mode, Prompt, Status
from flatiron_tasks.contracts.errors import FarmProtocolError, FarmRefusedError, FarmUnreachableError


@dataclass(frozen=True)
class Reply:
    """The manager's answer. `body` is None when it was a status line alone; with a payload `code` is 251."""

    code: int
    text: str
    body: bytes | None = None

    @property
    def is_refusal(self) -> bool:
        """Whether the manager said no, for whatever reason."""
        return self.code >= assumptions.FIRST_REFUSAL_CODE


class Dialogue:
    """One connection's worth of conversation. `who` names the manager in errors.

    `opening` first; then by turns a request, and `next_reply` after each `receive_data` until it is not None. The
    opening has a reply as well. After an error the conversation is over.
    """

    def __init__(self, mode: Mode = Mode.CONSOLE, *, who: str = "The farm manager") -> None:
        self.mode: Final = mode
        self.in_control = False
        self._who = who
        self._wire = wire.ClientConnection()
        self._reply: Reply | None = None
        self._greeted = False
        self._prompt_follows = mode is Mode.CONSOLE

    def opening(self) -> bytes:
        """What the client sends as soon as it is connected: nothing in console mode."""
        return wire.command(*assumptions.LOGIN) if self.mode is Mode.PROGRAM else b""

    def request(self, *words: str) -> bytes:
        """One command line."""
        self._refuse_interjections()
        self._prompt_follows = self.mode is Mode.CONSOLE
        return wire.command(*words)

    def announcement(self, *words: str, payload: bytes) -> bytes:
        """A command line that ends in the length of `payload`; its reply has no prompt if the payload is welcome."""
        line = self.request(*words, str(len(payload)))
        self._prompt_follows = False
        return line

    def payload(self, payload: bytes) -> bytes:
        """The announced bytes, once the reply to the announcement was `250 Ready`."""
        self._prompt_follows = self.mode is Mode.CONSOLE
        return payload

    def receive_data(self, data: bytes) -> None:
        """Take bytes from the network; `b""` means that the manager closed the connection."""
        self._wire.receive_data(data)

    def next_reply(self) -> Reply | None:
        """The whole reply to the last request, or None if bytes are missing.

        Raises FarmProtocolError, FarmUnreachableError (the connection ended first) or FarmRefusedError (no program
        mode here).
        """
        while (event := self._wire.next_event()) is not None:
            match event:
                case Closed():
                    raise FarmUnreachableError(f"{self._who} closed the connection", advice="try again")
                case Prompt(in_control):
                    self.in_control = in_control
                    if self._reply is not None:
                        return self._hand_out(self._reply)
                case Status(code, text):
                    self._take(Reply(code, text))
                case Data(body):
                    self._take(Reply(wire.DATA_CODE, "", body))
            if self._reply is not None and not self._prompt_follows:
                return self._hand_out(self._reply)
        return None

    def _take(self, reply: Reply) -> None:
        if self._reply is not None:
            raise FarmProtocolError(f"{self._who} sent {reply} where its prompt was due")
        if self._greeted or self._is_greeting(reply):
            self._reply = reply

    def _hand_out(self, reply: Reply) -> Reply:
        self._reply = None
        self._greeted = True
        return reply

    def _is_greeting(self, reply: Reply) -> bool:
        """Whether this mode's greeting is complete with `reply`; False for the other mode's, which may come first."""
        if reply.code == assumptions.GREETING_CODE:
            return self.mode is Mode.CONSOLE
        if self.mode is Mode.PROGRAM and reply.code == assumptions.LOGIN_CODE:
            return True
        if self.mode is Mode.PROGRAM and reply.is_refusal:
            raise FarmRefusedError(
                f"{self._who} answered `new login` with {reply.code} {reply.text!r}",
                why="it does not offer program mode",
                advice="use console mode, which needs no login",
            )
        raise FarmProtocolError(
            f"{self._who} greeted with {reply.code} {reply.text!r}",
            why=f"a Backburner manager greets with {assumptions.GREETING_CODE}",
            advice="check that host and port are those of a Backburner manager",
        )

    def _refuse_interjections(self) -> None:
        if self._greeted and self.next_reply() is not None:
            raise FarmProtocolError(
                f"{self._who} sent a reply that nobody had asked for",
                why="the stream is out of step",
                advice="open a new connection",
            )
