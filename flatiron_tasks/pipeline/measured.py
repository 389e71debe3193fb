"""Everything that the pipeline measures, by name: the catalogue that workers write and `workers.metrics` shows.

Names, units and endings follow the conventions of Prometheus. A label holds a name out of a small set, never a job.
"""

from __future__ import annotations

from typing import Final

from flatiron_tasks.pipeline.measures import Counter, Histogram

_MINUTES: Final = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)
_STEP_SECONDS: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1500.0)

LAST_PIECE_TO_TEXTURE: Final = Histogram(
    "flatiron_last_piece_to_texture_seconds",
    "Time from the last piece of a texture on the share until the texture is in place, by the clock of the share.",
    bounds=_MINUTES,
)
MERGED_PIXELS: Final = Counter(
    "flatiron_merged_pixels_total",
    "Pixels that a step has processed: of every map of a pass when it is merged, of a texture when it is composed.",
    ("step",),
)
MERGE_SECONDS: Final = Histogram(
    "flatiron_merge_duration_seconds",
    "Time that merging a pass or composing a texture took, successful ones only.",
    ("step",),
    _STEP_SECONDS,
)
MANAGER_ANSWER: Final = Histogram(
    "flatiron_manager_answer_seconds", "Time until a farm manager had listed its jobs.", ("manager",)
)
MANAGER_SILENCES: Final = Counter(
    "flatiron_manager_failures_total", "Questions that a farm manager did not answer, or not readably.", ("manager",)
)
REJECTED_PIECES: Final = Counter(
    "flatiron_rejected_pieces_total", "Pieces that the verification gate has refused, by reason.", ("reason",)
)
SWEEP: Final = Histogram(
    "flatiron_sweep_duration_seconds", "Time that one sweep over the jobs of a farm manager took.", ("manager",)
)
ATTEMPTS: Final = Counter(
    "flatiron_attempts_total",
    "Attempts at a step by how they ended: done, again (it is tried again), failed, overtaken (by another worker).",
    ("step", "end"),
)
JOB_ENDS: Final = Counter(
    "flatiron_job_ends_total", "Times that a job has ended, or has begun to wait for a person, by state.", ("state",)
)
NOTIFICATIONS: Final = Counter(
    "flatiron_notifications_total",
    "Notifications of the end of a job by way and outcome: sent, again (it is tried again), given up.",
    ("way", "outcome"),
)

CATALOGUE: Final[tuple[Counter | Histogram, ...]] = (
    LAST_PIECE_TO_TEXTURE,
    MERGED_PIXELS,
    MERGE_SECONDS,
    MANAGER_ANSWER,
    MANAGER_SILENCES,
    REJECTED_PIECES,
    SWEEP,
    ATTEMPTS,
    JOB_ENDS,
    NOTIFICATIONS,
)
