"""From the last receipt of a pass to the start of its merge, on real processes, with and without notifications.

The receipt's time is that of its file; the merge's is that of Celery's `task-started`. Both are this machine's clock.
"""

from __future__ import annotations

import re
import tempfile
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from flatiron_tasks.api import Desk
from flatiron_tasks.pipeline.job_files import open_job
from flatiron_tasks.settings import Settings
from flatiron_tasks.tasks.app import make_app
from tests.acceptance.bakes import request, submit_to, wait_for_end
from tests.benchmarks.rows import Row, judged
from workers.embedded.stack import EmbeddedStack

POLL_SECONDS = 5.0
_MERGE = re.compile(r"job (\S+) pass (\d+) ")
"""How a step's arguments are shown: see `Step.shown`."""


@dataclass
class MergeStarts:
    """Listens to Celery's events. `at` is when the merge of each pass began first, by job and pass."""

    settings: Settings
    at: dict[tuple[str, int], float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._named: dict[str, tuple[str, int]] = {}
        self._ended = threading.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> MergeStarts:
        self._thread.start()
        self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _listen(self) -> None:
        app = make_app(self.settings)
        with app.connection_for_read() as connection:
            handlers = {"task-received": self._received, "task-started": self._started}
            receiver = app.events.Receiver(connection, handlers=handlers)
            self._ready.set()
            while not self._ended.is_set():
                with suppress(TimeoutError):
                    receiver.capture(limit=None, timeout=0.5, wakeup=False)

    def _received(self, event: dict[str, Any]) -> None:
        found = _MERGE.match(str(event.get("args")))
        if event.get("name") == "flatiron.merge_pass" and found:
            self._named[event["uuid"]] = (found[1], int(found[2]))

    def _started(self, event: dict[str, Any]) -> None:
        if event["uuid"] in self._named:
            self.at.setdefault(self._named[event["uuid"]], event["timestamp"])


def measure_latency(*, notifications: bool, bakes: int = 3) -> list[float]:
    """Seconds from the last receipt of a pass to the start of its merge, for each pass of a few small bakes."""
    changes = {"poll_seconds": POLL_SECONDS, "poll_idle_seconds": 30.0, "farm_notifications": notifications}
    with (
        tempfile.TemporaryDirectory() as folder,
        EmbeddedStack(Path(folder, "stack"), nodes=1, flower=False, changes=changes) as stack,
        MergeStarts(stack.settings) as starts,
    ):
        waits = [_one_bake(stack, starts, Path(folder, f"bake-{number}")) for number in range(1 + bakes)]
    return [seconds for bake in waits[1:] for seconds in bake]  # the first one warms up the workers


def _one_bake(stack: EmbeddedStack, starts: MergeStarts, folder: Path) -> list[float]:
    wanted = request(folder, stack.network_folder, stack.manager, keep_pieces=True)
    job_id = submit_to(stack.settings, wanted).job_id
    wait_for_end(Desk.open(stack.settings), job_id, timeout_s=150)
    files = open_job(job_id, stack.settings.network_folders)
    return [
        starts.at[job_id, item.index] - max(path.stat().st_mtime for path in _receipts(files.folder.pieces, item.index))
        for item in files.plan.passes
        if (job_id, item.index) in starts.at
    ]


def _receipts(folder: Path, pass_index: int) -> list[Path]:
    return list(folder.glob(f"p{pass_index:05d}-*.json"))


def rows_of(without: list[float], with_them: list[float]) -> list[Row]:
    """Median and worst; without notifications the sweep's interval is the bound."""
    name = "last receipt to merge_pass started"
    longest = POLL_SECONDS + 2
    return [
        judged(
            f"{name}, no notifications, median", median(without), f"<= {POLL_SECONDS}", "s", f"{len(without)} passes"
        ),
        judged(f"{name}, no notifications, worst", max(without), f"<= {longest}", "s"),
        judged(f"{name}, notifications, median", median(with_them), "< 1", "s", _of(with_them)),
        judged(f"{name}, notifications, worst", max(with_them), f"<= {longest}", "s"),
    ]


def _of(waits: list[float]) -> str:
    return f"{len(waits)} passes"
