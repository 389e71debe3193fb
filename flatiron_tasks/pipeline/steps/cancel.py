"""Cancel a job: off the farm, off the share. Placeholders stay, because the scene may show them."""

from __future__ import annotations

from flatiron_tasks.contracts.errors import FarmError
from flatiron_tasks.pipeline.attempt import told
from flatiron_tasks.pipeline.context import Context
from flatiron_tasks.pipeline.lease import leased
from flatiron_tasks.pipeline.next_steps import CANCEL, DISPATCH
from flatiron_tasks.pipeline.resume import move
from flatiron_tasks.pipeline.states import JobState
from flatiron_tasks.pipeline.steps.clean_temp import mark_ended, remove_folders, take_off_farm


def _wait_for_dispatch(context: Context, job_id: str) -> None:
    """A submission that is under way would put the job on the farm right after it was taken off. Raises FarmError."""
    if context.store.is_claimed(job_id, DISPATCH):
        raise FarmError(f"Job {job_id} is being handed to the farm right now.", advice="It is cancelled right after.")


def cancel(context: Context, job_id: str) -> None:
    """Bring a job from `cancelling` to `cancelled`. Raises FarmError or ShareError; the sweep then tries again."""
    with leased(context.store, job_id, CANCEL, seconds=context.settings.lease_seconds) as lease:
        record = context.store.load(job_id)
        if lease is None or record.state is not JobState.CANCELLING:
            return
        with told(context, job_id, "Cancelling"):
            mark_ended(context, job_id, "cancelled")
            _wait_for_dispatch(context, job_id)
            take_off_farm(context, record)
            leftovers = remove_folders(context, job_id)
        left = f" These files stay: {leftovers}." if leftovers else ""
        sentence = f"The job is cancelled. Placeholders that were not replaced yet stay where they are.{left}"
        fields = {"cleaned": "1", "leftovers": leftovers}
        move(context, job_id, JobState.CANCELLED, expected=JobState.CANCELLING, sentence=sentence, fields=fields)
