"""Is anything left: temporary files, job folders, leases, messages, farm jobs, processes?"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psutil

from workers.chaos.checker import Violation
from workers.chaos.checker.decoys import Decoys

VISIBILITY_S = 1800
"""After so long the broker gives a message to another worker."""

_QUEUES = "flatiron.*"
_OF_JOBS_THAT_STAY = ("job.desc", "ended.json")
_PROOFS = "flatiron-proofs"


def check_share(share: Path, decoys: Decoys, kept: Iterable[str]) -> list[Violation]:
    """Nothing but proofs, decoys and the folders of jobs (their names) that did not end well."""
    kept = set(kept)
    flaws = []
    for path in sorted(share.rglob("*")):
        name = path.relative_to(share).parts[0]
        if name in kept or decoys.is_ours(path) or path.parts[-1] == _PROOFS:
            continue
        if name == _PROOFS and path.suffix != ".tmp":
            continue
        if name in decoys.jobs and path.name in _OF_JOBS_THAT_STAY:
            continue
        if any(parent.is_symlink() for parent in path.parents):
            continue
        flaws.append(Violation("left on the share", _job_id(name), str(path), (str(share / name),)))
    return flaws


def check_folders(*folders: Path) -> list[Violation]:
    """These folders are empty, but for what a killed process cannot have removed, and somebody removes later."""
    found = [path for folder in folders if folder.is_dir() for path in sorted(folder.iterdir())]
    return [Violation("temporary file", "", f"{path} is left") for path in found if not _is_removed_later(path)]


def _is_removed_later(path: Path) -> bool:
    """Empty folders of multiprocessing, and marked ones, which the next of their kind removes when they are old."""
    if not path.is_dir():
        return False
    names = {item.name for item in path.iterdir()}
    return (path.name.startswith("pymp-") and not names) or any(name.startswith("made-by-flatiron-") for name in names)


def messages_left(client: Any) -> dict[str, int]:
    """Queues, unacknowledged messages and leases that are not empty: name -> how many."""
    found = {name: client.llen(name) for name in client.scan_iter(_QUEUES, _type="list")}
    unacked = {"unacked": client.hlen("unacked"), "unacked_index": client.zcard("unacked_index")}
    leases = dict.fromkeys(client.scan_iter("flatiron:lease:*"), 1)
    return {name: count for name, count in {**found, **unacked, **leases}.items() if count}


def age_unacknowledged(client: Any) -> None:
    """Let messages of workers that died come back now, and not after half an hour: kombu's index holds their times."""
    for tag, taken_at in client.zrange("unacked_index", 0, -1, withscores=True):
        client.zadd("unacked_index", {tag: taken_at - VISIBILITY_S}, xx=True)


def keys_for_ever(client: Any) -> list[str]:
    """Locks that no time ends."""
    return [name for name in client.scan_iter("flatiron:lock:*") if client.ttl(name) < 0]


def check_farm(database: Path) -> list[Violation]:
    """The queue of the farm's manager, which has ended, holds no job."""
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as queue:
        rows = queue.execute("SELECT spec FROM jobs").fetchall()
    return [Violation("farm job", "", f"left in the manager's queue: {spec[:200]}") for (spec,) in rows]


def check_processes(marker: str, own: int) -> list[Violation]:
    """No process but the own one has `marker` (a private folder) in its command line or environment."""
    flaws = []
    for process in psutil.process_iter():
        try:
            texts = [*process.cmdline(), *process.environ().values()]
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
        if process.pid != own and any(marker in text for text in texts):
            flaws.append(Violation("process", "", f"{process.pid} is left: {' '.join(texts[:6])[:200]}"))
    return flaws


def _job_id(folder: str) -> str:
    return folder.removeprefix("flatiron-")
