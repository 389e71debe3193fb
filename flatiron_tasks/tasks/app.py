"""The Celery app: every setting with its reason. Tasks carry ids only, as JSON; the record drives them."""

from __future__ import annotations

import ssl
from collections.abc import Collection, Mapping
from types import ModuleType
from typing import Any

from celery import Celery
from kombu import Queue

from flatiron_tasks.contracts.channels import account_of_url
from flatiron_tasks.contracts.redis_address import tls_options
from flatiron_tasks.pipeline.context import Context
from flatiron_tasks.settings import Settings
from flatiron_tasks.tasks import (
    accept,
    cancel,
    clean_temp,
    dispatch,
    front_desk,
    merge_pass,
    notify,
    poll,
    publish,
    replace_placeholder,
)
from flatiron_tasks.tasks.front_desk import OPERATIONS
from flatiron_tasks.tasks.poll import tick_seconds
from flatiron_tasks.tasks.queues import (
    BOOKS,
    DELIVER,
    DISPATCH,
    FRONT_DESK,
    MERGE,
    POLL,
    QUEUES,
    account_book,
    front_desk_queues,
    served_queues,
)
from flatiron_tasks.tasks.sent_at import stamp_messages
from flatiron_tasks.tasks.task_context import tell_tasks_in_logs

TASK_MODULES: Mapping[str, tuple[ModuleType, ...]] = {
    FRONT_DESK: (accept, front_desk),
    DISPATCH: (dispatch, cancel, notify),
    POLL: (poll, publish),
    MERGE: (merge_pass,),
    DELIVER: (replace_placeholder, clean_temp),
}
"""Queue -> what registers the tasks that it may hold."""

VISIBILITY_SECONDS = 1800
HARD_LIMIT_SECONDS = 1500

ROUTES = {
    "flatiron.accept": FRONT_DESK,
    **dict.fromkeys(OPERATIONS, FRONT_DESK),
    "flatiron.dispatch": DISPATCH,
    "flatiron.cancel": DISPATCH,
    "flatiron.notify": DISPATCH,
    "flatiron.poll_all": POLL,
    "flatiron.poll": POLL,
    "flatiron.publish": POLL,
    "flatiron.merge_pass": MERGE,
    "flatiron.replace_placeholder": DELIVER,
    "flatiron.clean_temp": DELIVER,
}


def make_app(settings: Settings, queues: Collection[str] = QUEUES) -> Celery:
    """Make the app of this installation with the tasks of these queues and no others. Connects to nothing yet."""
    stamp_messages()
    tell_tasks_in_logs()
    app = Celery("flatiron", broker=settings.redis_url, set_as_current=False)
    app.conf.update(configuration(settings))
    from flatiron_tasks.tasks.surroundings import make_context  # noqa: PLC0415 - needs the app's module to exist

    context: Context | None = None

    def get_context() -> Context:
        nonlocal context  # one per process, made after the fork: sockets must not be shared between processes
        context = context or make_context(settings, app)
        return context

    for module in (module for queue in queues for module in TASK_MODULES[queue]):
        module.register(app, get_context)
    app.finalize()
    _forget_builtin_tasks(app)
    return app


def _forget_builtin_tasks(app: Celery) -> None:
    """Celery's own tasks (`celery.group` …) send on whatever a message names, to any queue; none of ours needs them."""
    for name in [name for name in app.tasks if name.startswith("celery.")]:
        app.tasks.unregister(name)


