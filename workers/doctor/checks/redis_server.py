"""Is Redis what the pipeline needs? Version, persistence, eviction, memory, clock, rights."""

from __future__ import annotations

from collections.abc import Sequence

from workers.doctor.finding import Finding, ok, warning, wrong
from workers.doctor.looks.redis_server import RedisFacts

OLDEST = (6, 2)  # kombu 5.7 uses ZADD GT and ZRANGE BYSCORE
NEARLY_FULL, FILLING = 0.9, 0.75
FRAGMENTED, LARGE_BYTES = 1.8, 256 << 20
"""A small Redis always looks fragmented: the program itself counts."""

CLOCK_WARNING_S, CLOCK_WRONG_S = 5.0, 60.0
_MIB = 1 << 20


def version(facts: RedisFacts) -> Finding:
    """6.2 or newer, and no replica."""
    check = "Redis"
    if facts.version[:2] < OLDEST:
        return wrong(check, f"{facts.product} is too old.", "Install Redis 6.2 or newer, or Valkey.")
    if facts.role not in ("", "master"):
        return wrong(
            check, f"{facts.product} is a replica, which takes no changes.", "Name the primary in `redis_url`."
        )
    return ok(check, f"{facts.product} answers.")


def persistence(facts: RedisFacts) -> Finding:
    """The append-only file is on, and can be written."""
    check = "Redis persistence"
    if not facts.appends:
        return wrong(
            check,
            "Redis writes no append-only file: a restart loses queues and records.",
            "CONFIG SET appendonly yes, and the same in redis.conf (deploy/redis/redis.conf).",
        )
    if facts.last_append_failed:
        return wrong(
            check, "Redis could not write its append-only file.", "Look at the disk and the log of the Redis server."
        )
    return ok(check, "The append-only file is written.")


def eviction(facts: RedisFacts) -> Finding:
    """Keys are jobs and messages; none may be thrown away."""
    check = "Redis eviction"
    if facts.policy != "noeviction":
        return wrong(
            check,
            f"With maxmemory-policy {facts.policy}, Redis throws jobs and messages away when it is full.",
            "CONFIG SET maxmemory-policy noeviction, and the same in redis.conf.",
        )
    return ok(check, "Nothing is thrown away when memory is full.")


def memory(facts: RedisFacts) -> Finding:
    """Used against what there may be at most, and how much is lost to fragmentation."""
    check = "Redis memory"
    most = facts.max_memory or facts.system_memory
    share = facts.used_memory / most if most else 0.0
    text = _memory_text(facts, share)
    advice = "Raise maxmemory, or give the machine more; when it is full, nothing can be submitted or finished."
    if share >= NEARLY_FULL:
        return wrong(check, text, advice)
    if share >= FILLING:
        return warning(check, text, advice)
    if facts.fragmentation > FRAGMENTED and facts.used_memory > LARGE_BYTES:
        lost = f"{text.rstrip('.')}, and takes {facts.fragmentation:.1f} times as much of the machine."
        return warning(check, lost, "CONFIG SET activedefrag yes, or restart Redis when nothing runs.")
    return ok(check, text)


def may_refuse_writes(facts: RedisFacts) -> bool:
    """Whether it is full or nearly so. Without `maxmemory` it refuses nothing, however little the machine has left."""
    return facts.max_memory > 0 and facts.used_memory >= NEARLY_FULL * facts.max_memory


def _memory_text(facts: RedisFacts, share: float) -> str:
    used = f"{facts.used_memory / _MIB:.0f} MiB"
    if facts.max_memory:
        return f"{used} of {facts.max_memory / _MIB:.0f} MiB used ({share:.0%})."
    if facts.system_memory:
        return f"{used} used; no limit but the machine's memory ({share:.0%} of it)."
    return f"{used} used; no limit is set."


def clock(facts: RedisFacts) -> Finding:
    """The clock of Redis is the time of all records; this machine's should be the same."""
    check = "Redis clock"
    off = max(0.0, abs(facts.clock_off_s) - facts.clock_known_to_s)
    text = f"The clocks of Redis and of this machine differ by {off:.1f} s."
    advice = "Let both machines take the time from the same server (NTP)."
    if off > CLOCK_WRONG_S:
        return wrong(check, text, advice)
    return warning(check, text, advice) if off > CLOCK_WARNING_S else ok(check, text)


def rights(denied: Sequence[str]) -> Finding:
    """Our account may do what tools for people need."""
    check = "Redis rights"
    if denied:
        text = f"This account may not: {', '.join(denied)}."
        return wrong(check, text, "Use the account of the staff, or print the accounts anew: `flatiron redis-users`.")
    return ok(check, "This account may do what it needs.")
