"""The queue on disk: one SQLite file, committed at every change, so that a killed manager resumes where it was.

Keeps and returns jobs; decides nothing.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from flatiron_tasks.backburner.records import ArchiveEntry
from flatiron_tasks.contracts.errors import BadInputError
from workers.farm.jobs import Job, JobSpec, Task, TaskState, apply_progress, new_job, progress_to_json

# Fields of JobSpec that queues of earlier versions do not have.
_ADDED: Final[dict[str, Any]] = {"dependencies": [], "nonconcurrent": False}

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS jobs (
    place INTEGER PRIMARY KEY AUTOINCREMENT, handle INTEGER UNIQUE NOT NULL, submitted REAL NOT NULL,
    spec TEXT NOT NULL, progress TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS tasks (
    handle INTEGER NOT NULL REFERENCES jobs(handle) ON DELETE CASCADE, number INTEGER NOT NULL,
    state INTEGER NOT NULL, server TEXT NOT NULL, assignment INTEGER NOT NULL, PRIMARY KEY (handle, number));
CREATE TABLE IF NOT EXISTS archive (place INTEGER PRIMARY KEY AUTOINCREMENT, entry TEXT NOT NULL);
"""


class Store:
    """One open database. Use from one thread. Raises BadInputError if another manager has it open.

    `delay_s`: how much longer every change is to take, as on a slow disk.
    """

    def __init__(self, file: Path | str, *, delay_s: float = 0.0) -> None:
        self._delay_s = delay_s
        self._database = sqlite3.connect(file, timeout=1.0)
        try:
            self._database.execute("PRAGMA locking_mode=EXCLUSIVE")
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.execute("PRAGMA foreign_keys=ON")
            self._database.executescript(f"BEGIN EXCLUSIVE; {_SCHEMA} COMMIT;")
        except sqlite3.OperationalError as error:
            self._database.close()
            raise BadInputError(
                f"The queue {file} cannot be opened", why=str(error), advice="does another manager use it?"
            ) from error

    def close(self) -> None:
        """Release the file."""
        self._database.close()

    def jobs(self) -> list[Job]:
        """All jobs, in the order of their submission."""
        rows = self._database.execute("SELECT handle, submitted, spec, progress FROM jobs ORDER BY place").fetchall()
        return [self._job(*row) for row in rows]

    def add(self, job: Job) -> None:
        """Keep a new job with all its tasks, or nothing of it."""
        spec = json.dumps(job.spec.to_json())
        with self._change():
            self._database.execute(
                "INSERT INTO jobs (handle, submitted, spec, progress) VALUES (?, ?, ?, ?)",
                (job.handle, job.submitted, spec, _progress(job)),
            )
            self._database.executemany(
                "INSERT INTO tasks VALUES (?, ?, ?, ?, ?)", (_task_row(job, task) for task in job.tasks)
            )

    def save(self, job: Job, tasks: Iterable[Task] = ()) -> None:
        """Keep what changed: the job's own progress, and these of its tasks, together."""
        with self._change():
            self._database.execute("UPDATE jobs SET progress = ? WHERE handle = ?", (_progress(job), job.handle))
            self._database.executemany(
                "REPLACE INTO tasks VALUES (?, ?, ?, ?, ?)", (_task_row(job, task) for task in tasks)
            )

    def remove(self, job: Job, entry: ArchiveEntry | None = None) -> None:
        """Forget a job; with `entry`, its description goes to the archive at the same moment."""
        with self._change():
            self._database.execute("DELETE FROM jobs WHERE handle = ?", (job.handle,))
            if entry is not None:
                self._database.execute("INSERT INTO archive (entry) VALUES (?)", (json.dumps(asdict(entry)),))

    def archive(self) -> list[ArchiveEntry]:
        """Everything in the archive, oldest first."""
        rows = self._database.execute("SELECT entry FROM archive ORDER BY place").fetchall()
        return [ArchiveEntry(**json.loads(entry)) for (entry,) in rows]

    def _change(self) -> sqlite3.Connection:
        """One transaction as a context manager."""
        if self._delay_s:
            time.sleep(self._delay_s)
        return self._database

    def _job(self, handle: int, submitted: float, spec: str, progress: str) -> Job:
        job = new_job(handle, JobSpec.from_json({**_ADDED, **json.loads(spec)}), submitted)
        apply_progress(job, json.loads(progress))
        rows = self._database.execute(
            "SELECT number, state, server, assignment FROM tasks WHERE handle = ? ORDER BY number", (handle,)
        )
        job.tasks = [Task(number, TaskState(state), server, assignment) for number, state, server, assignment in rows]
        return job


def _progress(job: Job) -> str:
    return json.dumps(progress_to_json(job))


def _task_row(job: Job, task: Task) -> tuple[Any, ...]:
    return (job.handle, task.number, int(task.state), task.server, task.assignment)
