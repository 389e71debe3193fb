"""TLS in front of a server that has none: what the embedded Valkey lacks, with an authority made for one test."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import trustme


@dataclass(frozen=True)
class Authority:
    """Files of a certificate authority and of the one server that it vouches for, by the name `localhost`."""

    ca_file: Path
    server_file: Path
    """Certificate and key."""


def make_authority(folder: Path) -> Authority:
    """A new authority; nobody knows it, and no other one knows the server."""
    folder.mkdir(parents=True, exist_ok=True)
    authority = trustme.CA()
    made = Authority(folder / "ca.pem", folder / "server.pem")
    authority.cert_pem.write_to_path(str(made.ca_file))
    authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(str(made.server_file))
    return made


@contextmanager
def tls_proxy(port: int, authority: Authority, *, client_ca: Path | None = None) -> Iterator[int]:
    """Terminate TLS in front of `port` of this machine, and yield the port to connect to.

    With `client_ca` only clients with a certificate of that authority are let in.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.server_file)
    if client_ca is not None:
        context.load_verify_locations(client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(
        asyncio.start_server(lambda *streams: _serve(port, *streams), "127.0.0.1", 0, ssl=context)
    )
    thread = threading.Thread(target=loop.run_forever, name="TLS")
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(_close(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _serve(port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(asyncio.CancelledError):  # the end of the proxy; asyncio would log it as an error of this callback
        await _connect(port, reader, writer)


async def _connect(port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        behind_reader, behind_writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        writer.close()
        return
    pumps = [asyncio.create_task(_pump(reader, behind_writer)), asyncio.create_task(_pump(behind_reader, writer))]
    try:
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for pump in pumps:
            pump.cancel()
        for one in (writer, behind_writer):
            one.transport.abort()  # the other side is gone: there is nobody to take leave of


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    except OSError:
        return


async def _close(server: asyncio.Server) -> None:
    server.close()
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
