"""How replies leave: each part with a write of its own and a pause before it, unless a fault was asked for.

Clients exist that read a status line, a payload and a prompt with one call each, as a real manager's timing lets them.
The pause gives them the time to do so; `0` ends it.
"""

from __future__ import annotations

import asyncio

from workers.farm.faults import NOISE, Faults


class Mishaps:
    """Counts what happened on all connections, so that every Nth one goes wrong."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self._connections = 0
        self._replies = 0

    def drops_connection(self) -> bool:
        """Whether the connection that was just made is to be closed."""
        self._connections += 1
        every = self.faults.drop_connections
        return every > 0 and self._connections % every == 0

    def garbles_reply(self) -> bool:
        """Whether the reply that is due is to be noise."""
        self._replies += 1
        every = self.faults.garbage
        return every > 0 and self._replies % every == 0


class ReplyWriter:
    """The writing half of one client's connection. Every method may raise ConnectionError."""

    def __init__(self, writer: asyncio.StreamWriter, mishaps: Mishaps, part_gap_s: float) -> None:
        self._writer = writer
        self._writer.transport.set_write_buffer_limits(high=0)  # what was drained is with the network
        self._mishaps = mishaps
        self._faults = mishaps.faults
        self._part_gap_s = part_gap_s
        self._bytes_left = mishaps.faults.cut_replies

    async def send(self, *parts: bytes) -> None:
        """Send the parts of one reply."""
        if self._faults.delay:
            await asyncio.sleep(self._faults.delay)
        if parts and self._mishaps.garbles_reply():
            parts = (NOISE,)
        for part in (b"".join(parts),) if self._faults.glue_replies else parts:
            if self._part_gap_s:
                await asyncio.sleep(self._part_gap_s)
            await self._send_part(part)

    async def _send_part(self, part: bytes) -> None:
        size = self._faults.split_replies or len(part)
        for start in range(0, len(part), max(size, 1)):
            await self._write(part[start : start + size])

    async def _write(self, piece: bytes) -> None:
        if self._bytes_left is not None:
            piece, self._bytes_left = piece[: self._bytes_left], max(0, self._bytes_left - len(piece))
        self._writer.write(piece)
        await self._writer.drain()
        if self._bytes_left == 0:
            raise ConnectionAbortedError("it was cut off on request")
