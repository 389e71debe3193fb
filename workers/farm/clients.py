"""Who is connected to the manager, and what they are told without having asked: notifications over UDP.

A notification is a hint that may get lost; nothing waits for it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from flatiron_tasks.backburner import datagrams
from flatiron_tasks.backburner.datagrams import Control, Event, Notification
from flatiron_tasks.backburner.records import ClientInfo, SystemInfo

Address = tuple[str, int]


@dataclass(eq=False)
class Client:
    """One connection of a client. `info`: what it told of itself in `set clientinfo`, None if nothing.

    `address`: the network address that it really has; notifications go there, whatever it tells.
    """

    address: str
    info: ClientInfo | None = None

    @property
    def station(self) -> str:
        """What other clients call it: printable ASCII without spaces."""
        name = self.info.system_info.computer_name if self.info else ""
        plain = "".join(sign if "!" <= sign <= "~" else "_" for sign in name)
        return plain[:64] or self.address

    def described(self, *, in_control: bool) -> ClientInfo:
        """What `get clientlist` says of it."""
        info = self.info or ClientInfo(system_info=SystemInfo(computer_name=self.station, ip_address=self.address))
        return replace(info, controller=int(in_control))


class ClientTable:
    """All connections of clients. `send` takes a datagram and where to."""

    def __init__(self, send: Callable[[bytes, Address], None] = lambda _data, _address: None) -> None:
        self.connected: list[Client] = []
        self.send = send

    def join(self, address: str) -> Client:
        """A client connected."""
        client = Client(address)
        self.connected.append(client)
        return client

    def leave(self, client: Client) -> None:
        """Its connection ended."""
        self.connected.remove(client)

    def announce(self, event: Event, *fields: object) -> None:
        """Tell everybody who listens what happened."""
        self._send(Notification(event, tuple(map(str, fields))), *self.connected)

    def announce_control(self, control: Control, station: str, *only: Client) -> None:
        """Tell these clients, or everybody, something about queue control."""
        self._send(Notification(control, (station,)), *(only or self.connected))

    def _send(self, notification: Notification, *clients: Client) -> None:
        data = datagrams.write(notification)
        for client in clients:
            if client.info is not None and 0 < client.info.udp_port < 2**16:
                self.send(data, (client.address, client.info.udp_port))
