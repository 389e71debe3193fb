"""The workers: who there is, which queues are served, what each says of itself.

Celery's remote control lists the workers, also older ones that know nothing of the doctor. Then a ping goes through
every queue that somebody serves, and all workers are asked for a report; both answer into one hash in Redis.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from celery import Celery

from workers.doctor import answer_book
from workers.doctor.worker_side import PING_TASK, REPORT_COMMAND

CENSUS_S = 2.0
"""How long workers may take to say that they are there; all of it is always used."""

ANSWERS_S = 14.0
"""How long pings and reports may take; longer than a report takes on a share that hangs."""

_PAUSE_S = 0.05


@dataclass(frozen=True)
class WorkerFacts:
    """`queues`: worker -> queues that it serves; `busy`: workers all of whose processes are at work."""

    queues: Mapping[str, tuple[str, ...]]
    busy: frozenset[str]
    answers: answer_book.Answers

    @property
    def served(self) -> frozenset[str]:
        """Queues that some worker serves."""
        return frozenset(queue for queues in self.queues.values() for queue in queues)


def look(app: Celery, client: Any, queues: Collection[str]) -> WorkerFacts:
    """Ask all workers, those of `queues` by a ping too. Raises the errors of redis-py and kombu."""
    inspect = app.control.inspect(timeout=CENSUS_S)
    found = inspect.active_queues() or {}
    served = {worker: tuple(item["name"] for item in items) for worker, items in sorted(found.items())}
    facts = WorkerFacts(served, frozenset(), answer_book.Answers())
    if not served:
        return facts
    pinged = facts.served.intersection(queues)
    answers = _ask(app, client, pinged, frozenset(served))
    busy = _busy(app, served) if pinged - answers.pings.keys() else frozenset()
    return WorkerFacts(served, busy, answers)


def _ask(app: Celery, client: Any, queues: Collection[str], workers: Collection[str]) -> answer_book.Answers:
    nonce = secrets.token_hex(16)
    app.control.broadcast(REPORT_COMMAND, arguments={"nonce": nonce})
    for queue in queues:
        app.send_task(PING_TASK, kwargs={"nonce": nonce}, queue=queue, retry=False, kwargsrepr="from the doctor")
    return _wait_for(client, nonce, queues, workers)


def _wait_for(client: Any, nonce: str, queues: Collection[str], workers: Collection[str]) -> answer_book.Answers:
    end, pause = time.monotonic() + ANSWERS_S, threading.Event()
    while True:
        answers = answer_book.read(client, nonce)
        is_complete = set(queues) <= answers.pings.keys() and set(workers) <= {*answers.reports, *answers.unreadable}
        if is_complete or time.monotonic() > end:
            return answers
        pause.wait(_PAUSE_S)


def _busy(app: Celery, workers: Mapping[str, object]) -> frozenset[str]:
    """Asked only when a ping was not answered: it may wait behind long work."""
    inspect = app.control.inspect(list(workers), timeout=CENSUS_S)
    active, stats = inspect.active() or {}, inspect.stats() or {}
    slots = {worker: item.get("pool", {}).get("max-concurrency", 1) for worker, item in stats.items()}
    return frozenset(worker for worker, tasks in active.items() if len(tasks) >= slots.get(worker, 1))
