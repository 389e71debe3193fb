"""Is a service ready? Each question is asked over the wire, the way its users will."""

from __future__ import annotations

import http.client
import socket
from pathlib import Path

from celery import Celery

_TIMEOUT_S = 2.0


def port_in(port_file: Path) -> int | None:
    """The port that a service wrote into a file, or None before it did."""
    try:
        return int(port_file.read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        return None


def manager_greets(host: str, port: int) -> bool:
    """Whether a farm manager sends its greeting to whoever connects."""
    try:
        with socket.create_connection((host, port), timeout=_TIMEOUT_S) as connection:
            return bool(connection.recv(256))
    except OSError:
        return False


def workers_answer(redis_url: str, count: int) -> bool:
    """Whether this many Celery workers answer a ping."""
    with Celery(broker=redis_url, set_as_current=False) as app:
        return len(app.control.ping(timeout=1.0, limit=count) or ()) >= count


def flower_serves(host: str, port: int, *, prefix: str = "") -> bool:
    """Whether Flower answers its health check, perhaps below a prefix such as `/flower`."""
    return answers(host, port, f"{prefix}/healthcheck")


def web_serves(host: str, port: int) -> bool:
    """Whether the page of jobs answers its health check."""
    return answers(host, port, "/health")


def answers(host: str, port: int, path: str) -> bool:
    """Whether a page is there and needs no login."""
    connection = http.client.HTTPConnection(host, port, timeout=_TIMEOUT_S)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
