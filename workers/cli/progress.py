"""Following jobs until they end: a live display on a terminal, one line per change elsewhere.

The record is the truth and is read again after every event, or after a second without one; events only wake.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from workers.cli.job_tables import state
from workers.cli.job_text import ENDED, now_words, one_line, passes_merged, textures_done

if TYPE_CHECKING:
    from flatiron_tasks.api import JobStatus
    from flatiron_tasks.contracts.event import Event

_BLOCK_S = 1.0
_BAR_WIDTH = 10
_SIGNS = {
    "waiting": ("·", "dim"),
    "rendered": ("▒", "cyan"),
    "merging": ("▓", "cyan"),
    "merged": ("█", "green"),
    "failed": ("✗", "bold red"),
}


_NOT_ACCEPTED = "Submitted; no worker has accepted it yet. One for the front desk must run and see the network folder."


class StatusSource(Protocol):
    """What following needs from `flatiron_tasks.api.Desk`."""

    def is_known(self, job_id: str) -> bool:
        """Whether a worker has accepted the job yet."""
        ...

    def refusal(self, job_id: str) -> str:
        """Why the workers refused the job; empty if they did not."""
        ...

    def job(self, job_id: str) -> JobStatus:
        """The status of a job."""
        ...

    def events(self, after: str, *, block_seconds: float) -> list[tuple[str, Event]]:
        """Events after a stream id; waits for one at most this long."""
        ...


class Display(Protocol):
    """Where statuses are shown."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...

    def show(self, statuses: Sequence[JobStatus]) -> None:
        """Show the present statuses, in the order of the jobs."""
        ...


def display_for(console: Console) -> Display:
    """Live on a terminal, lines elsewhere."""
    return LiveDisplay(console) if console.is_terminal else LineDisplay(console)


def follow(
    source: StatusSource, jobs: Mapping[str, str], display: Display, *, check: Callable[[], None] = lambda: None
) -> tuple[JobStatus, ...]:
    """Show jobs (id and name) until all have ended, and return their last statuses.

    A job may be so new that no worker has accepted it. `check` may raise to stop waiting.
    """
    # Only a first guess by this machine's clock: a wrong one costs wake-ups, never a change.
    after = f"{int(time.time() * 1000)}-0"
    with display:
        while True:
            statuses = tuple(_status(source, *job) for job in jobs.items())
            display.show(statuses)
            if all(status.state in ENDED for status in statuses):
                return statuses
            check()
            events = source.events(after, block_seconds=_BLOCK_S)
            after = events[-1][0] if events else after


def _status(source: StatusSource, job_id: str, job_name: str) -> JobStatus:
    if source.is_known(job_id):
        return source.job(job_id)
    return announced(job_id, job_name, refusal=source.refusal(job_id))


def announced(job_id: str, job_name: str, *, refusal: str = "") -> JobStatus:
    """The status of a job that was submitted and that no worker has accepted yet, or that one has refused."""
    from flatiron_tasks.api import JobStatus  # noqa: PLC0415 - loads Redis

    now = datetime.now(UTC)
    return JobStatus(
        job_id=job_id,
        job_name=job_name,
        state="submitted",
        step="accept",
        reason="",
        advice="",
        created_at=now,
        updated_at=now,
        output_folder="",
        job_folder="",
        farm="",
        passes=(),
        textures=(),
        sentence=f"A worker has refused it: {refusal}" if refusal else _NOT_ACCEPTED,
        cleaned=False,
        leftovers="",
    )


class LineDisplay:
    """One line for every change of a job: for logs and pipes."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._shown: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Nothing is held open."""

    def show(self, statuses: Sequence[JobStatus]) -> None:
        """Print what is new."""
        for status in statuses:
            line = one_line(status)
            if self._shown.get(status.job_id) != line:
                self._shown[status.job_id] = line
                self._console.print(line, markup=False, highlight=False, soft_wrap=True)


class LiveDisplay:
    """A block per job that is drawn over again."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._begin = clock()
        self._ended: dict[str, float] = {}
        self._statuses: Sequence[JobStatus] = ()
        self._live = Live(console=console, refresh_per_second=4, get_renderable=self.render)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._live.stop()

    def show(self, statuses: Sequence[JobStatus]) -> None:
        """Draw the present statuses."""
        self._statuses = statuses
        for status in statuses:
            if status.state in ENDED:
                self._ended.setdefault(status.job_id, self._clock())
        self._live.refresh()

    def render(self) -> RenderableType:
        """All blocks."""
        return Group(*(self._block(status) for status in self._statuses))

    def _block(self, status: JobStatus) -> RenderableType:
        elapsed = int(self._ended.get(status.job_id, self._clock()) - self._begin)
        grid = Table.grid(padding=(0, 1))
        grid.add_column(max_width=14, overflow="ellipsis", no_wrap=True)
        for width in (16, len("passes 99/99"), _BAR_WIDTH, len("tex. 99/99"), _BAR_WIDTH):
            grid.add_column(min_width=width, no_wrap=True)
        grid.add_row(
            Text(status.job_name, style="bold"),
            state(status.state),
            *_bar("passes", passes_merged(status), len(status.passes)),
            *_bar("tex.", textures_done(status), len(status.textures)),
            f"{elapsed // 60}:{elapsed % 60:02d}",
        )
        sentence = Text(f"  {now_words(status)}", style="dim", no_wrap=True, overflow="ellipsis")
        return Group(grid, _passes(status), sentence)


def _passes(status: JobStatus) -> Text:
    """One sign per pass, and the names of those that are being merged now."""
    text = Text("  ", no_wrap=True, overflow="ellipsis")
    for item in status.passes:
        text.append(*_SIGNS.get(item.state, ("?", "")))
    now = [item.label for item in status.passes if item.state == "merging"]
    return text.append(f"  merging {', '.join(now)}" if now else "", style="dim")


def _bar(title: str, done: int, total: int) -> tuple[RenderableType, ...]:
    return (
        Text(f"{title} {done}/{total}", no_wrap=True),
        ProgressBar(total=max(total, 1), completed=done, width=_BAR_WIDTH),
    )
