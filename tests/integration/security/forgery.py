"""Messages as somebody writes them who wants more than the transport gives him."""

from __future__ import annotations

import base64
import json
from typing import Any


def message(
    task: str,
    arguments: list[Any],
    *,
    extras: dict[str, Any] | None = None,
    headers: dict[str, Any] | None = None,
    properties: dict[str, Any] | None = None,
    body: bytes | None = None,
) -> str:
    """An entry for a queue: a task of Celery with additions."""
    content = json.dumps([arguments, {}, extras or {}]).encode() if body is None else body
    return json.dumps(
        {
            "body": base64.b64encode(content).decode(),
            "content-encoding": "utf-8",
            "content-type": "application/json",
            "headers": {"lang": "py", "task": task, "id": "forged", "root_id": "forged", **(headers or {})},
            "properties": {
                "body_encoding": "base64",
                "delivery_info": {"exchange": "", "routing_key": "flatiron.front-desk.bob"},
                "delivery_mode": 2,
                "delivery_tag": "forged",
                "priority": 0,
                **(properties or {}),
            },
        }
    )
