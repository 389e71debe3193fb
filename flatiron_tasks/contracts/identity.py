"""Ids: bake jobs, attempts, and the hash that says what a plan is."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from datetime import datetime, timezone
from typing import Any

from flatiron_tasks.contracts.document import rule

JOB_ID_PATTERN = r"[a-z0-9][a-z0-9-]{7,63}"
ATTEMPT_PATTERN = r"[0-9a-f]{12}-[0-9a-f]{8}"
SHA256_PATTERN = r"[0-9a-f]{64}"
# [0-9] and not \d, which takes any script's digits in Python but not in JSON Schema.
TIME_PATTERN = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?Z"


def new_job_id(now: datetime) -> str:
    """A job id that sorts by time and is unique on every machine: `20260131-142501-7f3a9c0d`."""
    return f"{now.astimezone(timezone.utc):%Y%m%d-%H%M%S}-{secrets.token_hex(4)}"


def new_attempt(now: datetime) -> str:
    """A token that sorts by the node's clock (milliseconds, hexadecimal) and never repeats."""
    return f"{int(now.timestamp() * 1000):012x}-{secrets.token_hex(4)}"


def utc_text(moment: datetime) -> str:
    """A moment as the contracts write it: `2026-01-31T14:25:01.250Z`."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def read_time(text: str) -> datetime:
    """The moment that a text of `TIME_PATTERN` names, to the microsecond.

    Raises ValueError for one that no calendar has: the 30th of February, and the leap second, which no clock of ours
    shows.
    """
    if not re.fullmatch(TIME_PATTERN, text):
        raise ValueError(f"{text!r:.80} is no time")
    whole, _, fraction = text[:-1].partition(".")
    read = datetime.strptime(f"{whole}+0000", "%Y-%m-%dT%H:%M:%S%z")  # `fromisoformat` of Python 3.10 reads less
    return read.replace(microsecond=int(fraction[:6].ljust(6, "0")))


def moment(doc: str) -> Any:
    """Declare a field that is a moment, as `utc_text` writes it."""
    return rule(doc, pattern=TIME_PATTERN, text_format="date-time", reads=read_time)


def content_hash(data: Any) -> str:
    """SHA-256 of JSON data in one canonical spelling."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()
