"""A client as others wrote it for program mode: it compares whole reads, and finds documents by their first and last
bytes.

Shares no code with our own client on purpose. It logs in, registers with a padded buffer, asks for control, and listens
for notifications at fixed offsets.
"""

from __future__ import annotations

import re
import socket
from types import TracebackType
from typing import Self
from xml.etree import ElementTree as Xml

_READ = 65_536
_CONTROL = (0x10, 0x12, 0x13, 0x14)
_ENDS = ("List>", "/Job>", "Info>", "Server>")


class ProgramClient:
    """One session with control, or the promise of it; `control` is what the manager said to the request."""

    def __init__(self, port: int) -> None:
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind(("127.0.0.1", 0))
        self._udp.settimeout(20)
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        assert self.ask("new login") == b"200 3.00 Ready\r\n"
        document = _client_info(self._udp.getsockname()[1])
        assert self.ask(f"set clientinfo {len(document) + 1}") == b"250 Ready\r\n"
        self._socket.sendall(document + b"0" + bytes(52))  # an ASCII 0 in the place of the NUL, and some NULs behind it
        assert self._socket.recv(_READ) == b"200 OK\r\n"
        self.control = self.ask("new controller Yes")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._socket.close()
        self._udp.close()

    def send(self, line: str) -> None:
        self._socket.sendall(line.encode("ascii") + b"\r\n")

    def ask(self, line: str) -> bytes:
        """What one read brings after a command."""
        self.send(line)
        return self._socket.recv(_READ)

    def document(self, line: str) -> Xml.Element:
        """The document that answers a command: from the read that has `<?xml` near its start to one that ends it."""
        self.send(line)
        answer = ""
        while True:
            chunk = self._socket.recv(_READ)
            assert chunk, "the manager hung up"
            if not answer and b"<?xml" not in chunk[:20]:
                continue
            answer += chunk[chunk.find(b"<?xml") if not answer else 0 :].decode("utf-8")
            if any(end in answer[-10:] for end in _ENDS):
                return Xml.fromstring(answer[:-2])

    def notification(self) -> tuple[int, list[str]]:
        """The next notification that is not about control: its type, and the fields behind it."""
        while (data := self._udp.recv(_READ))[0] in _CONTROL:
            continue
        return data[19], re.split(r"[ \0]", data[20:].decode("ascii").rstrip("\0"))


def _client_info(udp_port: int) -> bytes:
    system = {"TotalMemory": 1, "TotalMemoryF": "1.000000", "NumCpus": 2, "Platform": "Test", "User": "ann"}
    system |= {"ComputerName": "station", "Mac": "0" * 16, "WorkDiskSPace": 0, "IPAddress": "192.0.2.1"}
    lines = [f"<UdpPort>{udp_port}</UdpPort>", "<Controler>0</Controler>", "<SystemInfo>"]
    lines += [f"    <{name}>{value}</{name}>" for name, value in system.items()]
    inner = "\n    ".join(["<Version>300</Version>", *lines, "</SystemInfo>"])
    header = '<?xml version="1.0" encoding="UTF-8" standalone="yes" ?>'
    return f"{header}\n<ClientInfo>\n    {inner}\n</ClientInfo>\n".encode()
