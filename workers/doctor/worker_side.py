"""What every worker does for the doctor: answer a ping that came through one of its queues, and report on itself.

The report is made by a process of its own: a share that hangs would hang the worker's own loop, and OpenImageIO's
threads do not survive the forks of Celery's pool. Nothing that arrives says which program runs or what it looks at.
"""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any, cast

from celery import Celery, Task
from celery.worker.control import control_command

from flatiron_tasks.contracts.errors import BadInputError, ForbiddenError
from flatiron_tasks.pipeline.store import connect
from flatiron_tasks.settings import Settings
from flatiron_tasks.tasks.accounts import account_of
from flatiron_tasks.tasks.queues import FRONT_DESK
from workers.doctor import answer_book
from workers.doctor.worker_report import Order

log = logging.getLogger(__name__)
PING_TASK = "flatiron.ping"
REPORT_COMMAND = "flatiron_report"
REPORT_PROGRAM = (sys.executable, "-m", "workers.doctor.worker_report")
_MOST_REPORTS = 3
"""Reports under way at once, of a worker whose share hangs."""


def register(app: Celery, settings: Settings, *, program: Sequence[str] = REPORT_PROGRAM) -> None:
    """Let the workers of this app answer. `program` makes the report."""
    _register_ping(app, settings)
    _register_report(settings, program)


def _register_ping(app: Celery, settings: Settings) -> None:
    strategy = "flatiron_tasks.tasks.gate:strategy"  # the front desk takes pings too

    @app.task(name=PING_TASK, bind=True, shared=False, typing=False, send_events=False, Strategy=strategy)
    def flatiron_ping(task: Task[Any, Any], /, nonce: object = None, *_: object, **__: object) -> None:
        delivery = cast("Mapping[str, object]", task.request.delivery_info or {})
        answer_ping(settings, str(nonce), queue_of(delivery, settings.artists), str(task.request.hostname))


def answer_ping(settings: Settings, nonce: str, queue: str, worker: str) -> None:
    """Write that a ping was taken from this queue. Raises BadInputError for a nonce that is none."""
    _check(nonce)
    answer = answer_book.PingAnswer(worker=worker, host=socket.gethostname(), pid=os.getpid())
    with connect(settings.redis_url) as client:
        answer_book.write(client, nonce, answer_book.QUEUE + queue, answer)


def queue_of(delivery: Mapping[str, object], artists: Sequence[str]) -> str:
    """The queue that a message was taken from. Raises ForbiddenError for an artist's: only the staff asks."""
    queue = str(delivery.get("routing_key"))
    if queue.startswith(FRONT_DESK) and account_of(delivery, artists) is not None:
        raise ForbiddenError("Artists ask no worker how it is.")
    return queue


def _register_report(settings: Settings, program: Sequence[str]) -> None:
    reporters: list[subprocess.Popen[bytes]] = []

    @control_command(name=REPORT_COMMAND)
    def flatiron_report(state: Any, nonce: object = None, **_: object) -> dict[str, str]:
        reporters[:] = [reporter for reporter in reporters if reporter.poll() is None]
        if len(reporters) >= _MOST_REPORTS or not answer_book.NONCE.fullmatch(str(nonce)):
            return {"error": "no report"}
        reporters.append(_begin_report(program, _order(settings, str(nonce), str(state.hostname))))
        return {"ok": "reporting"}


def _order(settings: Settings, nonce: str, worker: str) -> Order:
    folders = tuple(map(str, settings.network_folders))
    return Order(redis_url=settings.redis_url, nonce=nonce, worker=worker, folders=folders)


def _begin_report(program: Sequence[str], order: Order) -> subprocess.Popen[bytes]:
    """The order goes through standard input: it holds the password of Redis, and everybody may read a command line."""
    reporter = subprocess.Popen(list(program), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    assert reporter.stdin is not None  # noqa: S101 - for the type checker: it is a pipe
    try:
        with reporter.stdin as stream:
            stream.write(order.model_dump_json().encode("utf-8"))
    except BrokenPipeError:
        log.warning("The report for the doctor ended before it began.")
    return reporter


def _check(nonce: str) -> None:
    if not answer_book.NONCE.fullmatch(nonce):
        raise BadInputError(f"{nonce!r:.80} is no nonce of the doctor's.")
