"""What the global options say, for the command that runs."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from flatiron_tasks.settings import Settings, load_settings

if TYPE_CHECKING:
    from flatiron_tasks.api import Desk


@dataclass
class Session:
    """The global options. Settings are read when a command first needs them."""

    config: Path | None = None
    verbose: bool = False
    quiet: bool = False

    @cached_property
    def settings(self) -> Settings:
        """The settings of this machine. Raises SettingsError."""
        return load_settings(self.config)

    def with_overrides(self, overrides: Mapping[str, object]) -> Settings:
        """The settings of this machine, with what the options of a command say. Raises SettingsError."""
        return load_settings(self.config, overrides)

    @property
    def log_level(self) -> str:
        """Name of the logging level."""
        if self.verbose:
            return "DEBUG"
        return "WARNING" if self.quiet else "INFO"

    def desk(self) -> Desk:
        """The view on all jobs."""
        from flatiron_tasks.api import Desk  # noqa: PLC0415 - `flatiron --help` needs no Redis client

        return Desk.open(self.settings)

    def set_up_service_logging(self) -> None:
        """Log as a service does, in the form that the settings ask for. Raises SettingsError."""
        from workers.logs.set_up import set_up_logging  # noqa: PLC0415 - commands for people need no Celery

        set_up_logging(self.settings, self.log_level)

    def set_up_logging(self) -> None:
        """Log to standard error. INFO of libraries is noise for a person, so commands start at WARNING."""
        level = logging.DEBUG if self.verbose else logging.ERROR if self.quiet else logging.WARNING
        logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")


def session_of(context: typer.Context) -> Session:
    """The session of a command."""
    session = context.find_object(Session)
    if session is None:  # pragma: no cover - the callback of the group always makes one
        raise RuntimeError("the command was started without its group")
    return session
