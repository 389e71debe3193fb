"""What the panel asks of the program behind it. The panel knows nothing else; a pipeline script may use it as well.

Nothing here blocks: slow work runs in threads of the session, which tells of it on the main thread through `listen`.
All methods belong to the main thread.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from flatiron_tasks.contracts.job_view import JobView
from max_submitter.bake_settings import ArtistConfiguration, BakeSettings
from max_submitter.preflight.finding import Finding
from max_submitter.scene.facts import ObjectGroup, RendererFacts

Topic = Literal["settings", "scene", "preflight", "bake", "jobs", "test"]
"""What has changed; the panel reads it again."""


@dataclass(frozen=True)
class PlannedFile:
    """One texture that would be made."""

    element: str
    path: Path
    exists: bool


@dataclass(frozen=True)
class BakeProgress:
    """How far pressing Bake has come."""

    sentence: str
    fraction: float | None
    """0 to 1; None while it cannot be told."""
    is_running: bool
    error: str = ""
    """Why it ended without a job: what, why and advice; empty otherwise."""


@dataclass(frozen=True)
class ConnectionLine:
    """One line of the Test button."""

    part: Literal["Manager", "Redis", "Network folder", "Workers"]
    ok: bool | None
    """None while it is looked at."""
    sentence: str


@dataclass(frozen=True)
class JobRow:
    """One job as the panel's list shows it."""

    view: JobView
    elapsed_seconds: float
    remaining_seconds: float | None
    """None while it cannot be told."""
    fraction: float
    """0 to 1, by passes and textures."""
    thumbnail: Path | None
    """A picture of what is merged so far, or of the texture; None while there is none."""
    notes: tuple[str, ...]
    """What happened on this machine: applied, collected, kept beside …, newest last."""


class PanelSession(Protocol):
    """Everything the panel does, as calls."""

    @property
    def settings(self) -> BakeSettings:
        """What is set now."""
        ...

    @property
    def configuration(self) -> ArtistConfiguration:
        """How this machine reaches the studio."""
        ...

    def listen(self, callback: Callable[[Topic], None]) -> Callable[[], None]:
        """Call back on the main thread after a change. Returns what ends it."""
        ...

    def change(self, settings: BakeSettings) -> None:
        """Take over settings; remembers them and looks at the preflight again."""
        ...

    def configure(self, configuration: ArtistConfiguration) -> None:
        """Take over how this machine reaches the studio, and keep it."""
        ...

    def groups(self) -> tuple[ObjectGroup, ...]:
        """Named groups of the scene."""
        ...

    def renderer(self) -> RendererFacts | None:
        """The renderer as it was looked at last; None before."""
        ...

    def planned_files(self) -> tuple[PlannedFile, ...]:
        """The final path of every file, in plan order; empty while the settings give none."""
        ...

    def findings(self) -> tuple[Finding, ...]:
        """What preflight found, worst first."""
        ...

    def is_checking(self) -> bool:
        """Whether preflight has not looked at everything yet."""
        ...

    def reason_against_bake(self) -> str:
        """Why Bake is disabled, one sentence; empty if it is not."""
        ...

    def fix(self, finding: Finding) -> None:
        """Mend one finding and look again."""
        ...

    def check_again(self) -> None:
        """Look at the scene and run preflight again."""
        ...

    def bake(self) -> None:
        """Press Bake. Progress comes by the topic `bake`, the job by the topic `jobs`."""
        ...

    def bake_progress(self) -> BakeProgress | None:
        """How far pressing Bake has come; None if it was not pressed, or all is done."""
        ...

    def test(self) -> None:
        """Look whether Manager, Redis, share and workers answer; lines come by the topic `test`."""
        ...

    def test_lines(self) -> tuple[ConnectionLine, ...]:
        """What the last test says so far."""
        ...

    def jobs(self) -> tuple[JobRow, ...]:
        """All jobs of this artist, newest first."""
        ...

    def jobs_trouble(self) -> str:
        """Why the list may be out of date; empty if it is not."""
        ...

    def cancel(self, job_id: str) -> None:
        """Ask the workers to cancel a job."""
        ...

    def go_on(self, job_id: str) -> None:
        """Ask the workers to let a suspended job go on."""
        ...

    def suspend(self, job_id: str) -> None:
        """Ask the workers to begin no more of its tasks."""
        ...

    def requeue(self, job_id: str) -> None:
        """Ask the workers to do again what failed."""
        ...

    def open_folder(self, job_id: str) -> None:
        """Show the output folder of a job in the file manager."""
        ...

    def open_in_flower(self, job_id: str) -> None:
        """Show a job in the browser: its page, or Flower."""
        ...

    def merge_by_hand(self, description: Path) -> None:
        """Manual Merge of a `job.desc` by the `flatiron` command in its own process; told as `bake` progress."""
        ...

    def close(self) -> None:
        """End all threads; what runs on the farm goes on."""
        ...
