"""A job as its page shows it: passes with the nodes and times of their attempts, textures with their pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flatiron_tasks.api import JobStatus, PassStatus, TextureStatus
from flatiron_tasks.contracts.layout import preview_name
from workers.web.job_folder import Attempt

MOST_TILES = 240
"""A job with more passes shows those first that need a person or are being worked on."""

_ORDER = ("failed", "merging", "rendered", "waiting", "merged")
_ENDED = ("done", "cancelled")
_STOPPED = ("failed", "ready_to_collect")
_ON_FARM = ("submitted", "rendering")


@dataclass(frozen=True)
class PassTile:
    """One pass. `seconds` is what its strips took together in their last attempts, None if nothing is known."""

    status: PassStatus
    attempts: tuple[Attempt, ...]

    @property
    def state(self) -> str:
        """The state of the pass; running while a node is at it."""
        is_running = self.status.state == "waiting" and any(item.state == "running" for item in self.attempts)
        return "running" if is_running else self.status.state

    @property
    def nodes(self) -> tuple[str, ...]:
        """The nodes that rendered it, or tried to, each once."""
        return tuple(dict.fromkeys(item.host for item in self.attempts if item.host))

    @property
    def seconds(self) -> float | None:
        """How long its strips took, each in its last attempt that ended."""
        last = {item.strip: item.seconds for item in self.attempts if item.seconds is not None}
        return sum(last.values()) if last else None

    @property
    def tries(self) -> int:
        """The most attempts that one of its strips needed."""
        strips = [item.strip for item in self.attempts]
        return max((strips.count(strip) for strip in set(strips)), default=0)


@dataclass(frozen=True)
class Picture:
    """A texture; `version` changes with its preview and is 0 if there is none."""

    status: TextureStatus
    version: int


@dataclass(frozen=True)
class Buttons:
    """What may be asked of a job in the state it is in."""

    requeue: bool
    rerender: bool
    rerender_failed: bool
    suspend: bool
    go_on: bool
    priority: bool
    cancel: bool

    @classmethod
    def of(cls, job: JobStatus) -> Buttons:
        """The buttons of a job."""
        is_on_farm, has_failed = job.state in _ON_FARM, any(item.state == "failed" for item in job.passes)
        return cls(
            requeue=job.state in _STOPPED or (has_failed and job.state not in (*_ENDED, "cancelling")),
            rerender=job.state in _STOPPED,
            rerender_failed=job.state in _STOPPED and has_failed,
            suspend=is_on_farm and not job.suspended,
            go_on=is_on_farm and job.suspended,
            priority=is_on_farm,
            cancel=job.state not in (*_ENDED, "cancelling"),
        )


def tiles(job: JobStatus, attempts: Sequence[Attempt], *, everything: bool) -> tuple[PassTile, ...]:
    """The passes of a job in plan order; of very many, those that matter most."""
    by_pass: dict[int, list[Attempt]] = {}
    for item in attempts:
        by_pass.setdefault(item.pass_index, []).append(item)
    chosen = list(job.passes)
    if len(chosen) > MOST_TILES and not everything:
        chosen = sorted(chosen, key=lambda item: (_ORDER.index(item.state), item.index))[:MOST_TILES]
    return tuple(PassTile(item, tuple(by_pass.get(item.index, ()))) for item in chosen)


def pictures(job: JobStatus, versions: dict[str, int]) -> tuple[Picture, ...]:
    """The textures of a job."""
    return tuple(Picture(item, versions.get(preview_name(item.file_name), 0)) for item in job.textures)


def is_moving(job: JobStatus) -> bool:
    """Whether something may change that no event tells of: who works at what, how long it has been."""
    return job.state not in (*_ENDED, *_STOPPED)
