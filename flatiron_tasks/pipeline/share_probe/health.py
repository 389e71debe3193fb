"""What is known of a server and the network folder it sees, and the probe that asks. Plain data with a JSON form."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any

from flatiron_tasks.contracts.share_probe import STEPS
from flatiron_tasks.pipeline.farm_names import PREFIX

TASKS = ("start", *STEPS)
"""The farm tasks of one probe of one server, in this order: each proves one thing more."""


class NodeVerdict(StrEnum):
    """What a share probe says about one server."""

    OK = "ok"
    NO_PYTHON = "cannot run the node program"
    OTHER_FOLDER = "different folder"
    READ_ONLY = "read-only"
    FULL = "full"
    CLOCK_OFF = "clock off"
    SILENT = "never answered"
    BUSY = "busy"


UNDECIDED = (NodeVerdict.SILENT, NodeVerdict.BUSY)
"""What a server is that may still answer."""


@dataclass(frozen=True)
class NodeHealth:
    """How one server sees one network folder, since `at` (seconds since the epoch, clock of Redis).

    What only an answer tells (`host` and all after it) is empty or 0 without one. `target` is where the folder leads on
    the server, `clock_off_s` how wrong its clock is at least, `rename_ms` how long a small file took there and back.
    One that is `doubted` is asked again before the next job. `nonce` names the probe that found it out.
    """

    manager: str
    network_folder: str
    server: str
    verdict: NodeVerdict
    sentence: str
    at: float
    host: str = ""
    user: str = ""
    target: str = ""
    free_bytes: int = 0
    clock_off_s: float = 0.0
    rename_ms: int = 0
    doubted: bool = False
    nonce: str = ""

    @property
    def is_ok(self) -> bool:
        """Whether the server may bake into the folder."""
        return self.verdict is NodeVerdict.OK

    def to_json(self) -> str:
        """As it is kept."""
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> NodeHealth:
        """Read `to_json` back; a verdict that this version does not know raises ValueError."""
        health = cls(**json.loads(text))
        return replace(health, verdict=NodeVerdict(health.verdict), at=float(health.at))


@dataclass(frozen=True)
class Probe:
    """One question to some servers. `asked_at`: seconds since the epoch, before any server could answer.

    `asked` says when the farm was asked about a server, by the server's position; `over` are those that have nothing
    more to say.
    """

    manager: str
    nonce: str
    network_folder: str
    servers: tuple[str, ...]
    asked_at: float
    asked: Mapping[int, float] = field(default_factory=dict)
    over: frozenset[int] = frozenset()

    def farm_job(self, server: int) -> str:
        """Name of the farm job that asks one server. The full stop keeps it apart from every bake job's."""
        return f"{PREFIX}probe.{self.nonce}.{server}"

    def to_json(self) -> str:
        """What does not change, as it is kept."""
        fields: dict[str, Any] = {
            "nonce": self.nonce,
            "network_folder": self.network_folder,
            "servers": self.servers,
            "asked_at": self.asked_at,
        }
        return json.dumps(fields, separators=(",", ":"))

    @classmethod
    def from_json(cls, manager: str, text: str, asked: Mapping[int, float], over: frozenset[int]) -> Probe:
        """Read `to_json` back."""
        fields = json.loads(text)
        servers = tuple(fields["servers"])
        return cls(manager, fields["nonce"], fields["network_folder"], servers, float(fields["asked_at"]), asked, over)
