"""What jobs that wait for the farm cost: ticks, sweeps, searches of the share, pages and views, by their number.

Time is moved by hand, second by second, as the clock of the workers would tick; costs are counted, not timed, wherever
they can be: commands by Redis, CPU time of the one thread that does everything (Redis, the manager and Celery's own
messages not included).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import redis

from flatiron_tasks.api import Desk
from flatiron_tasks.backburner.farm import BackburnerFarm
from flatiron_tasks.contracts.channels import artist_views
from flatiron_tasks.contracts.errors import FarmUnreachableError
from flatiron_tasks.pipeline.context import Context
from flatiron_tasks.pipeline.manager_health import failed
from flatiron_tasks.pipeline.publishing import publish
from flatiron_tasks.pipeline.steps import accept
from flatiron_tasks.pipeline.steps.poll import poll
from flatiron_tasks.pipeline.store import PREFIX, JobStore
from flatiron_tasks.pipeline.sweep_book import Listing
from flatiron_tasks.settings import Settings
from flatiron_tasks.tasks.poll import sweep, tick
from flatiron_tasks.tasks.publish import publish_alone
from tests.benchmarks.poll_farm import CountingManager
from tests.benchmarks.scale_clock import AskingClock
from tests.benchmarks.scale_cost import Cost, cost_of
from tests.benchmarks.scale_jobs import WaitingJobs, waiting_jobs
from tests.benchmarks.scale_redis import RedisMeter

QUIET_S = 3600.0
"""For so long nothing has moved: each job is looked at once in a tenth of it."""

SAMPLE = 200
"""So many jobs are looked at and published for the first time; the others get copies of what that made."""

_FORGOTTEN_EVERY, _EXPIRY_EVERY = 30, 10


@dataclass(frozen=True)
class WaitingCost:
    """Costs with so many jobs that wait. `minute` and `look` are per job, `memory` is bytes of one by kind."""

    number: int
    minute: Cost
    look: Cost
    idle_sweep: Cost
    search: Cost
    page: Cost
    outage: Cost
    view: Cost
    memory: dict[str, float]


@dataclass(frozen=True)
class WaitingRoom:
    """An installation in which jobs wait."""

    context: Context
    manager: CountingManager
    address: str
    clock: AskingClock
    meter: RedisMeter
    jobs: WaitingJobs

    def cost(self, action: Callable[[], object]) -> Cost:
        """Do it once, without the manager's thread."""
        return cost_of(self.meter, action, threads=False)

    def let_pass(self, seconds: int) -> None:
        """Let time pass as workers spend it: a tick and a publication every second, sweeps when they are due."""
        for second in range(seconds):
            self.clock.advance(1)
            self.meter.end_pauses("lock:tick", f"rest:{self.address}")
            if second % _FORGOTTEN_EVERY == 0:
                self.meter.end_pauses("lock:forgotten", "lock:stale-probes")
            if second % _EXPIRY_EVERY == 0:
                self.meter.end_pauses("lock:expiry")
            asked: list[str] = []
            tick(self.context, asked.append)
            for manager in asked:
                sweep(self.context, manager)
            publish_alone(self.context)


@contextmanager
def waiting_room(client: redis.Redis, folder: Path, number: int, passes: int) -> Iterator[WaitingRoom]:
    """Make an installation with so many waiting jobs; each is known to the sweep for `QUIET_S`."""
    clock, names = AskingClock(client), list[str]()
    with CountingManager(names) as manager, ExitStack() as opened:  # the manager ends when its client is gone
        address = f"127.0.0.1:{manager.port}"
        farm = opened.enter_context(closing(BackburnerFarm("127.0.0.1", manager.port, keep_connection=True)))
        settings = Settings(network_folders=(folder / "network",), share_probe_minutes=0, poll_seconds=5)
        context = Context(settings, JobStore(client, clock), clock, lambda _: farm, send=lambda _step: None)
        jobs = waiting_jobs(context, folder, address, number, passes)
        names.extend(jobs.names)
        manager.toggle(0)
        yield WaitingRoom(context, manager, address, clock, RedisMeter(client), jobs)


