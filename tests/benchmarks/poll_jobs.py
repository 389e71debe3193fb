"""Many open jobs for the sweep benchmark: job folders and records as dispatch leaves them, made without submitting."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from flatiron_tasks.contracts.layout import JobFolder
from flatiron_tasks.pipeline.context import Context
from flatiron_tasks.pipeline.farm_names import farm_job_name
from flatiron_tasks.pipeline.plan import Plan
from flatiron_tasks.pipeline.states import PassState, TextureState
from flatiron_tasks.pipeline.store import NewTexture
from tests.synthetic_job import SyntheticJob, make_job


def open_jobs(context: Context, folder: Path, manager: str, number: int) -> list[str]:
    """Make so many jobs that wait for the farm. Returns what they are called there."""
    model = make_job(folder, job_id="20260131-142501-99999999", strips=1)
    ids = [f"20260131-142501-{index:08x}" for index in range(number)]
    for job_id in ids:
        _open_job(context, model, manager, job_id)
    return [farm_job_name(job_id, 1) for job_id in ids]


def _open_job(context: Context, model: SyntheticJob, manager: str, job_id: str) -> None:
    host, _, port = manager.rpartition(":")
    farm = replace(model.files.job.farm, manager=host, port=int(port))
    job = replace(model.files.job, job_id=job_id, farm=farm)
    plan, folder = Plan(job), JobFolder.of(model.network_folder, job_id)
    for path in (folder.pieces, folder.logs):
        path.mkdir(parents=True)
    folder.description.write_text(job.to_json(), "utf-8")
    fields = {
        "state": "rendering",
        "dispatched": "1",
        "job_name": job.job_name,
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
        textures=[NewTexture(TextureState.WAITING, f"/out/{item.file_name}", item.passes) for item in plan.textures],
        sentence="Submitted.",
    )
