"""What other times and versions leave: an attempt of a node whose clock was wrong, a message, a job folder."""

from __future__ import annotations

import base64
import json
import secrets
import shutil
from pathlib import Path

import redis

_LONG_AGO_MS = 864_000_000


def unknown_job(folder: Path) -> None:
    """A job folder of a version that nobody knows yet. Raises OSError."""
    folder.mkdir()
    (folder / "job.desc").write_text(json.dumps({"schema_version": 99, "job_id": folder.name[9:]}), "utf-8")


def older_attempt(receipt: Path) -> str:
    """Copy the attempt behind a receipt under a token of ten days ago, the receipt last. Raises OSError, ValueError."""
    data = json.loads(receipt.read_text("utf-8"))
    attempt = data["attempt"]
    token = f"{int(attempt[:12], 16) - _LONG_AGO_MS:012x}-{secrets.token_hex(4)}"
    piece = receipt.with_name(data["file_name"].replace(attempt, token))
    data |= {"attempt": token, "file_name": piece.name}
    shutil.copyfile(receipt.with_name(data["file_name"].replace(token, attempt)), piece)
    temporary = receipt.with_name(f".{piece.stem}.json.{secrets.token_hex(8)}.tmp")
    temporary.write_text(json.dumps(data), "utf-8")
    temporary.replace(piece.with_suffix(".json"))
    return piece.name


def push(client: redis.Redis, task: str, arguments: list[object], message: str) -> object:
    """A message as Celery's protocol 2 has it."""
    body = base64.b64encode(json.dumps([arguments, {}, {}]).encode()).decode()
    headers = {"lang": "py", "task": task, "id": message, "root_id": message, "parent_id": None, "group": None}
    properties = {
        "correlation_id": message,
        "delivery_mode": 2,
        "delivery_info": {"exchange": "", "routing_key": "flatiron.merge"},
        "priority": 0,
        "body_encoding": "base64",
        "delivery_tag": secrets.token_hex(16),
    }
    whole = {"body": body, "content-encoding": "utf-8", "content-type": "application/json"}
    return client.lpush("flatiron.merge", json.dumps({**whole, "headers": headers, "properties": properties}))