def measure_waiting(client: redis.Redis, folder: Path, number: int, passes: int, minutes: int) -> WaitingCost:
    """Everything that waiting costs with so many jobs."""
    client.flushdb()
    empty = RedisMeter(client).state().memory
    with waiting_room(client, folder, number, passes) as room:
        sample = min(number, SAMPLE)
        look = _first_looks(room, sample).per(sample)
        view = _publish(client, room, sample).per(sample)
        _copy_to_all(client, room, sample)
        memory: dict[str, float] = dict(room.meter.bytes_of(room.jobs.ids[0], room.jobs.artist(0)))
        memory["all"] = (room.meter.state().memory - empty) / number
        _spread_looks(room)
        idle = room.cost(lambda: poll(room.context, room.address))
        minute = room.cost(lambda: room.let_pass(60 * minutes)).per(number * minutes)
        search = room.cost(lambda: accept.accept_forgotten(room.context))
        page = room.cost(lambda: Desk(room.context).page(count=50))
        outage = room.cost(lambda: _lose_manager(room))
        return WaitingCost(number, minute, look, idle, search, page, outage, view, memory)


def _first_looks(room: WaitingRoom, sample: int) -> Cost:
    """Look at some jobs for the first time. A sweep has a time budget, so that there may be several."""
    book, now = room.context.store.sweeps, room.clock.now().timestamp()
    for job_id in room.jobs.ids[sample:]:
        book.postpone(room.address, job_id, now + QUIET_S)
    book.keep_listing(room.address, _listing(room))  # else all were new to the sweep, and would be looked at

    def look() -> None:
        while book.due(room.address, now):
            poll(room.context, room.address)

    return room.cost(look)


def _listing(room: WaitingRoom) -> Listing:
    return room.context.farms(room.address).jobs()


def _publish(client: redis.Redis, room: WaitingRoom, sample: int) -> Cost:
    """Publish the views of the jobs that were looked at; the others' marks go."""
    for job_id in room.jobs.ids[sample:]:
        client.zrem(f"{PREFIX}:dirty", job_id)

    def publish_all() -> None:
        while publish(room.context):
            pass

    return room.cost(publish_all)


def _copy_to_all(client: redis.Redis, room: WaitingRoom, sample: int) -> None:
    """Let the other jobs stand as those stand that were looked at: looking at each would take a quarter of an hour."""
    store, listing = room.context.store, _listing(room)
    record = store.load(room.jobs.ids[0])
    assert record.sighting is not None
    view = str(client.hget(artist_views(record.artist), record.job_id))
    for number, job_id in enumerate(room.jobs.ids[sample:], sample):
        seen = replace(record.sighting, handle=listing[room.jobs.names[number]].handle)
        store.note(job_id, "sighting", seen.to_json())
        store.note(job_id, "farm_note", record.farm_note)
        client.hset(artist_views(room.jobs.artist(number)), job_id, view)
        client.zrem(f"{PREFIX}:dirty", job_id)


def _spread_looks(room: WaitingRoom) -> None:
    """Let an hour pass in which nobody looked; the next looks are due one after the other, as jobs came."""
    room.clock.advance(QUIET_S)
    now, step = room.clock.now().timestamp(), QUIET_S / 10 / len(room.jobs.ids)
    for number, job_id in enumerate(room.jobs.ids):
        room.context.store.sweeps.postpone(room.address, job_id, now + 1 + step * number)


def _lose_manager(room: WaitingRoom) -> None:
    """The manager stops answering: the views of all its jobs are out of date at once."""
    book = room.context.store.sweeps
    error = FarmUnreachableError("The manager is away.")
    health = failed(book.health(room.address), room.address, error, room.clock.now().timestamp())
    book.keep_health(room.address, health)