def configuration(settings: Settings) -> dict[str, Any]:
    """Celery's settings."""
    return {
        # JSON only: who may write to the broker must not be able to run code by unpickling.
        "task_serializer": "json",
        "accept_content": ["json"],
        "result_serializer": "json",
        "timezone": "UTC",
        # A misspelt queue is an error at once, not a queue that nobody reads.
        "task_create_missing_queues": False,
        "task_default_queue": DISPATCH,
        "task_queues": [Queue(name) for name in served_queues(QUEUES, settings.artists)],
        "task_routes": {task: {"queue": _route(queue, settings)} for task, queue in ROUTES.items()},
        # A message is gone only when its work is done; every step may run twice.
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        # Without a bound, a step that kills its process would be redelivered for ever; no task retries itself.
        "task_retry_on_worker_lost": True,
        "task_annotations": {"*": {"max_retries": 2, "default_retry_delay": 1}},
        # Below the visibility time-out: a step that still runs must not be delivered again.
        "task_time_limit": HARD_LIMIT_SECONDS,
        "task_soft_time_limit": HARD_LIMIT_SECONDS - 120,
        # Merges differ in length by orders of magnitude: nobody may hoard messages.
        "worker_prefetch_multiplier": 1,
        # Image libraries may keep memory; a fresh process now and then is cheap.
        "worker_max_tasks_per_child": 200,
        "worker_max_memory_per_child": 4_000_000,
        # Redis may be restarted at any time; workers wait for it as long as it takes.
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_transport_options": _transport_options() | _books(account_of_url(settings.redis_url)),
        "broker_use_ssl": _tls(settings.redis_url),
        "visibility_timeout": VISIBILITY_SECONDS,
        # No results: the record is the truth, and nobody waits for a task.
        "task_ignore_result": True,
        "worker_consumer": "flatiron_tasks.tasks.consumer:CountingConsumer",
        # Our own: see `remote_control`.
        "flatiron_remote_control": settings.remote_control,
        # What Flower shows.
        "task_track_started": True,
        "worker_send_task_events": True,
        "task_send_sent_event": True,
        # SIGTERM: finish what runs if it is short, otherwise put the message back.
        "worker_soft_shutdown_timeout": 10,
        "worker_enable_soft_shutdown_on_idle": True,
        # A worker that could not be cleaned up by its parent must not keep the terminal's log format.
        "worker_hijack_root_logger": False,
        # Asks which farm managers are due for a sweep. No `expires`: it is a time of the sender's clock that the worker
        # compares with its own, and a worker whose clock is ahead would never sweep. Ticks that piled up cost one
        # question to Redis each.
        "beat_schedule": {
            "sweep": {
                "task": "flatiron.poll_all",
                "schedule": tick_seconds(settings),
                "options": {"queue": POLL},
            },
            "publish": {
                "task": "flatiron.publish",
                "schedule": publish.EVERY_SECONDS,
                "options": {"queue": POLL},
            },
            "notify": {
                "task": "flatiron.notify",
                "schedule": notify.EVERY_SECONDS,
                "options": {"queue": DISPATCH},
            },
        },
        "beat_max_loop_interval": max(0.5, tick_seconds(settings)),
    }


def _books(account: str) -> dict[str, str]:
    """Where kombu keeps the messages that programs of this account have taken: no account reaches another's."""
    return {f"{book}_key": account_book(account, book) for book in BOOKS} if account not in ("", "default") else {}


def _route(queue: str, settings: Settings) -> str:
    """Where this installation's own tools send: to the staff's desk, where artists have accounts."""
    return front_desk_queues(settings.artists)[0] if queue == FRONT_DESK else queue


def _tls(redis_url: str) -> dict[str, Any] | None:
    """The same as `redis_url` says, for Flower, which does not look there."""
    options: dict[str, Any] = dict(tls_options(redis_url))
    return {**options, "ssl_cert_reqs": ssl.CERT_REQUIRED, "ssl_check_hostname": True} if options else None


def _transport_options() -> dict[str, Any]:
    return {
        # Nothing here has a priority, and each step would be a list more per queue to wait for and to give rights to.
        "priority_steps": [0],
        "visibility_timeout": VISIBILITY_SECONDS,
        # Unacknowledged messages come back soon after the visibility time-out, not up to 100 s later.
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        # A half-open connection is noticed.
        "socket_keepalive": True,
        "socket_timeout": 30,
        "socket_connect_timeout": 5,
        "health_check_interval": 25,
    }
