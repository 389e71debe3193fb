"""The program that a worker starts to report on itself: clock, versions, network folders, image formats.

Runs with the worker's account on the worker's machine. The order comes through standard input, the report goes to
Redis. Folders are looked at beside each other; one that hangs is reported as hanging.
"""

from __future__ import annotations

import hashlib
import os
import platform
import socket
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from flatiron_tasks.imaging.format_check import troubles_by_format
from flatiron_tasks.pipeline.store import connect
from workers.doctor import answer_book
from workers.doctor.folder_trial import try_folder
from workers.doctor.looking import Look, Seen
from workers.node.build import build_node_program

LIMIT_S = 8.0
"""Seconds for each folder, and for all image formats."""

PACKAGES = {"flatiron": "flatiron-network", "celery": "celery", "kombu": "kombu", "OpenImageIO": "OpenImageIO"}


class Order(BaseModel):
    """What the worker tells this program. `folders` are network folders as this machine sees them."""

    redis_url: str
    nonce: str
    worker: str
    folders: tuple[str, ...]


def own_versions() -> dict[str, str]:
    """Versions of the parts that must agree; `node program` is a hash of what this Python would pack."""
    node_program = hashlib.sha256(build_node_program()).hexdigest()[:12]
    return {**{part: version(package) for part, package in PACKAGES.items()}, "node program": node_program}


def make_report(
    order: Order,
    client: Any,
    *,
    clock: Callable[[], float] = time.time,
    versions: Callable[[], dict[str, str]] = own_versions,
) -> answer_book.WorkerReport:
    """Look at everything. Raises the errors of redis-py."""
    off = clock_off(client, clock)
    folders = [_begin(Path(path), clock() - off) for path in order.folders]
    formats = Look("trying image formats", troubles_by_format, limit_s=LIMIT_S).sight()
    return answer_book.WorkerReport(
        worker=order.worker,
        host=socket.gethostname() or platform.node(),
        pid=os.getppid(),
        versions=versions(),
        clock_off_s=round(off, 3),
        folders=tuple(_folder(path, look) for path, look in zip(order.folders, folders, strict=True)),
        formats=formats.facts if isinstance(formats, Seen) else {"every format": formats.why},
    )


def clock_off(client: Any, clock: Callable[[], float] = time.time) -> float:
    """Seconds by which this machine's clock is ahead of Redis'."""
    asked = clock()
    seconds, microseconds = client.time()
    return (asked + clock()) / 2 - (float(seconds) + float(microseconds) / 1e6)


def _begin(folder: Path, now: float) -> Look[answer_book.FolderReport]:
    return Look("the folder", lambda: try_folder(folder, now), limit_s=LIMIT_S)


def _folder(path: str, look: Look[answer_book.FolderReport]) -> answer_book.FolderReport:
    sight = look.sight()
    return sight.facts if isinstance(sight, Seen) else answer_book.FolderReport(path=path, trouble=sight.why)


def main() -> int:
    """Read the order, write the report."""
    order = Order.model_validate_json(sys.stdin.buffer.read())
    with connect(order.redis_url) as client:
        answer_book.write(client, order.nonce, answer_book.WORKER + order.worker, make_report(order, client))
    return 0


if __name__ == "__main__":
    sys.exit(main())
