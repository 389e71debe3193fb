"""One render server as the local manager sees it, and how it introduces itself."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, fields
from typing import Any, Final

from flatiron_tasks.backburner.assumptions import WireServerState
from flatiron_tasks.backburner.records import HardwareInfo
from flatiron_tasks.contracts.errors import FarmProtocolError
from workers.farm.handles import server_handle
from workers.farm.node_link import NodeLink

_UNKNOWN: Final = HardwareInfo()


@dataclass
class Node:
    """One server. `holds`: the assignment it works on or has not reported yet, 0 for none.

    `began`: when it was given its last task, in seconds since the epoch, 0.0 while it is idle.
    `seen`: when its connection ended, in monotonic seconds.
    """

    name: str
    groups: frozenset[str] = frozenset()
    user: str = ""
    address: str = ""
    hardware: HardwareInfo = _UNKNOWN
    link: NodeLink | None = None
    seen: float = field(default_factory=time.monotonic)
    holds: int = 0
    began: float = 0.0
    told_to_stop: bool = False
    leaving: bool = False
    tasks_done: int = 0
    task_ms: float = 0.0

    @property
    def handle(self) -> str:
        """Its 16 hexadecimal digits."""
        return server_handle(self.name)

    @property
    def state(self) -> WireServerState:
        """The state number that the manager tells."""
        if self.link is None:
            return WireServerState.ABSENT
        return WireServerState.BUSY if self.holds else WireServerState.IDLE


@dataclass(frozen=True)
class Hello:
    """How a server introduces itself. `holds`: an assignment that it kept through a lost connection, 0 for none."""

    name: str
    groups: frozenset[str]
    holds: int
    user: str
    hardware: HardwareInfo = _UNKNOWN

    @classmethod
    def from_json(cls, data: Any) -> Hello:
        """Read a hello document. Raises FarmProtocolError."""
        try:
            hardware = _hardware(data.get("hardware", {}))
            hello = cls(str(data["name"]), frozenset(data["groups"]), int(data["holds"]), str(data["user"]), hardware)
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
            raise FarmProtocolError(f"A render server introduced itself with {data!r}") from error
        if not all(name.isprintable() and name for name in (hello.name, *hello.groups)):
            raise FarmProtocolError(f"A render server has no usable name: {hello.name!r} {sorted(hello.groups)}")
        return hello


def _hardware(data: Any) -> HardwareInfo:
    known = {entry.name for entry in fields(HardwareInfo)}
    return HardwareInfo(**{name: str(value) for name, value in data.items() if name in known})
