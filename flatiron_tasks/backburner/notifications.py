"""A manager's UDP notifications as a wake-up call, and nothing more: whoever is woken asks the manager itself.

UDP loses, repeats and forges. Losing every notification costs the time until the next regular look, and believing none
of them costs nothing. A thread holds one program-mode connection per manager, because a manager notifies a client as
long as its connection lives; when it ends, the thread registers again, with back-off.
"""

from __future__ import annotations

import logging
import selectors
import socket
import threading
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import Final

from flatiron_tasks.backburner import datagrams
from flatiron_tasks.backburner.backoff import Backoff
from flatiron_tasks.backburner.datagrams import Notification
from flatiron_tasks.backburner.events import Mode
from flatiron_tasks.backburner.registration import register
from flatiron_tasks.backburner.session import Address, Session
from flatiron_tasks.contracts.errors import FarmError

_DATAGRAM_BYTES: Final = 2048
_log = logging.getLogger(__name__)


class NotificationListener:
    """Calls `wake` for each notification, in a thread of its own, from `__enter__` to `__exit__`.

    `wake` must be quick and must not raise. `udp_port` 0 takes a free one; a firewall may need a fixed one. Datagrams
    from any other address than the manager's are dropped. Trouble with the manager is logged, never raised. The end may
    take as long as one attempt to connect.
    """

    def __init__(
        self,
        address: Address,
        wake: Callable[[Notification], None],
        *,
        udp_port: int = 0,
        backoff: Backoff | None = None,
    ) -> None:
        self._address = replace(address, mode=Mode.PROGRAM)
        self._wake = wake
        self._udp_port = udp_port
        self._backoff = backoff or Backoff()
        self._stopping = threading.Event()
        self._registered = threading.Event()
        self._bell, self._bell_rope = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name=f"notifications of {address.host}", daemon=True)

    def __enter__(self) -> NotificationListener:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._bell_rope.send(b"\0")
        self._thread.join()
        self._bell.close()
        self._bell_rope.close()

    def await_registration(self, timeout_s: float) -> bool:
        """Whether the manager knows our address within `timeout_s`."""
        return self._registered.wait(timeout_s)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with Session(self._address) as session, self._udp_socket(session) as mailbox:
                    register(session, mailbox.getsockname()[1])
                    self._backoff.succeeded()
                    self._registered.set()
                    self._listen(session, mailbox)
            except (FarmError, OSError) as error:
                _log.info("No notifications from %s: %s", self._address.name, error)
            self._registered.clear()
            self._backoff.failed()  # an end that nobody wanted; a manager that hangs up at once is not asked at once
            self._stopping.wait(self._backoff.wait_s)

    def _udp_socket(self, session: Session) -> socket.socket:
        family = socket.AF_INET6 if ":" in session.local_address else socket.AF_INET
        mailbox = socket.socket(family, socket.SOCK_DGRAM)
        try:
            mailbox.bind((session.local_address, self._udp_port))
        except OSError:
            mailbox.close()
            raise
        return mailbox

    def _listen(self, session: Session, mailbox: socket.socket) -> None:
        """Pass notifications on until the connection ends or we are told to stop."""
        with selectors.DefaultSelector() as selector:
            for source in (session, mailbox, self._bell):
                selector.register(source, selectors.EVENT_READ)
            while True:
                ready = {key.fileobj for key, _ in selector.select()}
                if ready - {mailbox}:
                    return
                self._deliver(mailbox, session.manager_address)

    def _deliver(self, mailbox: socket.socket, manager: str) -> None:
        datagram, sender = mailbox.recvfrom(_DATAGRAM_BYTES)
        notification = datagrams.read(datagram) if sender[0] == manager else None
        if notification is not None:
            self._wake(notification)
