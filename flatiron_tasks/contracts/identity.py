"""Ids: bake jobs, attempts, and the hash that says what a plan is."""

from __future__ import annotations

import hashlib
import json
import secrets
from datetime import datetime, timezone
from typing import Any

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
    """The moment that `utc_text` wrote. Raises ValueError for a text that no contract allows."""
    return datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=timezone.utc)  # Python 3.10 reads no "Z"


def content_hash(data: Any) -> str:
    """SHA-256 of JSON data in one canonical spelling."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()
