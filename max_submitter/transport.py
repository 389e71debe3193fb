"""Announce a job to the workers: one small message through Celery's broker. The only file here that imports Celery."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from flatiron_tasks.contracts.channels import ACCEPT_TASK, FRONT_DESK_QUEUE
from flatiron_tasks.contracts.errors import SettingsError, TransportError

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
    """Sends job ids to the front desk. Connects per message, so that an idle 3ds Max holds no connection.

    The account behind the URL needs LPUSH on one key (and HELLO, AUTH, PING, SELECT, CLIENT): nothing is declared, no
    result is asked for, and the arguments are one job id as JSON.
    """

    def __init__(self, redis_url: str, *, timeout_seconds: float = 5) -> None:
        """Keep the address; nothing connects before the first message. Raises SettingsError for an impossible one."""
        _check_address(redis_url)
        self._url = redis_url
        self._timeout = timeout_seconds

    def send(self, job_id: str) -> None:
        """Publish the message that a job is complete on the share. A job announced twice is still one job.

        Raises TransportError if Redis cannot be reached or refuses (after a lost answer the message may be there),
        SettingsError if Celery or redis-py is not installed.
        """
        try:
            self._send(job_id)
        except ImportError as error:
            raise SettingsError(
                f"This Python cannot announce bake job {job_id}.",
                why=str(error),
                advice=f"Install celery and redis for {sys.executable}.",
            ) from error

    def _send(self, job_id: str) -> None:
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
                _publish(app, connection, job_id)
            except refusals as error:
                raise self._error(job_id, connection.as_uri(), error) from error

    def _transport_options(self) -> dict[str, object]:
        return {**_OPTIONS, "socket_timeout": self._timeout, "socket_connect_timeout": self._timeout}

    def _error(self, job_id: str, address: str, error: BaseException) -> TransportError:
        return TransportError(
            f"Bake job {job_id} could not be announced at {address}.",
            why=f"{type(error).__name__}: {error}",
            advice="Check that Redis runs there, that this machine may connect and that its account may use the queue "
            f"{FRONT_DESK_QUEUE}, then send the message again.",
        )


def _publish(app: Celery, connection: Connection, job_id: str) -> None:
    app.send_task(
        ACCEPT_TASK,
        args=[job_id],
        queue=FRONT_DESK_QUEUE,
        declare=[],  # the queue belongs to the workers
        connection=connection,
        serializer="json",
        ignore_result=True,
        retry=False,
    )


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
