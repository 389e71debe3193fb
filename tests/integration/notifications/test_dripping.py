"""A receiver that answers a byte at a time holds nobody up: not for longer than the limit, and not again and again."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field

import pytest

from flatiron_tasks.contracts.errors import TransportError
from flatiron_tasks.contracts.notice import Notice
from flatiron_tasks.notification_settings import NotificationSettings
from flatiron_tasks.notify.mail import Mail
from flatiron_tasks.notify.time_limit import SEND_S
from flatiron_tasks.notify.webhook import Webhook
from flatiron_tasks.pipeline import notifications
from flatiron_tasks.pipeline.notifications import BUDGET_S, CLAIM_S, REST_FACTOR, notify
from flatiron_tasks.tasks.notify import LIMIT_S
from tests.integration.notifications.conftest import JOB, Office

LOOPBACK = "127.0.0.1"
NOTICE = Notice(
    1, "k:1", "done", JOB, "Castle", "ann", "ws", "", "", "", 1, 1, 1, 1, "o", "j", "farm:1", "2026-01-31T14:25:01Z",
    "2026-01-31T14:25:01Z", "",
)  # fmt: skip


@dataclass
class Dripper:
    """Begins an answer and goes on with it, a byte every few milliseconds, for as long as somebody reads."""

    beginning: bytes
    waits_for_request: bool
    ended: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Dripper:
        self._listener = socket.create_server((LOOPBACK, 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # `close` alone would not wake who waits for a connection
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError:
            return
        with closing(connection):
            try:
                if self.waits_for_request:
                    connection.recv(65536)
                connection.sendall(self.beginning)
                while not self.ended.wait(0.02):
                    connection.sendall(b"a")
            except OSError:
                self.ended.set()


@pytest.fixture(params=["http", "https", "tls mail", "mail"])
def way(request: pytest.FixtureRequest) -> Iterator[Webhook | Mail]:
    """Ways of telling whose receiver drips: after the head of an answer, within a TLS handshake, in a greeting."""
    beginning = {"http": b"HTTP/1.1 200 OK\r\nX: ", "mail": b"220-"}.get(request.param, b"\x16\x03\x03\x40\x00")
    with Dripper(beginning, waits_for_request=request.param != "mail") as server:
        if "mail" not in request.param:
            yield Webhook(f"{request.param}://{LOOPBACK}:{server.port}/", timeout=5.0, limit_s=0.3)
            return
        security = "tls" if "tls" in request.param else "none"
        settings = NotificationSettings.model_validate(
            {
                "smtp_host": LOOPBACK,
                "smtp_port": server.port,
                "smtp_security": security,
                "mail_from": "a@studio.example",
                "mail_to": ["b@studio.example"],
                "timeout_seconds": 5.0,
            }
        )
        yield Mail(settings, limit_s=0.3)


def test_a_receiver_that_drips_is_given_up_at_the_limit(way: Webhook | Mail) -> None:
    with pytest.raises(TransportError, match=r"longer than 0\.3 seconds"):
        way.send(NOTICE)


def test_a_run_ends_before_its_claim_whatever_receivers_do() -> None:
    ways_of_telling = 2
    assert BUDGET_S + ways_of_telling * SEND_S < LIMIT_S < CLAIM_S


@dataclass
class _SlowWay:
    """Takes so many seconds by the clock of the run."""

    took: float
    time: float = 0.0
    sent: int = 0
    fails: bool = False
    name: str = "webhook"

    def send(self, notice: Notice) -> None:
        self.sent += 1
        self.time += self.took
        if self.fails:
            raise TransportError("It did not take the notice.")


@pytest.mark.parametrize("fails", [True, False])
def test_a_slow_receiver_rests_for_longer_than_it_has_held_up_a_worker(
    office: Office, monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    slow = _SlowWay(took=25.0, fails=fails)
    monkeypatch.setattr(notifications, "monotonic", lambda: slow.time)
    for number in range(3):
        job = f"20260131-142501-0000000{number}"
        office.create(job)
        office.fail(job)
    notify(office.context, [slow])
    assert slow.sent == 1
    office.clock.advance(REST_FACTOR * slow.took - 1)
    notify(office.context, [slow])
    assert slow.sent == 1
    office.clock.advance(slow.took + 2)
    notify(office.context, [slow])
    assert slow.sent == 2
