"""What the last look at a job on the farm saw, kept in its record: only so can the next one tell what has moved.

Decides nothing; `fate` does. A lost sighting costs one closer look.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import Any

NEVER = 0.0


@dataclass(frozen=True)
class Sighting:
    """Times are seconds since the epoch by the clock of Redis, 0 for never (or not now); servers are names.

    `state` is the farm's word, empty if it does not list the job. `moved_at`: when anything moved last. `asked_at`:
    when the farm was asked last who works on it though nothing had moved. `over_since`, `stuck_since`, `idle_since`:
    since when the farm calls the job over, every server has failed on it, no server works on it. `readded` counts how
    often failed servers were put on the job again, last at `readded_at`. `taken_off`: those that were taken off the job
    for that, until the farm lists them on it again; `put_on_at`: when this was tried last. `abandoned`: passes of this
    farm job were given up. `queue_lost`: the farm does not list the job, which it most likely lost with its queue.
    `said` is what the farm said about failures, perhaps nothing; `is_said` tells that it was asked. `fate` is the last
    verdict.
    """

    handle: str = ""
    state: str = ""
    moved_at: float = NEVER
    asked_at: float = NEVER
    over_since: float = NEVER
    stuck_since: float = NEVER
    idle_since: float = NEVER
    pieces_left: int = 0
    failures: int = 0
    tasks_done: int = 0
    servers: tuple[str, ...] = ()
    active: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    readded: int = 0
    readded_at: float = NEVER
    taken_off: tuple[str, ...] = ()
    put_on_at: float = NEVER
    abandoned: bool = False
    queue_lost: bool = False
    said: str = ""
    is_said: bool = False
    fate: str = ""

    def to_json(self) -> str:
        """As a field of the record."""
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Sighting | None:
        """Read `to_json` back; None for nothing, or for what another version wrote."""
        data: Any = json.loads(text) if text else None
        if not isinstance(data, dict) or set(data) != {item.name for item in fields(cls)}:
            return None
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in data.items()
        }
        return cls(**values)
