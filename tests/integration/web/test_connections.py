"""Nobody holds the server by connections that ask for nothing, and whoever asks is answered meanwhile."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress

import pytest
import uvicorn

from tests.waiting import wait_until
from workers.embedded.ports import LOOPBACK
from workers.web import connections
from workers.web.connections import OPTIONS, ImpatientProtocol

REQUEST = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"


class _Hasty(ImpatientProtocol):
    request_s = 0.3


async def _slow_answer(scope: dict[str, object], receive: object, send: object) -> None:
    """Reads the body, and answers after longer than a request may take."""
    assert callable(receive)
    assert callable(send)
    while (await receive()).get("more_body"):
        pass
    await asyncio.sleep(0.5 if scope["path"] == "/slow" else 0)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(connections, "MOST_CONNECTIONS", 8)
    config = uvicorn.Config(_slow_answer, log_config=None, http=_Hasty, ws="none", lifespan="off", **OPTIONS)
    server = uvicorn.Server(config)
    with socket.create_server((LOOPBACK, 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        wait_until(lambda: server.started, what="the server answers")
        yield listening.getsockname()[1]
        server.should_exit = True
        thread.join()


def connected(port: int) -> socket.socket:
    return socket.create_connection((LOOPBACK, port), timeout=30)


def is_cut_off(connection: socket.socket) -> bool:
    """Waits for the end of a connection; False if something else comes."""
    try:
        return connection.recv(1) == b""
    except ConnectionError:
        return True


@pytest.mark.parametrize(
    "beginning", [b"", b"GET / HTTP/1.1\r\nX: ", b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 9\r\n\r\nab"]
)
def test_who_sends_no_whole_request_is_cut_off(port: int, beginning: bytes) -> None:
    with closing(connected(port)) as connection:
        connection.sendall(beginning)
        assert is_cut_off(connection)


def test_dripping_gives_no_further_time(port: int) -> None:
    with closing(connected(port)) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nX: ")
        connection.settimeout(0.02)
        for _ in range(1500):  # half a minute of bytes
            with suppress(TimeoutError):  # nothing has come back yet
                if _sends_in_vain(connection):
                    return
    pytest.fail("it was never cut off")


def _sends_in_vain(connection: socket.socket) -> bool:
    try:
        connection.sendall(b"a")
        return connection.recv(1) == b""
    except ConnectionError:
        return True


def test_an_answer_may_take_longer_than_a_request(port: int) -> None:
    with closing(connected(port)) as connection:
        connection.sendall(REQUEST.replace(b"/ ", b"/slow ", 1))
        assert connection.recv(15) == b"HTTP/1.1 200 OK"


def test_a_connection_is_used_again(port: int) -> None:
    with closing(connected(port)) as connection:
        for _ in range(3):
            connection.sendall(REQUEST)
            answer = b""
            while not answer.endswith(b"ok"):
                answer += connection.recv(1000)


def test_beyond_the_most_connections_new_ones_are_closed_and_the_server_lives(port: int) -> None:
    with ExitStack() as opened:
        flood = [opened.enter_context(closing(connected(port))) for _ in range(40)]
        assert all(is_cut_off(connection) for connection in flood)
    with closing(connected(port)) as connection:
        connection.sendall(REQUEST)
        assert connection.recv(15) == b"HTTP/1.1 200 OK"
