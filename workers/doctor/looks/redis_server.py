"""Redis itself: version, persistence, eviction, memory, clock, and the commands that our account may use."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from redis.exceptions import NoPermissionError, ResponseError

from flatiron_tasks.contracts.channels import EVENT_STREAM
from workers.doctor.answer_book import KEPT_S, key_of

_NO_SCRIPT = "0" * 40


@dataclass(frozen=True)
class RedisFacts:
    """Bytes and seconds. `max_memory` is 0 without a limit, `system_memory` 0 if unknown.

    `clock_off_s`: how far the clock of Redis is ahead of this machine's, known to `clock_known_to_s`.
    """

    version: tuple[int, ...]
    product: str
    role: str
    appends: bool
    last_append_failed: bool
    policy: str
    used_memory: int
    max_memory: int
    system_memory: int
    fragmentation: float
    clock_off_s: float
    clock_known_to_s: float


def look(client: Any) -> RedisFacts:
    """Ask Redis. Raises the errors of redis-py."""
    client.ping()
    info: dict[str, Any] = client.info()
    off, known_to = _clock(client)
    return RedisFacts(
        version=_numbers(str(info.get("redis_version", ""))),
        product=f"Valkey {info['valkey_version']}"
        if "valkey_version" in info
        else f"Redis {info.get('redis_version')}",
        role=str(info.get("role", "")),
        appends=bool(int(info.get("aof_enabled", 0))),
        last_append_failed=info.get("aof_last_write_status", "ok") != "ok",
        policy=str(info.get("maxmemory_policy", "")),
        used_memory=int(info.get("used_memory", 0)),
        max_memory=int(info.get("maxmemory", 0)),
        system_memory=int(info.get("total_system_memory", 0)),
        fragmentation=float(info.get("mem_fragmentation_ratio", 0.0)),
        clock_off_s=off,
        clock_known_to_s=known_to,
    )


def look_at_rights(client: Any, queues: Sequence[str]) -> tuple[str, ...]:
    """Commands that our account is denied, of those that tools for people need. Changes one key of its own only."""
    own = key_of(secrets.token_hex(16))
    wanted: list[tuple[object, ...]] = [
        *(("LLEN", queue) for queue in queues),
        ("HSET", own, "right", "1"),
        ("EXPIRE", own, KEPT_S),
        ("HGETALL", own),
        ("DEL", own),
        ("SMEMBERS", "flatiron:managers"),
        ("ZRANGE", "flatiron:jobs", 0, 0),
        ("XRANGE", EVENT_STREAM, "-", "+", "COUNT", 1),
        ("SCRIPT", "EXISTS", _NO_SCRIPT),
        ("INFO", "memory"),
        ("TIME",),
    ]
    return tuple(" ".join(map(str, command[:2])) for command in wanted if _is_denied(client, command))


def _is_denied(client: Any, command: Sequence[object]) -> bool:
    try:
        client.execute_command(*command)
    except NoPermissionError:
        return True
    except ResponseError:
        return False  # a server without memory refuses writes: that is another finding
    return False


def _clock(client: Any) -> tuple[float, float]:
    """How far Redis' clock is ahead, and how well that is known, by the time of the question and of the answer."""
    asked = time.time()
    seconds, microseconds = client.time()
    answered = time.time()
    return float(seconds) + float(microseconds) / 1e6 - (asked + answered) / 2, (answered - asked) / 2


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())
