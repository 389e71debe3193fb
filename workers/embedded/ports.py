"""Free TCP ports on this machine.

A port that is free now may be taken a moment later; services that can choose a port themselves and report it should
do so instead.
"""

from __future__ import annotations

import socket

LOOPBACK = "127.0.0.1"


def free_port(address: str = LOOPBACK) -> int:
    """A TCP port that nothing listened on just now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.bind((address, 0))
        port: int = listener.getsockname()[1]
        return port
