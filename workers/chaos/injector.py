"""Does what the schedule says, and undoes it when its time is over. Knows processes, Redis, share and farm."""

from __future__ import annotations

import heapq
import json
import random
import secrets
import shutil
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import count

import psutil
import redis

from flatiron_tasks.backburner.client import ManagerClient
from flatiron_tasks.contracts import channels
from flatiron_tasks.contracts.errors import FarmError
from workers.chaos.clients import Clients
from workers.chaos.forgeries import older_attempt, push, unknown_job
from workers.chaos.observer import Observer
from workers.chaos.schedule import Fault
from workers.chaos.signals import descendants, describe, send, send_all
from workers.chaos.stack import ChaosStack
from workers.embedded.redis_server import connect

_ORDERS = {
    "node-dies": "die",
    "node-slow": "slow",
    "node-garbage": "garbage",
    "node-truncates": "truncate",
    "node-lies": "lie",
}
_MESSAGES = {
    "messages-dropped": {"drop": 0.2},
    "messages-doubled": {"double": 1.0},
    "messages-late": {"delay": 0.5},
}
_RESOURCES = {
    "redis-kill": "redis",
    "redis-pause": "redis",
    "queue-lost": "manager",
    **dict.fromkeys(_MESSAGES, "messages"),
}
_SHARE = ("share-slow", "listings-late", "share-read-only", "share-full")
_SLOW_MS, _LATE_MS = 300, 3000


@dataclass
class Injection:
    """One fault that was injected, at these seconds of the run; `found` tells what it struck, empty if nothing."""

    fault: Fault
    at: float
    found: str
    recovered: float | None = None


