"""`flatiron worker`: a Celery worker in this process."""

from __future__ import annotations

import os
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from workers.cli.exit_codes import ExitCode
from workers.cli.session import session_of

if TYPE_CHECKING:
    from celery import Celery


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
    one_thread: Annotated[
        bool, typer.Option("--one-thread", help="Do one task at a time in this process, as always on Windows.")
    ] = os.name == "nt",
) -> None:
    """Run a worker until SIGTERM (it finishes what it does) or Ctrl-C.

    It knows the tasks of its roles only and refuses all others. The front desk reads messages from artists: in
    production give it a worker, and a Redis account, of its own.
    """
    from flatiron_tasks.tasks.app import make_app  # noqa: PLC0415 - Celery loads slowly
    from flatiron_tasks.tasks.queues import served_queues  # noqa: PLC0415 - as above
    from workers.doctor.worker_side import register  # noqa: PLC0415 - as above

    if one_thread and concurrency not in (None, 1):
        raise typer.BadParameter("A worker in one thread does one task at a time: start several.")
    session = session_of(context)
    session.set_up_service_logging()
    roles = queues or list(Role)
    if not MERGING.isdisjoint(roles):
        from flatiron_tasks.imaging.warm_up import warm_up  # noqa: PLC0415 - loads the compiler

        warm_up()
    wanted = [role.queue for role in dict.fromkeys(roles)]
    served = served_queues(wanted, session.settings.artists)
    app = make_app(session.settings, wanted)
    register(app, session.settings)
    arguments = worker_arguments(served, concurrency, hostname, session.log_level, one_thread=one_thread)
    raise typer.Exit(run(app, arguments))


def run(app: Celery, arguments: list[str]) -> int:
    """Run Celery's own command and return its exit code: 0 after a warm shutdown, which is what SIGTERM asks for.

    Whoever supervises the process must see a failure. `Celery.start` drops the code of a worker that has ended by an
    error that it logged (Celery 5.7); and one that ends at once, because nobody waits for what it does, has none.
    """
    from celery.bin.celery import celery  # noqa: PLC0415 - Celery loads slowly

    code: int | None = celery.main(args=arguments, standalone_mode=False, default_map={"app": app})
    return ExitCode.INTERNAL if code is None else code


def worker_arguments(
    queues: Sequence[str], concurrency: int | None, hostname: str | None, log_level: str, *, one_thread: bool = False
) -> list[str]:
    """Celery's own command line for these options.

    `one_thread`: Celery's process pool needs fork, which Windows lacks. Its pool `threads` answers pings at work,
    other than `solo`; one thread, because a connection to a farm manager belongs to one task at a time. Neither has
    time limits: a step that hangs there holds its lease until the service is started anew.
    """
    arguments = ["worker", f"--loglevel={log_level}", f"--queues={','.join(queues)}"]
    # Workers need nothing of each other; what they do not listen to, their accounts need no right for.
    arguments += ["--without-gossip", "--without-mingle"]
    if one_thread:
        arguments += ["--pool=threads", "--concurrency=1"]
    elif concurrency is not None:
        arguments.append(f"--concurrency={concurrency}")
    if hostname is not None:
        arguments.append(f"--hostname={hostname}")
    return arguments
