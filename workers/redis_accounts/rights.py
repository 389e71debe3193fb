"""What each account of Redis may do: the commands that its programs were seen to need, and no others.

Needs Redis 7.0 or Valkey, whose rules tell reading (`%R~`) from writing (`%W~`). Tested by running a bake with these
accounts: the server's ACL LOG stays empty (tests/integration/security).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flatiron_tasks.contracts.channels import (
    ALIVE_KEY,
    STAFF_ACCOUNT,
    artist_events,
    artist_key,
    artist_views,
    front_desk_queue,
)
from flatiron_tasks.tasks.queues import BOOKS, DELIVER, DISPATCH, FRONT_DESK, MERGE, POLL, STAFF_DESK, account_book

_STEPS = (DISPATCH, POLL, MERGE, DELIVER)
_CONNECT = ("hello", "auth", "ping", "select", "client|setname", "client|setinfo", "client|id")
SINCE_7_2 = "client|setinfo"
"""Redis 7.0 does not start with a file that names it, and needs no right for it."""

_SCRIPTS = ("evalsha", "script|load", "script|exists", "time")
_RECORDS = ("@hash", "@set", "@sortedset", "@stream", "@string", "@list", "@transaction", "-@dangerous")
"""Whole kinds: which keys an account reaches is what fences it, and a script may use any of them."""

_KEYS = ("exists", "del", "unlink", "expire", "pexpire", "type", "ttl", "pttl")
_RECORD_KEYS = ("~flatiron", "~flatiron:*")
_BARE_BOOKS = tuple(f"~{book}" for book in BOOKS)
"""For tools that only ask workers how they are; the services keep books of their own."""

# Redis lets somebody subscribe to a pattern only if a rule is literally the same pattern.
_EVENTS_SENT = ("&/0.celeryev/worker.*", "&/0.celeryev/task.*", "&/0.celeryev/control", "&/0.celeryev/*")
_REMOTE_CONTROL = ("&/0.celery.pidbox", "&/0.celeryev/worker.*")


@dataclass(frozen=True)
class Account:
    """One account: key and channel patterns as Redis writes them, commands and their kinds without a plus."""

    name: str
    purpose: str
    patterns: tuple[str, ...]
    commands: tuple[str, ...]

    def rules(self, *, before_7_2: bool = False) -> str:
        """The rights as an ACL file writes them, without password."""
        commands = [
            name if name.startswith("-") else f"+{name}"
            for name in self.commands
            if not (before_7_2 and name == SINCE_7_2)
        ]
        return " ".join(("resetkeys resetchannels -@all", *self.patterns, *commands))


_TALKING = ("publish", "subscribe", "unsubscribe", "psubscribe", "punsubscribe")
_BINDINGS = ("~_kombu.binding.*", "~_kombu.binding_deadlines", "~_kombu.binding_permanent.*")
_CELERY = ("~*.celery.pidbox*", *_BINDINGS, *_REMOTE_CONTROL, *_EVENTS_SENT)
_WORKING = (*_RECORDS, *_KEYS, *_SCRIPTS, *_TALKING, "info")
_STEPS_SENT = tuple(f"%W~{queue}" for queue in _STEPS)
_STEPS_SEEN = tuple(f"%R~{queue}" for queue in _STEPS)
_TAKEN_SEEN = tuple(f"%R~{account_book(name, 'unacked')}" for name in ("worker", "front-desk"))
"""How many messages are under way, for metrics."""

_DESK_SEEN = f"%R~{FRONT_DESK}.*"


def artist(name: str) -> Account:
    """The account of an artist: sends to the front desk, reads what becomes of own jobs."""
    key = artist_key(name)
    reading = (f"%R~{artist_events(name)}", f"%R~{artist_views(name)}", f"%R~{ALIVE_KEY}")
    # `time` dates views, `llen` tells whether messages wait, and `lpush` is the only command that changes anything.
    commands = (*_CONNECT, "lpush", "llen", "exists", "xread", "hget", "hmget", "hgetall", "time")
    return Account(key, "submits, and acts on own jobs", (f"~{front_desk_queue(key)}", *reading), commands)


def _service(name: str, purpose: str, patterns: Iterable[str], commands: Iterable[str]) -> Account:
    own_books = (f"~{account_book(name, book)}" for book in BOOKS)
    return Account(name, purpose, (*patterns, *own_books), (*_CONNECT, *commands))


def _tools(name: str, purpose: str) -> Account:
    """Whoever acts on jobs through `api.Desk`. Redis does not add `%R~` and `%W~` up: nobody takes steps by them."""
    sending = (*_STEPS_SENT, *_STEPS_SEEN, f"%W~{STAFF_DESK}", _DESK_SEEN)
    return _service(name, purpose, (*_RECORD_KEYS, *sending, *_BARE_BOOKS, *_TAKEN_SEEN, *_CELERY), _WORKING)


SERVICES: tuple[Account, ...] = (
    _service(
        "worker",
        "runs steps: flatiron worker --queues dispatch, poll, merge, deliver",
        (*_RECORD_KEYS, *(f"~{queue}" for queue in _STEPS), *_CELERY),
        _WORKING,
    ),
    _service(
        "front-desk",
        "takes artists' messages: flatiron worker --queues front-desk",
        (*_RECORD_KEYS, f"~{FRONT_DESK}.*", *_STEPS_SENT, *_CELERY),
        _WORKING,
    ),
    _service(
        "sweep",
        "the clock: flatiron sweep",
        (
            *(f"~{POLL}", f"~{DISPATCH}", f"%R~{MERGE}", f"%R~{DELIVER}"),
            *("%R~flatiron:managers", "%R~flatiron:listing:*", *_BINDINGS, *_EVENTS_SENT),
        ),
        ("lpush", "llen", "sadd", "smembers", "get", "multi", "exec", *_SCRIPTS, "publish"),
    ),
    _service(
        "flower",
        "the dashboard: flatiron flower",
        (f"%W~{STAFF_DESK}", _DESK_SEEN, *_STEPS_SEEN, "~celeryev.*", *_CELERY),
        (
            *("lpush", "llen", "brpop", "sadd", "srem", "smembers", "zadd", "zrem", "zrange", "zrangebyscore"),
            *("get", "set", "del", "exists", "multi", "exec", *_SCRIPTS, *_TALKING, "info"),
        ),
    ),
    _tools(STAFF_ACCOUNT, "technical directors: status, requeue, doctor and the other commands"),
    _tools("web", "the job pages: flatiron web"),
    Account("admin", "administrators only; no program of ours uses it", ("~*", "&*"), ("@all",)),
)
