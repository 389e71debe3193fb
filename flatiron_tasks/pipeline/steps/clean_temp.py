"""After delivery: take the job off the farm and its folder off the share. A file that resists never fails the bake."""

from __future__ import annotations

from flatiron_tasks.contracts.ended import Ended
from flatiron_tasks.contracts.layout import JobFolder
from flatiron_tasks.pipeline.attempt import told
from flatiron_tasks.pipeline.context import Context
from flatiron_tasks.pipeline.lease import leased
from flatiron_tasks.pipeline.next_steps import CLEAN_TEMP
from flatiron_tasks.pipeline.record import JobRecord
from flatiron_tasks.pipeline.states import JobState
from flatiron_tasks.pipeline.steps.dispatch import farm_job_name
from flatiron_tasks.share.atomic import write_atomically
from flatiron_tasks.share.cleanup import remove_job_folder


def clean_temp(context: Context, job_id: str) -> None:
    """Clean up behind a finished job. Raises FarmError or ShareError; the sweep then tries again."""
    with leased(context.store, job_id, CLEAN_TEMP, seconds=context.settings.lease_seconds) as lease:
        record = context.store.load(job_id)
        if lease is None or record.state is not JobState.DONE or record.cleaned:
            return
        with told(context, job_id, "Cleaning up"):
            take_off_farm(context, record)
            mark_ended(context, job_id, "done")
            leftovers = "" if record.keep_pieces else remove_folders(context, job_id)
        context.store.note(job_id, "leftovers", leftovers)
        context.store.note(job_id, "cleaned", "1", sentence=_sentence(record, leftovers))
        context.store.forget_job_at(record.manager, job_id)


def take_off_farm(context: Context, record: JobRecord) -> None:
    """Delete every generation of the job on the farm, by name: an answer may have been lost, a handle with it."""
    farm = context.farms(record.manager)
    jobs = farm.jobs()
    for generation in range(1, record.generation + 1):
        view = jobs.get(farm_job_name(record.job_id, generation))
        if view is not None:
            farm.delete(view.handle)


def mark_ended(context: Context, job_id: str, state: str) -> None:
    """Note in the job folder that the job has ended, before anything of it is removed. Raises ShareError."""
    for root in context.settings.network_folders:
        folder = JobFolder.of(root, job_id)
        if folder.description.exists():
            write_atomically(folder.ended, Ended(schema_version=1, job_id=job_id, state=state).to_json())


def remove_folders(context: Context, job_id: str) -> str:
    """Remove what the job made below every configured network folder. Returns what had to stay, for people."""
    left: list[str] = []
    for root in context.settings.network_folders:
        folder = JobFolder.of(root, job_id).path
        if folder.exists():
            found = remove_job_folder(folder, job_id=job_id, network_folders=context.settings.network_folders)
            left.extend(found.paths)
    return ", ".join(left)


def _sentence(record: JobRecord, leftovers: str) -> str:
    if leftovers:
        return f"The job folder is cleaned up, but these files are not the job's and stay: {leftovers}"
    return "The job folder is kept, as asked." if record.keep_pieces else "The job folder is removed."
