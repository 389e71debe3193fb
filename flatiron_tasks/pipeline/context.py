"""What the steps of the pipeline need from outside, in one place, so that tests can put in their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flatiron_tasks.pipeline.clock import Clock
from flatiron_tasks.pipeline.farm_port import Farm
from flatiron_tasks.pipeline.next_steps import Step
from flatiron_tasks.pipeline.store import JobStore
from flatiron_tasks.settings import Settings
from flatiron_tasks.share.path_mapping import PathMapping, PathRule


@dataclass(frozen=True)
class Context:
    """One worker's surroundings. `farms` gives the farm manager at "host:port", `send` sends a step's message."""

    settings: Settings
    store: JobStore
    clock: Clock
    farms: Callable[[str], Farm]
    send: Callable[[Step], None]

    @property
    def mapping(self) -> PathMapping:
        """How this machine sees the folders that jobs name."""
        return PathMapping([PathRule(rule.canonical, rule.local) for rule in self.settings.path_rules])
