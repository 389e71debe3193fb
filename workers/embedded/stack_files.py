"""The configuration files of an embedded stack. They hold the Redis password: readable by this account only."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from workers.node.configuration import BUILT_IN


def write_settings(
    path: Path,
    *,
    redis_url: str,
    network_folder: Path,
    flower_port: int | None,
    flower_state: Path,
    changes: Mapping[str, object],
    web_port: int | None = None,
) -> None:
    """The settings of all services. A poll every second suits a farm of one machine, where polling costs nothing."""
    flower = {"port": flower_port, "state_file": str(flower_state)} if flower_port else {}
    settings = {
        "redis_url": redis_url,
        "network_folders": [str(network_folder)],
        "cmdjob": [sys.executable, "-m", "workers.farm.cmdjob"],
        "node_python": sys.executable,
        "poll_seconds": 1.0,
        "farm_notifications": True,
        "share_caching_seconds": 0.0,
        **changes,
    }
    lines = [f"{name} = {_toml(value)}" for name, value in settings.items()]
    lines += ["[flower]", *(f"{name} = {_toml(value)}" for name, value in flower.items())]
    if web_port:
        lines += ["[web]", f"port = {web_port}"]
    _write_private(path, "\n".join(lines) + "\n")


def write_node_config(path: Path) -> None:
    """What the render nodes are told: the reference renderer is this Python's."""
    _write_private(path, BUILT_IN.to_json())


def _toml(value: object) -> str:
    """A value in TOML: for texts, numbers and lists of them, JSON is TOML as well."""
    return json.dumps(value, ensure_ascii=False)


def _write_private(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
