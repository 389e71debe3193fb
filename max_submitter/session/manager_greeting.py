"""Does a Backburner Manager answer at this host and port? Connects, reads its greeting, sends nothing.

A silent client is greeted by `250 backburner 1.0 Ready.` and the prompt `backburner>` (docs/backburner-protocol.md, 1).
"""

from __future__ import annotations

import re
import socket
from typing import Final

_SECONDS: Final = 5.0
_LONGEST: Final = 512
_GREETING: Final = re.compile(rb"backburner", re.IGNORECASE)
_OTHERS: Final = (
    (re.compile(rb"SSH-"), "an SSH server"),
    (re.compile(rb"HTTP/|<html", re.IGNORECASE), "a web server"),
    (re.compile(rb"220[ -]"), "a mail or FTP server"),
    (re.compile(rb"[+-](OK|ERR|NOAUTH|DENIED)"), "a Redis server"),
    (re.compile(rb"AMQP"), "a message broker"),
)


def manager_trouble(host: str, port: int, *, seconds: float = _SECONDS) -> str:
    """Why no manager answers there, with the next step; empty if one does. Waits at most `seconds` per step."""
    try:
        with socket.create_connection((host, port), timeout=seconds) as connection:
            said = _read_greeting(connection)
    except socket.gaierror:
        return f"Nobody knows the host {host}. Check how it is spelt, or use its IP address."
    except ConnectionRefusedError:
        return f"Nothing listens at {host}, port {port}. Start the Backburner Manager there, or correct the port."
    except TimeoutError:
        return f"{host} does not answer within {seconds:g} s. Check that it is on and that no firewall is in between."
    except (OSError, UnicodeError) as error:
        return f"{host}, port {port}, cannot be reached: {error}. Check host and network."
    return _judge(said, host, port)


def _read_greeting(connection: socket.socket) -> bytes:
    """What the other side says by itself: up to the prompt, the end, or the time-out."""
    said = b""
    try:
        while len(said) < _LONGEST and not _GREETING.search(said):
            data = connection.recv(_LONGEST)
            if not data:
                break
            said += data
    except TimeoutError:
        pass  # what came so far tells
    except ConnectionResetError:
        pass  # it hung up: that tells as well
    return said


def _judge(said: bytes, host: str, port: int) -> str:
    if _GREETING.search(said):
        return ""
    where = f"At {host}, port {port},"
    if not said:
        return (
            f"{where} something listens but does not greet as a Backburner Manager does. "
            "Check the port: the Manager's is 3234 by default, 3233 belongs to Backburner Servers."
        )
    for pattern, name in _OTHERS:
        if pattern.match(said):
            return f"{where} {name} answers, not a Backburner Manager. Correct the port."
    shown = said[:40].decode("ascii", "replace").strip()
    return f"{where} something else answers ({shown!r}), not a Backburner Manager. Correct the port."
