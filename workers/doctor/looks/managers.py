"""Farm managers, asked the way the sweep asks them, over a connection of our own."""

from __future__ import annotations

from dataclasses import dataclass

from flatiron_tasks.backburner.client import ManagerClient
from flatiron_tasks.backburner.events import Mode
from flatiron_tasks.settings import Settings

ANSWER_S = 5.0


@dataclass(frozen=True)
class ManagerFacts:
    """What a manager says of itself."""

    version: str
    servers: int
    jobs: int


def look(settings: Settings, manager: str) -> ManagerFacts:
    """Ask the manager at "host:port". Raises FarmError."""
    host, _, port = manager.rpartition(":")
    limit_s = min(ANSWER_S, settings.farm_timeout_seconds)
    mode = Mode(settings.farm_mode)
    with ManagerClient(host, int(port), mode=mode, connect_timeout_s=limit_s, read_timeout_s=limit_s) as client:
        info = client.manager_info()
    return ManagerFacts(info.version, info.servers, info.jobs)
