"""The `%` tokens of a cmdjob command line, expanded once on the server that runs the task."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from flatiron_tasks.backburner.assumptions import TOKEN


@dataclass(frozen=True)
class TokenValues:
    """What the tokens stand for in one task. A column that does not exist is an empty text."""

    job_name: str
    description: str
    server: str
    task_number: int
    row: Sequence[str]
    parameters: Sequence[str]


def expand(words: Sequence[str], values: TokenValues) -> list[str]:
    """Replace every token in every argument; what a token brought in is not looked at again."""
    return [TOKEN.sub(lambda match: _value(match, values), word) for word in words]


def _value(match: re.Match[str], values: TokenValues) -> str:
    if match["word"]:
        named = {"jn": values.job_name, "dsc": values.description, "srv": values.server}
        return named[match["word"].lower()]
    if match["task"]:
        text = str(values.task_number)
    else:
        columns = values.row if match["kind"].lower() == "tp" else values.parameters
        place = int(match["column"])
        text = columns[place - 1] if 1 <= place <= len(columns) else ""
    return text.zfill(int(match["width"] or 0))
