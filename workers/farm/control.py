"""Queue control: which client may change the queue, and how another one gets it.

Strict: only the client that holds control changes anything, as the monitors of a real manager behave. Lax: everybody
does, as programs found a real manager to allow. A client that asks while somebody else holds control gets it when the
holder grants it, leaves, or says nothing for ten seconds; the holder may refuse, or lock control against everybody.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from flatiron_tasks.backburner.assumptions import CONTROL_GRANT_S
from flatiron_tasks.backburner.datagrams import Control
from workers.farm.clients import Client, ClientTable


class QueueControl:
    """Who holds control of the one queue."""

    def __init__(
        self, clients: ClientTable, *, strict: bool = False, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.holder: Client | None = None
        self.locked = False
        self._clients = clients
        self._strict = strict
        self._clock = clock
        self._asker: Client | None = None
        self._asked_at = 0.0

    def allows(self, client: Client) -> bool:
        """Whether this client may change the queue now."""
        return not self._strict or self.holder is client

    def ask(self, client: Client) -> bool:
        """Give control to the client if nobody else holds it; otherwise ask the holder. Whether it was given."""
        if self.holder in (None, client):
            self._give(client)
            return True
        self._asker, self._asked_at = client, self._clock()
        if self.holder is not None:
            self._clients.announce_control(Control.ASKED, client.station, self.holder)
        return False

    def answer(self, client: Client, *, granted: bool) -> bool:
        """The holder's answer to whoever asked. False if this client has nothing to answer."""
        asker = self._asker
        if self.holder is not client or asker is None:
            return False
        self._asker = None
        if granted:
            self._give(asker)
        else:
            self._clients.announce_control(Control.REFUSED, client.station, asker)
        return True

    def lock(self, client: Client, *, locked: bool) -> bool:
        """Refuse all requests for control from now on, or take them again. False if somebody else holds control."""
        if self.holder not in (None, client):
            return False
        if locked and self.holder is None:
            self._give(client)
        self.locked = locked
        return True

    def left(self, client: Client) -> None:
        """A client is gone: what it held is free, or goes to whoever asked."""
        if self._asker is client:
            self._asker = None
        if self.holder is client:
            self.holder, self.locked = None, False
            if self._asker is not None:
                self._give(self._asker)

    def tick(self) -> None:
        """Silence is consent."""
        if self._asker is not None and self._clock() - self._asked_at >= CONTROL_GRANT_S:
            self._give(self._asker)

    def _give(self, client: Client) -> None:
        before, self.holder, self._asker = self.holder, client, None
        if before is client:
            return
        self.locked = False
        if before is not None:
            self._clients.announce_control(Control.PASSED_TO_US, before.station, client)
        self._clients.announce_control(Control.TAKEN, client.station)
