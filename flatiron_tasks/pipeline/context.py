"""What the steps of the pipeline need from outside, in one place, so that tests can put in their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flatiron_tasks.contracts import paths
from flatiron_tasks.pipeline.clock import Clock
from flatiron_tasks.pipeline.farm_port import Farm
from flatiron_tasks.pipeline.measures import SILENT, Measures
from flatiron_tasks.pipeline.next_steps import Step
from flatiron_tasks.pipeline.store import JobStore
from flatiron_tasks.settings import Settings
from flatiron_tasks.share.path_mapping import PathMapping, PathRule


@dataclass(frozen=True)
class Context:
    """One worker's surroundings. `farms` gives the farm manager at "host:port", `send` sends a step's message.

    `interruptions` are errors by which the worker ends a step from outside: no loop over jobs may go on after one.
    """

    settings: Settings
    store: JobStore
    clock: Clock
    farms: Callable[[str], Farm]
    send: Callable[[Step], None]
    interruptions: tuple[type[Exception], ...] = ()
    measures: Measures = SILENT

    @property
    def mapping(self) -> PathMapping:
        """How this machine sees the folders that jobs name."""
        return path_mapping(self.settings)


def path_mapping(settings: Settings) -> PathMapping:
    """How a machine with these settings sees the folders that jobs name. Raises PathMappingError."""
    return PathMapping([PathRule(rule.canonical, rule.local) for rule in settings.path_rules])


def node_path_mapping(settings: Settings, network_folder: str) -> PathMapping:
    """How render nodes see them. Without rules nodes use the canonical path: Windows for UNC, else POSIX."""
    rules = [PathRule(rule.canonical, rule.local) for rule in settings.node_path_rules]
    told = [paths.canonical_path(rule.local) for rule in rules] or [network_folder]
    return PathMapping(rules, flavour="windows" if any(map(paths.is_windows_path, told)) else "posix")
