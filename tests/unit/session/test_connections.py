"""Every way in which Manager, Redis and share can be wrong has a sentence of its own, with the next step."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from max_submitter.preflight.local_surroundings import LocalSurroundings
from max_submitter.session.connection_test import look_at_network_folder, look_at_workers
from max_submitter.session.manager_greeting import manager_trouble
from max_submitter.session.redis_check import redis_trouble, workers_seen
from tests.unit.session.artist import Artist
from tests.unit.transport.real_redis import administrator, artist, redis_server


@contextmanager
def somebody_who_says(words: bytes, *, hang_up: bool = True) -> Iterator[int]:
    """A server that says this to whoever connects; without `hang_up` it then waits for the other side."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(words)
                while not hang_up and connection.recv(64):
                    pass

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join()


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def test_a_backburner_manager_is_known_by_its_greeting() -> None:
    with somebody_who_says(b"250 backburner 1.0 Ready.\r\nbackburner>", hang_up=False) as port:
        assert manager_trouble("127.0.0.1", port) == ""


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (b"SSH-2.0-OpenSSH_9.6\r\n", "an SSH server answers"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "a web server answers"),
        (b"-ERR unknown command\r\n", "a Redis server answers"),
        (b"hello", "something else answers ('hello')"),
        (b"", "does not greet as a Backburner Manager does"),
    ],
)
def test_a_wrong_port_is_named_by_what_answers_there(words: bytes, named: str) -> None:
    with somebody_who_says(words) as port:
        assert named in manager_trouble("127.0.0.1", port)


def test_a_port_that_listens_and_says_nothing_is_given_up() -> None:
    with somebody_who_says(b"", hang_up=False) as port:
        assert "does not greet" in manager_trouble("127.0.0.1", port, seconds=0.05)


def test_a_wrong_host_and_a_closed_port_are_told_apart() -> None:
    assert "Nobody knows the host" in manager_trouble("no-such-host.invalid", 3234)
    assert "Nothing listens" in manager_trouble("127.0.0.1", closed_port())
    assert "cannot be reached" in manager_trouble("a..b", 3234)


def test_what_is_wrong_with_redis_is_told_apart_and_no_password_is_shown(tmp_path: Path) -> None:
    with redis_server(tmp_path) as port:
        url = artist(port)
        assert redis_trouble(url) == ""
        wrong = redis_trouble(url.replace("secret", "guess"))
        assert "refuses user or password" in wrong
        assert "guess" not in wrong
        assert "no encryption" in redis_trouble(url.replace("redis://", "rediss://"), seconds=0.5)
        administrator(port).lpush("flatiron.front-desk", "a message")
        seen = workers_seen(f"redis://127.0.0.1:{port}/0")
        assert seen.ok is False or "No message" in seen.sentence
    assert "Nothing listens" in redis_trouble(f"redis://127.0.0.1:{closed_port()}/0")
    assert "Nobody knows the host" in redis_trouble("redis://no-such-host.invalid:6379/0")
    assert "is none" in redis_trouble("redis//")
    with somebody_who_says(b"HTTP/1.1 400 Bad Request\r\n\r\n") as other:
        assert "does not speak as Redis does" in redis_trouble(f"redis://127.0.0.1:{other}/0", seconds=2)
    with somebody_who_says(b"", hang_up=False) as silent:
        assert "does not answer in time" in redis_trouble(f"redis://127.0.0.1:{silent}/0", seconds=0.1)


def test_it_is_not_claimed_that_workers_run_when_nobody_can_tell(tmp_path: Path) -> None:
    with redis_server(tmp_path) as port:
        ok, sentence = look_at_workers(artist(port))
        assert ok is False
        assert "cannot be told" in sentence
    assert look_at_workers("")[0] is False


def test_a_network_folder_is_tried_by_writing_and_left_as_it_was(tmp_path: Path) -> None:
    surroundings = LocalSurroundings(manager_trouble=lambda *_: "", redis_trouble=lambda _: "")
    ok, sentence = look_at_network_folder(str(tmp_path), surroundings)
    assert ok, sentence
    assert not list(tmp_path.iterdir())
    assert "is not there" in look_at_network_folder(str(tmp_path / "nowhere"), surroundings)[1]
    assert "drive of this machine alone" in look_at_network_folder(r"Z:\bakes", surroundings)[1]
    assert look_at_network_folder("  ", surroundings)[0] is False


def test_the_button_says_one_line_per_part_on_the_main_thread(tmp_path: Path) -> None:
    mira = Artist(tmp_path, redis_url=f"redis://127.0.0.1:{closed_port()}/0")
    session = mira.open()
    session.change(mira.settings())
    session.test()
    assert [line.part for line in session.test_lines()] == ["Manager", "Redis", "Network folder", "Workers"]
    assert [line.ok for line in session.test_lines()] == [None] * 4
    mira.until(lambda: all(line.ok is not None for line in session.test_lines()), "all is looked at")
    assert [line.ok for line in session.test_lines()] == [False, False, True, False]
    session.close()
