"""A TCP proxy in front of Redis that can cut connections, and drop, double and delay task messages.

Knows RESP as far as commands go: an `LPUSH` to a task queue is the only one it touches. A command is always replaced by
one whose reply has the same shape, so replies pass unseen. Which messages are hit is drawn from the seed, the message's
task and arguments, and how often they came: not from the time.

Run as `python -m workers.chaos.proxy PORT UPSTREAM_PORT ORDERS_FOLDER SEED`. What to do stands in `proxy.json` there:
shares of messages to `drop`, `double` and `delay`, and `cuts`, the number of times that all connections were to be cut.
What was done is appended to `proxy.log`.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

_QUEUE = b"flatiron."
_POLL_S = 0.1
_DELAY_S = 3.0
_BLOCK = 1 << 16
Command = list[bytes]


@dataclass
class Wishes:
    """What to do now."""

    drop: float = 0.0
    double: float = 0.0
    delay: float = 0.0
    cuts: int = 0


@dataclass
class Proxy:
    """All connections of one proxy."""

    upstream: int
    orders: Path
    seed: int
    wishes: Wishes = field(default_factory=Wishes)
    done: Counter[str] = field(default_factory=Counter)
    seen: Counter[str] = field(default_factory=Counter)
    writers: set[asyncio.StreamWriter] = field(default_factory=set)
    logins: list[Command] = field(default_factory=list)
    late: set[asyncio.Task[None]] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client, to its end."""
        try:
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.upstream)
        except OSError:
            writer.close()
            return
        self.writers.update((writer, up_writer))
        back = asyncio.create_task(_copy(up_reader, writer))
        try:
            while (command := await read_command(reader)) is not None:
                up_writer.write(encode(self.treat(command)))
                await up_writer.drain()
        except (OSError, asyncio.IncompleteReadError, ValueError):
            pass  # either side is gone: the other one learns it below
        finally:
            back.cancel()
            for end in (writer, up_writer):
                self.writers.discard(end)
                end.close()

    def treat(self, command: Command) -> Command:
        """The command to send in its place."""
        verb = command[0].upper()
        if verb == b"AUTH":
            self.logins = [command]
        if verb != b"LPUSH" or len(command) != 3 or not command[1].startswith(_QUEUE):
            return command
        fate = self.fate(command[2])
        if fate:
            self.done[fate] += 1
        if fate in ("drop", "delay"):
            if fate == "delay":
                task = asyncio.create_task(self.push_late(command))
                self.late.add(task)
                task.add_done_callback(self.late.discard)
            return [b"LLEN", command[1]]
        return [*command, command[2]] if fate == "double" else command

    def fate(self, message: bytes) -> str:
        """What becomes of a message; empty if nothing."""
        shares = {"drop": self.wishes.drop, "double": self.wishes.double, "delay": self.wishes.delay}
        if not any(shares.values()):
            return ""
        headers = json.loads(message)["headers"]
        name = f"{headers.get('task')}{headers.get('argsrepr')}"
        self.seen[name] += 1
        digest = hashlib.sha256(f"{self.seed} {name} {self.seen[name]}".encode()).digest()
        draw = int.from_bytes(digest[:4], "big") / 2**32
        for fate, share in shares.items():
            if draw < share:
                return fate
            draw -= share
        return ""

    async def push_late(self, command: Command) -> None:
        """Send a message some seconds later, over a connection of its own."""
        await asyncio.sleep(_DELAY_S)
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", self.upstream)
            for part in (*self.logins, command):
                writer.write(encode(part))
            await writer.drain()
            await asyncio.sleep(_POLL_S)  # until it is read: whoever closes at once may lose what was not
            writer.close()

    async def obey(self) -> None:
        """Follow the orders and keep the log, for ever."""
        while True:
            with contextlib.suppress(FileNotFoundError, ValueError):
                wishes = Wishes(**json.loads((self.orders / "proxy.json").read_text("utf-8")))
                if wishes.cuts > self.wishes.cuts:
                    self.done["cut"] += len(self.writers)
                    for writer in list(self.writers):
                        writer.transport.abort()
                self.wishes = wishes
            (self.orders / "proxy.log").write_text(json.dumps(self.done), "utf-8")
            await asyncio.sleep(_POLL_S)


async def read_command(reader: asyncio.StreamReader) -> Command | None:
    """The next command, or None at the end. Raises ValueError for what is no command."""
    line = await reader.readline()
    if not line:
        return None
    if line[:1] != b"*":
        raise ValueError(line)
    parts = []
    for _ in range(int(line[1:])):
        length = int((await reader.readline())[1:])
        parts.append((await reader.readexactly(length + 2))[:-2])
    return parts


def encode(command: Command) -> bytes:
    """A command as it goes over the wire."""
    return b"".join([b"*%d\r\n" % len(command), *(b"$%d\r\n%b\r\n" % (len(part), part) for part in command)])


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while block := await reader.read(_BLOCK):
            writer.write(block)
            await writer.drain()
    writer.close()


async def run(port: int, proxy: Proxy) -> None:
    """Serve until the process is ended."""
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", port)
    async with server:
        await proxy.obey()


if __name__ == "__main__":
    asyncio.run(run(int(sys.argv[1]), Proxy(int(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))))
