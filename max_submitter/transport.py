"""Tell the workers of a job, or ask something of one: one small message through Celery's broker each.

The only file here that imports Celery.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from flatiron_tasks.contracts.channels import ACCEPT_TASK, account_of_url, front_desk_queue
from flatiron_tasks.contracts.errors import SettingsError, TransportError
from flatiron_tasks.contracts.redis_address import with_tls
from flatiron_tasks.contracts.requests import Request, read_request

if TYPE_CHECKING:
    from celery import Celery
    from kombu import Connection

_SCHEMES: Final = ("redis", "rediss", "redis+socket", "sentinel", "memory")
_OPTIONS: Final = {
    "max_retries": 0,  # kombu would try to connect for ever
    "retry_on_timeout": False,  # a lost answer may hide a success, and a second message is not ours to decide
    "socket_keepalive": True,
}


class CeleryTransport:
    """Sends messages to the front desk. Connects per message, so that an idle 3ds Max holds no connection.

    The account of the URL has a queue of its own, by which the workers know it. It needs LPUSH on that key (and HELLO,
    AUTH, PING, SELECT, CLIENT): nothing is declared, no result is asked for, and the arguments are a job id, and few
    others, as JSON.
    """

    def __init__(self, redis_url: str, *, timeout_seconds: float = 5) -> None:
        """Keep the address; nothing connects before the first message. Raises SettingsError for an impossible one."""
        _check_address(redis_url)
        self._url = with_tls(redis_url)
        self._queue = front_desk_queue(account_of_url(redis_url))
        self._timeout = timeout_seconds

    def send(self, job_id: str) -> None:
        """Publish the message that a job is complete on the share. A job announced twice is still one job.

        Raises TransportError if Redis cannot be reached or refuses (after a lost answer the message may be there),
        SettingsError if Celery or redis-py is not installed, BadInputError for an impossible id.
        """
        self._publish(read_request(ACCEPT_TASK, [job_id]))

    def ask(self, task: str, job_id: str, *arguments: object) -> None:
        """Ask something of a job that the workers know: a task of `channels.REQUEST_TASKS` and what it takes.

        Outcome or refusal comes as an event of the job. Asking twice is harmless. Raises as `send` does, and
        BadInputError for a task or arguments that the front desk would refuse.
        """
        self._publish(read_request(task, [job_id, *arguments]))

    def _publish(self, request: Request) -> None:
        try:
            self._publish_by_celery(request)
        except ImportError as error:
            raise SettingsError(
                f"This Python cannot {_purpose(request)}.",
                why=str(error),
                advice=f"Install celery and redis for {sys.executable}.",
            ) from error

    def _publish_by_celery(self, request: Request) -> None:
        from celery import Celery  # noqa: PLC0415 - half a second, and not there in every 3ds Max
        from kombu.exceptions import KombuError  # noqa: PLC0415

        app = Celery("flatiron-submitter", broker=self._url, set_as_current=False)
        app.conf.update(broker_transport_options=self._transport_options(), task_send_sent_event=False)
        with app.connection_for_write(connect_timeout=self._timeout) as connection:
            refusals: tuple[type[BaseException], ...] = (
                OSError,
                KombuError,
                *connection.connection_errors,
                *connection.channel_errors,
            )
            try:
                _send(app, connection, request, self._queue)
            except refusals as error:
                raise _error(request, self._queue, connection.as_uri(), error) from error

    def _transport_options(self) -> dict[str, object]:
        return {**_OPTIONS, "socket_timeout": self._timeout, "socket_connect_timeout": self._timeout}


def _send(app: Celery, connection: Connection, request: Request, queue: str) -> None:
    app.send_task(
        request.task,
        args=[request.job_id, *request.arguments],
        queue=queue,
        argsrepr=request.shown,
        declare=[],  # the queue belongs to the workers
        connection=connection,
        serializer="json",
        ignore_result=True,
        retry=False,
    )


def _purpose(request: Request) -> str:
    if request.task == ACCEPT_TASK:
        return f"announce bake job {request.job_id}"
    return f"ask {request.task} of job {request.job_id}"


def _error(request: Request, queue: str, address: str, error: BaseException) -> TransportError:
    return TransportError(
        f"No message got through to {address} to {_purpose(request)}.",
        why=f"{type(error).__name__}: {error}",
        advice=f"{_remedy(queue, error)}, then send the message again.",
    )


def _remedy(queue: str, error: BaseException) -> str:
    if "maxmemory" in str(error):  # redis.OutOfMemoryError, or what Celery made of it
        return "Redis is full. Nothing is lost: tell the TD to make room in it"
    return f"Check that Redis runs there, that this machine may connect and that its account may use the queue {queue}"


def _check_address(redis_url: str) -> None:
    try:
        parts = urlsplit(redis_url)
        known = parts.scheme in _SCHEMES and (parts.port is None or parts.port > 0)
    except ValueError:
        known = False
    if not known:
        raise SettingsError(
            "The address of Redis is none that Celery can use.",  # not shown: it may hold a password
            advice=f"Write it as redis://host:6379/0; it may begin with {', '.join(_SCHEMES)}.",
        )
