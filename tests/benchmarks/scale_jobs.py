"""Jobs of many passes by the thousand: waiting ones as dispatch leaves them, running ones whose pieces are all written.

The stand-in for farm and renderer only writes: every object is a square of its map, drawn once for all jobs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from flatiron_tasks.contracts.channels import artist_events
from flatiron_tasks.contracts.job import Submitter
from flatiron_tasks.contracts.layout import JobFolder
from flatiron_tasks.pipeline.context import Context
from flatiron_tasks.pipeline.farm_names import farm_job_name
from flatiron_tasks.pipeline.states import PassState, TextureState
from flatiron_tasks.pipeline.store import NewTexture
from tests.synthetic_job import SIZE, SyntheticJob, make_job, write_exr

ARTISTS = tuple(f"artist-{number:02d}" for number in range(20))
_SQUARE, _PER_ROW = 4, SIZE // 4 - 1


def object_names(passes: int) -> tuple[str, ...]:
    """One object per pass."""
    return tuple(f"Object_{number:03d}" for number in range(passes))


@dataclass(frozen=True)
class WaitingJobs:
    """Jobs that wait for the farm. `names` is what they are called there."""

    ids: tuple[str, ...]
    names: tuple[str, ...]

    def artist(self, number: int) -> str:
        """Who submitted the job with this number."""
        return ARTISTS[number % len(ARTISTS)]


def waiting_jobs(context: Context, folder: Path, manager: str, number: int, passes: int) -> WaitingJobs:
    """Make job folders and records of so many jobs that nothing is rendered of."""
    model = make_job(folder, job_id="20260131-142501-99999999", strips=1, names=object_names(passes))
    ids = tuple(f"20260131-142501-{index:08x}" for index in range(number))
    jobs = WaitingJobs(ids, tuple(farm_job_name(job_id, 1) for job_id in ids))
    texts = {artist: _description(model, manager, artist) for artist in ARTISTS}
    for index, job_id in enumerate(ids):
        artist = jobs.artist(index)
        folder_of_job = JobFolder.of(model.network_folder, job_id)
        for path in (folder_of_job.pieces, folder_of_job.logs):
            path.mkdir(parents=True)
        folder_of_job.description.write_text(texts[artist].replace(model.files.job.job_id, job_id), "utf-8")
        _record(context, model, manager, job_id, artist)
    return jobs


def _description(model: SyntheticJob, manager: str, artist: str) -> str:
    """The description of a job like the model, its id to be replaced: writing each by itself would take minutes."""
    host, _, port = manager.rpartition(":")
    farm = replace(model.files.job.farm, manager=host, port=int(port))
    return replace(model.files.job, farm=farm, submitted_by=Submitter(artist, "workstation", "benchmark")).to_json()


def _record(context: Context, model: SyntheticJob, manager: str, job_id: str, artist: str) -> None:
    job, plan = model.files.job, model.files.plan
    fields = {
        "state": "rendering",
        "dispatched": "1",
        "job_name": job.job_name,
        "artist": artist,
        "host": "workstation",
        "artist_events": artist_events(artist),
        "manager": manager,
        "network_folder": job.network_folder,
        "output_folder": job.output_folder,
        "passes_total": str(len(plan.passes)),
        "passes_merged": "0",
        "textures_total": str(len(plan.textures)),
        "textures_done": "0",
        "keep_pieces": "0",
        "handed_over": "1",
        "labels": json.dumps([item.label for item in plan.passes]),
    }
    context.store.create(
        job_id,
        fields=fields,
        passes=[PassState.WAITING] * len(plan.passes),
        textures=[
            NewTexture(TextureState.WAITING, f"{job.output_folder}/{item.file_name}", item.passes)
            for item in plan.textures
        ],
        sentence="Submitted.",
    )


def rendered_jobs(folder: Path, number: int, passes: int) -> Iterator[SyntheticJob]:
    """Job folders that hold every piece and receipt, not yet announced."""
    drawn: dict[tuple[int, int], bytes] = {}
    for index in range(number):
        job = make_job(folder, job_id=f"20260131-150000-{index:08x}", strips=1, names=object_names(passes))
        for item in job.files.plan.passes:
            for piece in job.files.plan.pieces(item.index):
                key = piece.pass_index, piece.element_index
                path = job.piece(piece)
                path.write_bytes(drawn.setdefault(key, drawn.get(key) or _draw(path, *key)))
                job.write_receipt(piece)
        yield job


def _draw(path: Path, number: int, element: int) -> bytes:
    y, x = (1 + _SQUARE * place for place in divmod(number % _PER_ROW**2, _PER_ROW))
    image = np.zeros((SIZE, SIZE, 4), np.float16)
    image[y : y + _SQUARE, x : x + _SQUARE] = (0.2 + element / 8, 0.4, (number % 50) / 100, 1)
    write_exr(path, image, 0)
    return path.read_bytes()
