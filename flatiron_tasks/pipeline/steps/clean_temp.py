"""After delivery: take the job off the farm and its folder off the share. A file that resists never fails the bake."""

from __future__ import annotations

from flatiron_tasks.contracts.ended import Ended
from flatiron_tasks.contracts.errors import FarmError, ShareError
from flatiron_tasks.contracts.layout import JobFolder
from flatiron_tasks.pipeline import folder_removal
from flatiron_tasks.pipeline.attempt import told
from flatiron_tasks.pipeline.context import Context
from flatiron_tasks.pipeline.farm_names import belongs_to
from flatiron_tasks.pipeline.job_files import open_job
from flatiron_tasks.pipeline.lease import leased
from flatiron_tasks.pipeline.next_steps import CLEAN_TEMP, DISPATCH
from flatiron_tasks.pipeline.preview_files import forget_all
from flatiron_tasks.pipeline.record import JobRecord
from flatiron_tasks.pipeline.sentences import kept
from flatiron_tasks.pipeline.states import JobState
from flatiron_tasks.share.atomic import write_atomically
from flatiron_tasks.share.bounded_read import read_bounded


def clean_temp(context: Context, job_id: str) -> None:
    """Clean up behind a finished job. Raises FarmError or ShareError; the sweep then tries again."""
    with leased(context.store, job_id, CLEAN_TEMP, seconds=context.settings.lease_seconds) as lease:
        record = context.store.load(job_id)
        if lease is None or record.state is not JobState.DONE or record.cleaned:
            return
        with told(context, job_id, "Cleaning up"):
            mark_ended(context, job_id, "done")
            wait_for_dispatch(context, job_id)
            take_off_farm(context, record)
            leftovers = _keep(context, job_id) if record.keep_pieces else remove_folders(context, record)
            if leftovers is None:
                return  # the sweep comes again
            mark_ended(context, job_id, "done", cleaned=True)
        context.store.note(job_id, "leftovers", leftovers)
        context.store.note(job_id, "cleaned", "1", sentence=_sentence(record, leftovers))
        context.store.sweeps.forget_job_at(record.manager, job_id)


def _keep(context: Context, job_id: str) -> str:
    """Leave the job folder, without what only served people while they waited. Nothing is left that should not be."""
    if any(folder.description.exists() for folder in _folders(context, job_id)):
        forget_all(open_job(job_id, context.settings.network_folders))
    return ""


def wait_for_dispatch(context: Context, job_id: str) -> None:
    """A submission that is under way would put the job on the farm right after it was taken off. Raises FarmError."""
    if context.store.claims.is_claimed(job_id, DISPATCH):
        raise FarmError(f"Job {job_id} is being handed to the farm right now.", advice="It is taken off right after.")


def take_off_farm(context: Context, record: JobRecord) -> None:
    """Delete every generation of the job on the farm, by name: an answer may have been lost, a handle with it."""
    farm = context.farms(record.manager)
    for name, view in farm.jobs().items():
        if belongs_to(name, record.job_id):
            farm.delete(view.handle)


def mark_ended(context: Context, job_id: str, state: str, *, cleaned: bool = False) -> None:
    """Note in the job folder that the job has ended, before anything else: a lost record must not begin it again.

    When all is done and something stays, it is noted again as `cleaned`, and before the record says so: of a job that
    is forgotten, or lost with Redis, nothing is then taken up again.

    Raises ShareError.
    """
    for folder in _folders(context, job_id):
        if folder.description.exists() and (cleaned or not folder.ended.exists()):
            ended = Ended(schema_version=2, job_id=job_id, state=state, cleaned=cleaned)
            write_atomically(folder.ended, ended.to_json())


def take_back_mark(context: Context, job_id: str, state: str) -> None:
    """Remove the mark that a job has ended in this state, and no other. Raises ShareError, ContractError."""
    for folder in _folders(context, job_id):
        if folder.ended.exists():
            ended = Ended.from_json(read_bounded(folder.ended), source=str(folder.ended))
            if ended.state == state:
                folder.ended.unlink(missing_ok=True)


def remove_folders(context: Context, record: JobRecord) -> str | None:
    """Remove what the job made below every configured network folder.

    Returns what has to stay, for people; None if the step must come again to tell. Raises ShareError.
    """
    return folder_removal.remove_folders(context, record, _folders(context, record.job_id))


def _folders(context: Context, job_id: str) -> list[JobFolder]:
    """Where the job's folder may be. A network folder that is away now proves nothing. Raises ShareError."""
    for root in context.settings.network_folders:
        if not root.is_dir():
            raise ShareError(f"The network folder {root} is not there.", advice="Mount the share again.")
    return [JobFolder.of(root, job_id) for root in context.settings.network_folders]


def _sentence(record: JobRecord, leftovers: str) -> str:
    if leftovers:
        return f"The job folder is cleaned up, but these files are not the job's and stay: {leftovers}"
    return kept(record) if record.keep_pieces else "The job folder is removed."
