"""Whether and how a FarmJob can be said to cmdjob: pure text, no process.

Refuses what cmdjob would silently change or misread, since cmdjob cleans nothing itself.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from flatiron_tasks.backburner import assumptions
from flatiron_tasks.contracts.errors import FarmRefusedError
from flatiron_tasks.pipeline.farm_port import FarmJob

_PLACEHOLDER: Final = re.compile(r"\{(\d{1,3})\}")
_CELL_BREAKERS: Final = re.compile(r"[\t\r\n\0]")
_OPTION_BREAKERS: Final = re.compile(r"[\x00-\x1f\x7f\"]")
_WORD_BREAKERS: Final = re.compile(r"[\r\n\0]")


def check(job: FarmJob) -> None:
    """Raise FarmRefusedError if this job could not reach a farm exactly as it is meant."""
    if not assumptions.is_job_name(job.name):
        raise _refusal(job, f"the name must be 1 to {assumptions.JOB_NAME_LIMIT} letters, digits or any of `_-,. `")
    _check_rows(job)
    _check_command(job)
    _check_options(job)
    if not 0 <= job.priority < assumptions.PRIORITY_SUSPENDED:
        raise _refusal(job, f"priority {job.priority} is not in 0 (urgent) to 99; 100 means suspended to Backburner")
    if job.timeout_minutes < 1:
        raise _refusal(job, "the time-out must be at least one minute")


def words(job: FarmJob) -> tuple[str, ...]:
    """The job's command with `%tp` tokens in the place of its `{1}`, `{2}` … placeholders."""
    return tuple(_PLACEHOLDER.sub(r"%tp\1", word) for word in job.command)


def filled(command: Sequence[str], row: Sequence[str]) -> tuple[str, ...]:
    """What a server makes of `command` for one task: every placeholder replaced by its column."""
    return tuple(_PLACEHOLDER.sub(lambda match: row[int(match[1]) - 1], word) for word in command)


def task_list(rows: Sequence[Sequence[str]]) -> bytes:
    """The content of a task list file: one row per task, tabs between the columns, no header."""
    return "".join("\t".join(row) + "\n" for row in rows).encode(assumptions.TASK_LIST_ENCODING)


def _check_rows(job: FarmJob) -> None:
    widths = {len(row) for row in job.task_rows}
    if not widths or widths == {0}:
        raise _refusal(job, "it has no tasks")
    if len(widths) > 1:
        raise _refusal(job, f"its task rows have different numbers of columns: {sorted(widths)}")
    for number, row in enumerate(job.task_rows, 1):
        if any(not cell or _CELL_BREAKERS.search(cell) for cell in row):
            raise _refusal(job, f"task {number} has an empty cell, or one with a tab, line end or NUL: {row}")


def _check_options(job: FarmJob) -> None:
    if job.server_group and job.servers:
        raise _refusal(job, "it names a group and servers, and cmdjob ignores servers beside a group")
    for value in (job.server_group, job.log_folder, *job.servers):
        if _OPTION_BREAKERS.search(value) or assumptions.TOKEN.search(value):
            raise _refusal(
                job, f"the option {value!r} has a quote, a control sign, or a text that the farm would replace"
            )
    if any(not server or ";" in server for server in job.servers):
        raise _refusal(job, f"a server's name is empty or has a semicolon: {job.servers}")


def _check_command(job: FarmJob) -> None:
    if not job.command or not job.command[0] or job.command[0][0] in "-@":
        raise _refusal(job, "its command must begin with an executable, not with an option")
    for word in job.command:
        if _WORD_BREAKERS.search(word):
            raise _refusal(job, f"the argument {word!r} has a line end or NUL")
        if assumptions.TOKEN.search(word):
            raise _refusal(job, f"the argument {word!r} holds a text that the farm would replace")
        for match in _PLACEHOLDER.finditer(word):
            _check_placeholder(job, word, match)


def _check_placeholder(job: FarmJob, word: str, match: re.Match[str]) -> None:
    if not 1 <= int(match[1]) <= len(job.task_rows[0]) or match[1].startswith("0"):
        raise _refusal(job, f"the argument {word!r} asks for column {match[1]} of {len(job.task_rows[0])}")
    if word[match.end() : match.end() + 1].isdigit():
        raise _refusal(
            job, f"the argument {word!r} has a digit right behind a placeholder, which would join its number"
        )


def _refusal(job: FarmJob, why: str) -> FarmRefusedError:
    return FarmRefusedError(
        f"The farm job {job.name!r} was not submitted",
        why=why,
        advice="this is a mistake of the caller: correct the job",
    )
