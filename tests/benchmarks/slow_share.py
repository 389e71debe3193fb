"""A share that is slow: every look at a file below it takes its time, and those of the main thread are counted."""

from __future__ import annotations

import io
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any
from unittest.mock import patch


@dataclass
class SlowShare:
    """Use as a context manager on the main thread. What the operating system is asked through Python is slowed down."""

    folder: Path
    seconds: float
    asked: int = 0
    asked_by_main: list[str] = field(default_factory=list)
    """What the main thread looked at."""

    def __post_init__(self) -> None:
        self._main = threading.get_ident()
        self._patches = [
            patch.object(os, "stat", self._slowed(os.stat)),
            patch.object(io, "open", self._slowed(io.open)),
        ]

    def __enter__(self) -> SlowShare:
        for item in self._patches:
            item.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for item in self._patches:
            item.stop()

    def _slowed(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def slow(path: Any, *rest: Any, **named: Any) -> Any:
            if isinstance(path, (str, os.PathLike)) and str(path).startswith(str(self.folder)):
                self.asked += 1
                if threading.get_ident() == self._main:
                    self.asked_by_main.append(str(path))
                time.sleep(self.seconds)
            return call(path, *rest, **named)

        return slow
