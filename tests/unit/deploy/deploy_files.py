"""Where the deployment files are, and how a command line in one of them is checked against our own command."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer.main

from workers.cli.app import app

DEPLOY = Path(__file__).resolve().parents[3] / "deploy"


def understood(arguments: Sequence[str]) -> dict[str, Any]:
    """What `flatiron` would understand of these arguments; nothing is run. Raises its own error for a wrong one."""
    group: Any = typer.main.get_command(app)
    name, *rest = arguments
    values: dict[str, Any] = group.commands[name].make_context(name, list(rest)).params
    return values


def variables(name: str) -> dict[str, str]:
    """The environment file of one service, as `write_env_files.py` writes it."""
    scope: dict[str, Any] = {"__name__": "write_env_files"}
    exec(compile((DEPLOY / "write_env_files.py").read_text("utf-8"), "write_env_files.py", "exec"), scope)
    found: dict[str, str] = scope["environment"](name, "secret", "redis.example", "td:secret")
    return found
