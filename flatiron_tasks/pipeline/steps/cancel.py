"""Cancel a job: off the farm, off the share. What its placeholders replaced comes back where workers see the output
folder; the other placeholders stay, because the scene may show them.
"""

from __future__ import annotations

from flatiron_tasks.contracts.errors import ContractError, OwnershipError, ShareError
from flatiron_tasks.pipeline.attempt import told
from flatiron_tasks.pipeline.context import Context
from flatiron_tasks.pipeline.files_on_share import final_path
from flatiron_tasks.pipeline.job_files import JobFiles, open_job
from flatiron_tasks.pipeline.lease import leased
from flatiron_tasks.pipeline.next_steps import CANCEL
from flatiron_tasks.pipeline.plan import Texture
from flatiron_tasks.pipeline.resume import move
from flatiron_tasks.pipeline.states import JobState
from flatiron_tasks.pipeline.steps.clean_temp import mark_ended, remove_folders, take_off_farm, wait_for_dispatch
from flatiron_tasks.share.atomic import sha256_of
from flatiron_tasks.share.delivery import deliver


def cancel(context: Context, job_id: str) -> None:
    """Bring a job from `cancelling` to `cancelled`. Raises FarmError or ShareError; the sweep then tries again."""
    with leased(context.store, job_id, CANCEL, seconds=context.settings.lease_seconds) as lease:
        record = context.store.load(job_id)
        if lease is None or record.state is not JobState.CANCELLING:
            return
        with told(context, job_id, "Cancelling"):
            mark_ended(context, job_id, "cancelled")
            wait_for_dispatch(context, job_id)
            record = context.store.load(job_id)
            if record.handed_over:
                take_off_farm(context, record)
            restored = record.given_back + _give_back(context, job_id)
            context.store.note(job_id, "given_back", str(restored))
            leftovers = remove_folders(context, record)
            if leftovers is None:
                return  # the sweep comes again
            mark_ended(context, job_id, "cancelled", cleaned=True)
        left = f" These files stay: {leftovers}." if leftovers else ""
        back = f" {restored} earlier files are back in place." if restored else ""
        sentence = f"The job is cancelled.{back} Placeholders that replaced nothing stay where they are.{left}"
        fields = {"cleaned": "1", "leftovers": leftovers}
        move(context, job_id, JobState.CANCELLED, expected=JobState.CANCELLING, sentence=sentence, fields=fields)


def _give_back(context: Context, job_id: str) -> int:
    """Put back what placeholders of this job replaced, where they still stand. Returns how many. Raises ShareError."""
    try:
        files = open_job(job_id, context.settings.network_folders)
    except (ContractError, OwnershipError, ShareError):
        return 0  # without a readable description nobody knows what the placeholders were
    return sum(_give_one_back(context, files, texture) for texture in files.plan.textures)


def _give_one_back(context: Context, files: JobFiles, texture: Texture) -> bool:
    previous = files.folder.previous / texture.file_name
    final = final_path(context.mapping, files, texture, roots=context.settings.output_folders)
    placeholder = files.job.placeholders[texture.index].sha256
    if final is None or not previous.is_file() or not final.is_file() or sha256_of(final) != placeholder:
        return False
    delivery = deliver(
        previous,
        final,
        job_id=files.job.job_id,
        placeholder_sha256=placeholder,
        finished_sha256=sha256_of(previous),
        create_missing=False,
    )
    return delivery.outcome == "delivered"
