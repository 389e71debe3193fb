"""After the faults: everything comes back, everything under way comes to its end, and what there is is read once."""

from __future__ import annotations

import time
from collections.abc import Callable, Sized
from typing import TYPE_CHECKING, Any, TypeVar

from workers.chaos.checker import Violation, leftovers
from workers.chaos.checker.submissions import left_open

if TYPE_CHECKING:
    from workers.chaos.run import Run

_LOOK_S, _QUIET_S = 0.2, 45.0
_JOB = "flatiron:job:"
_Found = TypeVar("_Found", bound=Sized)


def calm_down(run: Run) -> None:
    """End all faults, the submitters and the ticking, and wait until nothing is under way."""
    run.injector.end_all()
    run.stack.seam.give_mortals(0)
    run.stack.wait_until_ready()
    run.redis = run.connect()  # the old one may have been cut
    _wait_for_nothing(lambda: left_open(run.stack.submitters), _QUIET_S)
    run.clients.tick()
    for name in [name for name in run.stack.services if name.startswith(("submitter", "sweep"))]:
        _end(run, name)
    _wait_for_nothing(lambda: leftovers.messages_left(run.redis), _QUIET_S / 3)
    leftovers.age_unacknowledged(run.redis)
    left = _wait_for_nothing(lambda: leftovers.messages_left(run.redis), _QUIET_S)
    run.violations += [Violation("message or lease", "", f"{name}: {count} left") for name, count in left.items()]
    run.violations += [Violation("lock", "", f"{name} never ends") for name in leftovers.keys_for_ever(run.redis)]
    run.records = {job_id: _record(run.redis, job_id) for job_id in run.clients.sent}
    run.redis_memory.measure(run.redis, run.endings)
    run.observer.finish()
    run.states = _states(run)


def _end(run: Run, name: str) -> None:
    run.stack.hold(name)
    process = run.stack.process(name)
    if process is not None:
        process.terminate()


def _wait_for_nothing(look: Callable[[], _Found], seconds: float) -> _Found:
    """What is left when nothing is, or after so long."""
    end = time.monotonic() + seconds
    while len(left := look()) and time.monotonic() < end:
        time.sleep(_LOOK_S)
    return left


def _record(client: Any, job_id: str) -> dict[str, Any]:
    parts = ("", ":passes", ":textures", ":sent")
    return {part or "job": client.hgetall(f"{_JOB}{job_id}{part}") for part in parts}


def _states(run: Run) -> dict[str, str]:
    """Job id -> state of all jobs that anybody ever heard of: by event, or by record."""
    heard = {event["job_id"]: str(event["state"]) for _, event in run.observer.events}
    names = [name for name in run.redis.scan_iter(f"{_JOB}*", count=1000) if name.count(":") == _JOB.count(":")]
    return heard | {name.removeprefix(_JOB): run.redis.hget(name, "state") or "unknown" for name in names}
