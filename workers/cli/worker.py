"""`flatiron worker`: a Celery worker in this process."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import Annotated

import typer

from workers.cli.session import session_of


class Role(StrEnum):
    """What a worker does; each role is a queue."""

    FRONT_DESK = "front-desk"
    DISPATCH = "dispatch"
    POLL = "poll"
    MERGE = "merge"
    DELIVER = "deliver"

    @property
    def queue(self) -> str:
        """Name of the queue in Redis."""
        return f"flatiron.{self.value}"


MERGING = frozenset({Role.MERGE, Role.DELIVER})


def worker(
    context: typer.Context,
    queues: Annotated[
        list[Role] | None, typer.Option(help="Role of this worker; repeatable. All roles by default.")
    ] = None,
    concurrency: Annotated[
        int | None, typer.Option(min=1, help="Tasks at the same time. By default one per processor core.")
    ] = None,
    hostname: Annotated[str | None, typer.Option(help="Name of the worker, for example merge@%h.")] = None,
) -> None:
    """Run a worker until SIGTERM (it finishes what it does) or Ctrl-C.

    It knows the tasks of its roles only and refuses all others. The front desk reads messages from artists: in
    production give it a worker, and a Redis account, of its own.
    """
    from flatiron_tasks.tasks.app import make_app  # noqa: PLC0415 - Celery loads slowly

    session = session_of(context)
    roles = queues or list(Role)
    if not MERGING.isdisjoint(roles):
        from flatiron_tasks.imaging.warm_up import warm_up  # noqa: PLC0415 - loads the compiler

        warm_up()
    app = make_app(session.settings, [role.queue for role in dict.fromkeys(roles)])
    code: int | None = app.start(worker_arguments(roles, concurrency, hostname, session.log_level))
    raise typer.Exit(code or 0)


def worker_arguments(roles: list[Role], concurrency: int | None, hostname: str | None, log_level: str) -> list[str]:
    """Celery's own command line for these options."""
    arguments = ["worker", f"--loglevel={log_level}", f"--queues={','.join(role.queue for role in roles)}"]
    if os.name == "nt":  # Celery's process pool needs fork
        arguments.append("--pool=threads")
    if concurrency is not None:
        arguments.append(f"--concurrency={concurrency}")
    if hostname is not None:
        arguments.append(f"--hostname={hostname}")
    return arguments
