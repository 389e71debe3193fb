"""Jobs as tables that stay readable at 80 columns. Reads status objects; asks nobody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from workers.cli.job_text import age, next_commands, now_words, passes_merged, state_words, textures_done

if TYPE_CHECKING:
    from flatiron_tasks.api import JobStatus

_STYLES = {
    "done": "green",
    "merged": "green",
    "delivered": "green",
    "ready_to_collect": "yellow",
    "collectable": "yellow",
    "beside": "yellow",
    "failed": "bold red",
    "cancelling": "dim",
    "cancelled": "dim",
    "rendered": "cyan",
    "waiting": "dim",
}


def jobs(statuses: Sequence[JobStatus], now: datetime) -> RenderableType:
    """All jobs, and below them what those that need a person need."""
    if not statuses:
        return Text("No jobs.")
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("Job", overflow="fold", min_width=24, max_width=24)
    table.add_column("Name", overflow="ellipsis", no_wrap=True, max_width=12)
    table.add_column("State", no_wrap=True)
    for title in ("Passes", "Tex.", "Age"):
        table.add_column(title, justify="right", no_wrap=True)
    for job in statuses:
        table.add_row(
            Text(job.job_id),
            Text(job.job_name),
            state(job.state),
            f"{passes_merged(job)}/{len(job.passes)}",
            f"{textures_done(job)}/{len(job.textures)}",
            age(job.created_at, now),
        )
    return Group(table, *(block for job in statuses for block in needs(job, with_name=True)))


def job(status: JobStatus, now: datetime) -> RenderableType:
    """One job: head, passes, textures, what it needs."""
    head = Table.grid(padding=(0, 2))
    head.add_column(style="bold")
    head.add_column(overflow="fold")
    for title, value in (
        ("Job", Text(status.job_id)),
        ("Name", Text(status.job_name)),
        ("State", state(status.state)),
        ("Now", Text("" if status.sentence == status.reason else now_words(status))),
        ("Output", Text(str(status.output_folder))),
        ("Farm", Text(str(status.farm))),
        ("Age", Text(age(status.created_at, now))),
    ):
        if value.plain:
            head.add_row(title, value)
    return Group(head, _passes(status), _textures(status), *needs(status, with_name=False))


def state(name: str) -> Text:
    """A state in its colour; without colours the word alone says it."""
    return Text(state_words(name), style=_STYLES.get(name, ""))


def needs(status: JobStatus, *, with_name: bool) -> list[RenderableType]:
    """What a person must know or do about a job: reason, next step, command. Nothing for most jobs."""
    commands = next_commands(status)
    if not commands and not status.reason:
        return []
    text = Text()
    if with_name:
        text.append(f"{status.job_name}: {state_words(status.state)}\n", style="bold")
    for title, part in (("Why", status.reason), ("Next step", status.advice)):
        if part:
            text.append(f"{title}: ", style="bold")
            text.append(part + "\n")
    unsaid = [command for command in commands if f"`{command}`" not in status.advice]
    lines = [text, *(Text(f"  {command}", style="cyan", overflow="fold") for command in unsaid)]
    return [Padding(Group(*lines), (1, 0, 0, 0))]


def _passes(status: JobStatus) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("Pass", justify="right")
    table.add_column("What", overflow="fold")
    table.add_column("State")
    table.add_column("Attempts", justify="right")
    table.add_column("Why", overflow="fold")
    for item in status.passes:
        attempts = str(item.attempts) if item.attempts else ""
        table.add_row(str(item.index), Text(item.label), state(item.state), attempts, Text(item.reason))
    return table


def _textures(status: JobStatus) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("Texture", overflow="fold")
    table.add_column("State")
    table.add_column("Note", overflow="fold")
    for item in status.textures:
        table.add_row(Text(item.file_name), state(item.state), Text(item.note))
    return table
