"""Folders of this user on this machine: settings that a person may want to copy, and data that only this program reads.

Makes no folder.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def settings_folder(environment: Mapping[str, str] = os.environ) -> Path:
    r"""Settings that follow the user: `%APPDATA%\Flatiron`, elsewhere `~/.config/flatiron`."""
    return _folder(environment, "APPDATA", "XDG_CONFIG_HOME", ".config")


def data_folder(environment: Mapping[str, str] = os.environ) -> Path:
    r"""Data of this machine alone: `%LOCALAPPDATA%\Flatiron`, elsewhere `~/.local/share/flatiron`."""
    return _folder(environment, "LOCALAPPDATA", "XDG_DATA_HOME", ".local/share")


def _folder(environment: Mapping[str, str], windows: str, posix: str, below_home: str) -> Path:
    if os.name == "nt" and environment.get(windows):
        return Path(environment[windows], "Flatiron")
    base = environment.get(posix, "")
    # The XDG base directory specification: a path that is not absolute is ignored.
    return (Path(base) if Path(base).is_absolute() else Path.home() / below_home) / "flatiron"
