"""A wake-up call and nothing more: registered, filtered, renewed, and never in anybody's way."""

from __future__ import annotations

import queue
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from flatiron_tasks.backburner import datagrams, wire
from flatiron_tasks.backburner.backoff import Backoff
from flatiron_tasks.backburner.datagrams import Event, Notification
from flatiron_tasks.backburner.notifications import NotificationListener
from flatiron_tasks.backburner.session import Address
from tests.unit.backburner.scripted_manager import AFTER_UPLOAD, ScriptedManager
from tests.waiting import wait_until

_WELCOME = {
    "new login": wire.LOGIN_REPLY,
    "set clientinfo *": wire.UPLOAD_READY,
    AFTER_UPLOAD: b"200 OK\r\n",
}
_DONE = Notification(Event.LAST_TASK_DONE, ("4000000001",))


def _listener(port: int, heard: queue.Queue[Notification]) -> NotificationListener:
    address = Address("127.0.0.1", port, read_timeout_s=10)
    return NotificationListener(address, heard.put, backoff=Backoff(first_s=0.001, longest_s=0.01))


def _udp_port(manager: ScriptedManager) -> int:
    match = re.search(rb"<UdpPort>(\d+)</UdpPort>", manager.uploads[-1])
    assert match is not None
    return int(match[1])


@contextmanager
def _sender(host: str = "127.0.0.1") -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind((host, 0))
        yield sender


def test_a_registered_listener_is_woken_by_the_managers_datagrams_only() -> None:
    # [W5] [N1] [N5] [N6] [A15]
    heard: queue.Queue[Notification] = queue.Queue()
    with ScriptedManager(_WELCOME, b"") as manager, _listener(manager.port, heard) as listener, _sender() as sender:
        assert listener.await_registration(10)
        target = ("127.0.0.1", _udp_port(manager))
        with _sender("127.0.0.2") as stranger:
            stranger.sendto(datagrams.write(Notification(Event.TASK_ERROR, ("4000000001",))), target)
        sender.sendto(b"nonsense", target)
        sender.sendto(datagrams.write(_DONE), target)

        assert heard.get(timeout=10) == _DONE
    assert heard.empty()


def test_a_connection_that_ends_is_registered_again() -> None:
    # [N7]
    heard: queue.Queue[Notification] = queue.Queue()
    with ScriptedManager(_WELCOME, b"") as manager, _listener(manager.port, heard) as listener, _sender() as sender:
        assert listener.await_registration(10)
        manager.hang_up()
        wait_until(lambda: len(manager.uploads) == 2, what="the second registration")
        assert listener.await_registration(10)
        sender.sendto(datagrams.write(_DONE), ("127.0.0.1", _udp_port(manager)))

        assert heard.get(timeout=10) == _DONE


def test_a_manager_that_is_away_stops_nobody() -> None:
    # [N7]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = int(listener.getsockname()[1])
    with _listener(port, queue.Queue()) as notifications:
        assert not notifications.await_registration(0.05)


@pytest.mark.parametrize(
    "script", [{"new login": b"400 Unknown command\r\n"}, {**_WELCOME, AFTER_UPLOAD: b"450 No\r\n"}]
)
def test_a_manager_that_refuses_to_notify_stops_nobody(script: dict[str, bytes]) -> None:
    with ScriptedManager(script, b"") as manager, _listener(manager.port, queue.Queue()) as listener:
        wait_until(lambda: len(manager.conversations) > 1, what="a second attempt")
        assert not listener.await_registration(0)