@dataclass
class Injector:
    """Call `tick` often."""

    stack: ChaosStack
    clients: Clients
    observer: Observer
    seed: int
    injections: list[Injection] = field(default_factory=list)
    _ends: list[tuple[float, int, Callable[[], None], str]] = field(default_factory=list)
    _busy: set[str] = field(default_factory=set)
    _count: count[int] = field(default_factory=count)
    _wishes: dict[str, float] = field(default_factory=dict)

    def is_free(self, fault: Fault) -> bool:
        """Whether what the fault needs is not under another one already."""
        return _resource(fault) not in self._busy

    def inject(self, fault: Fault) -> Injection:
        """Let it strike."""
        action = getattr(self, f"_{fault.kind.replace('-', '_')}", None) or self._generic(fault)
        began = time.monotonic()
        self.injections.append(Injection(fault, began, action(fault)))
        return self.injections[-1]

    def tick(self) -> None:
        """End what is over."""
        while self._ends and self._ends[0][0] <= time.monotonic():
            self._end_next()

    def end_all(self) -> None:
        """End everything now."""
        while self._ends:
            self._end_next()
        for order in self.stack.orders.glob("*.[0-9]*"):
            order.unlink(missing_ok=True)

    def _end_next(self) -> None:
        _, _, undo, resource = heapq.heappop(self._ends)
        undo()
        self._busy.discard(resource)

    def _later(self, fault: Fault, undo: Callable[[], None]) -> None:
        resource = _resource(fault)
        self._busy.add(resource)
        heapq.heappush(self._ends, (time.monotonic() + fault.seconds, next(self._count), undo, resource))

    def _generic(self, fault: Fault) -> Callable[[Fault], str]:
        return self._order if fault.kind in _ORDERS else self._send_otherwise

    def _target(self, fault: Fault) -> psutil.Process | None:
        """The process; `<service>/child` is one that it started, or a service like it if it has started none."""
        name, _, child = fault.target.partition("/")
        if not child:
            return self.stack.process(name)
        role = name.partition("-")[0]
        alike = sorted(
            (other for other in self.stack.services if other.startswith(role)), key=lambda other: other != name
        )
        families = [descendants(process) for other in alike if (process := self.stack.process(other))]
        draw = random.Random(f"{self.seed} {fault.number}")  # noqa: S311 - a repeatable draw
        return next((draw.choice(family) for family in families if family), None)

    def _kill(self, fault: Fault) -> str:
        return self._signal(fault, signal.SIGKILL)

    def _terminate(self, fault: Fault) -> str:
        return self._signal(fault, signal.SIGTERM)

    def _pause(self, fault: Fault) -> str:
        process = self._target(fault)
        if process is None:
            return ""
        family = [process]
        with suppress(psutil.Error):
            family += process.children(recursive=True)
        send_all(family, signal.SIGSTOP)
        self._later(fault, partial(send_all, family, signal.SIGCONT))
        return describe(process)

    def _signal(self, fault: Fault, number: signal.Signals) -> str:
        process = self._target(fault)
        if process is None:
            return ""
        found = describe(process)
        send(process, number)
        return found

    def _redis_kill(self, fault: Fault) -> str:
        self.stack.hold("redis")
        process = self.stack.process("redis")
        if process is not None:
            send(process, signal.SIGKILL)
        self._later(fault, lambda: self.stack.release("redis"))
        return "redis"

    def _redis_pause(self, fault: Fault) -> str:
        process = self.stack.process("redis")
        if process is None:
            return ""
        send(process, signal.SIGSTOP)
        self._later(fault, lambda: send(process, signal.SIGCONT))
        return "redis"

    def _redis_flush(self, fault: Fault) -> str:
        return self._with_redis(self.observer.flush)

    def _clients_killed(self, fault: Fault) -> str:
        return self._with_redis(lambda client: client.client_kill_filter(_type="normal", skipme=True))

    def _with_redis(self, action: Callable[[redis.Redis], object]) -> str:
        try:
            with connect(self.stack.redis_url) as client:
                return f"redis: {action(client)}"
        except redis.RedisError:
            return ""

    def _connections_cut(self, fault: Fault) -> str:
        self._wish(cuts=self._wishes.get("cuts", 0) + 1)
        return "every connection"

    def _send_otherwise(self, fault: Fault) -> str:
        """Messages dropped, doubled, late."""
        wishes = _MESSAGES[fault.kind]
        self._wish(**wishes)
        self._later(fault, lambda: self._wish(**dict.fromkeys(wishes, 0.0)))
        return "the proxy"

    def _wish(self, **wishes: float) -> None:
        self._wishes.update(wishes)
        temporary = self.stack.orders / "proxy.json.new"
        temporary.write_text(json.dumps(self._wishes), "utf-8")
        temporary.replace(self.stack.orders / "proxy.json")

    def _order(self, fault: Fault) -> str:
        for number in range(fault.amount):
            (self.stack.orders / f"{_ORDERS[fault.kind]}.{fault.number}{number:02d}").touch()
        return "the next renderers"

    def _queue_lost(self, fault: Fault) -> str:
        self.stack.hold("manager")
        process = self.stack.process("manager")
        if process is not None:
            send(process, signal.SIGKILL)
            with suppress(psutil.Error):
                process.wait(5)
        self.stack.lose_queue()
        self.stack.release("manager")
        return "manager"

    def _jobs_deleted(self, fault: Fault) -> str:
        try:
            with ManagerClient(*self.stack.manager) as client:
                doomed = [job.handle for job in client.jobs()][: fault.amount]
                return f"jobs {[handle for handle in doomed if client.delete_job(handle)]}" if doomed else ""
        except FarmError:
            return ""

    def _share_slow(self, fault: Fault) -> str:
        return self._disturb(fault, lambda: self.stack.seam.order(slow_ms=_SLOW_MS), self.stack.seam.order)

    def _listings_late(self, fault: Fault) -> str:
        return self._disturb(fault, lambda: self.stack.seam.order(late_ms=_LATE_MS), self.stack.seam.order)

    def _share_full(self, fault: Fault) -> str:
        return self._disturb(fault, self.stack.share.fill, self.stack.share.make_room)

    def _share_read_only(self, fault: Fault) -> str:
        """A file system cannot become so while a file is open for writing: tried until nobody writes for a moment."""
        if not any(self.stack.share.make_read_only() for _ in range(50)):
            return ""
        self._later(fault, self.stack.share.make_writable)
        return "the share"

    def _disturb(self, fault: Fault, begin: Callable[[], None], end: Callable[[], None]) -> str:
        begin()
        self._later(fault, end)
        return "the share"

    def _old_attempt(self, fault: Fault) -> str:
        """Copies of attempts that are there, under the token of a node whose clock was 10 days ago, receipts last."""
        made = []
        for receipt in sorted(self.stack.share.folder.glob("flatiron-*/pieces/p*.json"))[-fault.amount :]:
            with suppress(OSError, ValueError):
                made.append(older_attempt(receipt))
        return ", ".join(made)

    def _old_worker(self, fault: Fault) -> str:
        """As a program of another version would write them: an unknown task, and a known one with other arguments."""
        message = secrets.token_hex(16)
        for position in range(fault.amount):
            task, arguments = (("flatiron.bake_scene", ["x"]), ("flatiron.merge_pass", ["job", 1, 2, 3]))[position % 2]
            self._with_redis(lambda client, t=task, a=arguments: push(client, t, a, message))  # type: ignore[misc]
        return "the queues"

    def _old_panel(self, fault: Fault) -> str:
        folder = self.stack.share.folder / f"flatiron-19990101-000000-{fault.number:08x}"
        try:
            unknown_job(folder)
        except OSError:  # the share takes no file now
            shutil.rmtree(folder, ignore_errors=True)
            return ""
        return folder.name

    def _press_killed(self, fault: Fault) -> str:
        if self.clients.is_through:
            return ""
        self.stack.seam.give_mortals(fault.amount)
        return f"whoever takes step {fault.amount} of a submission"

    def _cancel(self, fault: Fault) -> str:
        """The newest jobs that are under way."""
        open_jobs = [
            sent for sent in reversed(list(self.clients.sent.values())) if not self.clients.is_over(sent.job_id)
        ]
        asked = [sent for sent in open_jobs[: fault.amount] if self.clients.ask(channels.CANCEL_JOB_TASK, sent.job_id)]
        for sent in asked:
            sent.cancelled = True
        return ", ".join(sent.job_id for sent in asked)


def _resource(fault: Fault) -> str:
    return "share" if fault.kind in _SHARE else _RESOURCES.get(fault.kind, f"{fault.kind} {fault.target}")
