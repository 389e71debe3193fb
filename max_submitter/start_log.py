r"""The log file of the panel: `log\panel.log` in this user's data folder. Never needed to work."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from max_submitter.user_folders import data_folder

MOST_BYTES: Final = 1_000_000
"""A longer file is put aside when the panel is opened; the one put aside before is lost."""

_PACKAGE: Final = "max_submitter"
_HANDLER: Final = "flatiron panel log"


def start_log(environment: Mapping[str, str] = os.environ) -> Path:
    """Write what this package logs to the file, once however often it is called. Returns the file's path."""
    path = data_folder(environment) / "log" / "panel.log"
    logger = logging.getLogger(_PACKAGE)
    if not any(handler.get_name() == _HANDLER for handler in logger.handlers):
        with suppress(
            OSError
        ):  # a disk that is full, or a folder that may not be written, must not keep the panel shut
            logger.addHandler(_handler(path))
            logger.setLevel(logging.INFO)
    return path


def _handler(path: Path) -> logging.Handler:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_file() and path.stat().st_size > MOST_BYTES:
        with suppress(OSError):  # another 3ds Max of this user has it open
            path.replace(path.with_suffix(".old.log"))
    handler = logging.FileHandler(path, encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    handler.set_name(_HANDLER)
    return handler
