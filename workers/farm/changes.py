"""The commands that are answered with one status line: a job's state, and everything that changes a job."""

from __future__ import annotations

from typing import Final

from flatiron_tasks.backburner import assumptions, wire
from flatiron_tasks.contracts.errors import FarmRefusedError
from workers.farm.job_queue import JobQueue
from workers.farm.jobs import Job
from workers.farm.node import Node

OK: Final = wire.status(200, "OK")
_BAD_VALUE: Final = wire.status(assumptions.UNKNOWN_COMMAND_CODE, "Unknown value")
_NO_TASK: Final = wire.status(assumptions.NOT_FOUND_CODE, "Task not found")


class Changes:
    """Each method answers one command with its whole reply."""

    def __init__(self, queue: JobQueue) -> None:
        self._queue = queue

    def state(self, job: Job) -> bytes:
        """`get jobstate JOB`."""
        return wire.status(200, str(int(job.wire_state)))

    def task_name(self, job: Job, number: str) -> bytes:
        """`get taskname JOB TASK`; what a real manager takes and answers here is not known."""
        task = int(number) if number.isascii() and number.isdecimal() and len(number) <= 7 else 0
        return wire.status(200, job.task_name(task)) if 1 <= task <= len(job.tasks) else _NO_TASK

    def set_state(self, job: Job, wish: str) -> bytes:
        """`set jobstate JOB 1|0`: suspend, activate."""
        if wish == assumptions.SET_STATE_SUSPEND:
            self._queue.suspend(job)
        elif wish == assumptions.SET_STATE_ACTIVATE:
            self._queue.activate(job)
        else:
            return _BAD_VALUE
        return OK

    def set_priority(self, job: Job, value: str) -> bytes:
        """`set jobpriority JOB 0..100`."""
        if value not in {str(number) for number in range(assumptions.PRIORITY_SUSPENDED + 1)}:
            return _BAD_VALUE
        self._queue.set_priority(job, int(value))
        return OK

    def put_away(self, job: Job) -> bytes:
        """`set jobarchive JOB`: archive a complete job now; what a real manager means by it is not known."""
        try:
            self._queue.put_away(job)
        except FarmRefusedError as refusal:
            return wire.status(assumptions.JOB_REFUSED_CODE, refusal.what)
        return OK

    def delete(self, job: Job) -> bytes:
        """`del job JOB`."""
        self._queue.delete(job)
        return OK

    def restart(self, job: Job) -> bytes:
        """`restart job JOB`: wipe its complete tasks and begin at the first."""
        self._queue.restart(job)
        return OK

    def take_server_off(self, job: Job, server: Node) -> bytes:
        """`del jobserver JOB SERVER`."""
        self._queue.take_server_off(job, server.name)
        return OK

    def put_server_on(self, job: Job, server: Node) -> bytes:
        """`new jobserver JOB SERVER`."""
        self._queue.put_server_on(job, server.name)
        return OK
