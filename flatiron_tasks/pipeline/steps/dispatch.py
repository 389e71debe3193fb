"""Hand a job to the farm: one farm task per pass and strip that has no pieces yet."""

from __future__ import annotations

import hashlib
import re

from flatiron_tasks.contracts import paths
from flatiron_tasks.contracts.errors import FlatironError
from flatiron_tasks.contracts.layout import DESCRIPTION, NODE_PROGRAM, folder_name
from flatiron_tasks.pipeline import receipts
from flatiron_tasks.pipeline.attempt import told
from flatiron_tasks.pipeline.context import Context, node_path_mapping
from flatiron_tasks.pipeline.discards import discard_passes
from flatiron_tasks.pipeline.farm_port import Farm, FarmJob
from flatiron_tasks.pipeline.job_files import JobFiles, check_network_folder, open_job
from flatiron_tasks.pipeline.lease import leased
from flatiron_tasks.pipeline.next_steps import DISPATCH
from flatiron_tasks.pipeline.record import JobRecord
from flatiron_tasks.pipeline.resume import fail, move, resume
from flatiron_tasks.pipeline.states import JobState, PassState

_GENERATIONS_SEARCHED = 20


def dispatch(context: Context, job_id: str) -> None:
    """Bring the job to the farm and its state to `rendering`. Raises what the farm raised, after noting it."""
    with leased(context.store, job_id, DISPATCH, seconds=context.settings.lease_seconds) as lease:
        record = context.store.load(job_id)
        if lease is None or record.state is not JobState.SUBMITTED:
            return
        try:
            with told(context, job_id, "Handing the job to the farm"):
                _dispatch(context, record)
        except FlatironError as error:
            if not error.retryable:
                fail(context, job_id, DISPATCH, error, expected=JobState.SUBMITTED)
            raise
    resume(context, job_id)


def _dispatch(context: Context, record: JobRecord) -> None:
    files = open_job(record.job_id, context.settings.network_folders)
    check_network_folder(files, context.mapping)
    farm = context.farms(record.manager)
    if record.generation > 1:
        _end_earlier_generations(context, farm, files, record)
    waiting = [item.index for item in record.passes_in(PassState.WAITING)]
    tasks = receipts.missing_tasks(files.plan, receipts.list_receipts(files), waiting)
    generation, handle = (
        _hand_over(context, farm, files, record.generation, tasks) if tasks else (record.generation, "")
    )
    sentence = f"{len(tasks)} tasks are on the farm {record.manager}." if tasks else "All pieces are there already."
    fields = {"farm_handle": handle, "generation": str(generation), "farm_note": "", "complete_since": ""}
    moved = move(
        context, record.job_id, JobState.RENDERING, expected=JobState.SUBMITTED, sentence=sentence, fields=fields
    )
    if not moved and handle and context.store.load(record.job_id).state in (JobState.CANCELLING, JobState.CANCELLED):
        farm.delete(handle)


def _end_earlier_generations(context: Context, farm: Farm, files: JobFiles, record: JobRecord) -> None:
    """Before pieces are thrown away no node may work on them any more: the old farm job goes first."""
    discards = context.store.take_discards(record.job_id)
    waiting = [item.index for item in record.passes_in(PassState.WAITING)]
    if not discards and not receipts.missing_tasks(files.plan, receipts.list_receipts(files), waiting):
        return  # everything is rendered: the farm, which may be away, is not needed
    current = farm_job_name(record.job_id, record.generation)
    for name, view in farm.jobs().items():
        if name != current and belongs_to(name, record.job_id):
            farm.delete(view.handle)
    discard_passes(files, discards)
    context.store.forget_discards(record.job_id, discards)


def _hand_over(context: Context, farm: Farm, files: JobFiles, generation: int, tasks: list[int]) -> tuple[int, str]:
    """Submit once: an earlier submission whose answer, or whose record, was lost is found by its name and adopted."""
    jobs = farm.jobs()
    for number in range(generation + _GENERATIONS_SEARCHED, generation - 1, -1):
        known = jobs.get(farm_job_name(files.job.job_id, number))
        if known is not None:
            return number, known.handle
    name = farm_job_name(files.job.job_id, generation)
    context.store.note(files.job.job_id, "handed_over", "1")  # from here on only the farm knows whether it has the job
    return generation, farm.submit(_farm_job(context, files, name, tasks))


def farm_job_name(job_id: str, generation: int) -> str:
    """The unique name of a job on the farm, at most 70 characters as farm managers want it."""
    name = f"flatiron-{job_id}"
    if len(name) > 60:
        name = f"{name[:50]}-{hashlib.sha256(job_id.encode()).hexdigest()[:9]}"
    return name if generation == 1 else f"{name}-g{generation}"


def belongs_to(name: str, job_id: str) -> bool:
    """Whether a job on the farm is some generation of this one."""
    return re.fullmatch(re.escape(farm_job_name(job_id, 1)) + r"(-g\d+)?", name) is not None


def _farm_job(context: Context, files: JobFiles, name: str, tasks: list[int]) -> FarmJob:
    job = files.job
    mapping = node_path_mapping(context.settings, job.network_folder)
    program, description = (
        mapping.to_local(paths.join(job.network_folder, folder_name(job.job_id), file))
        for file in (NODE_PROGRAM, DESCRIPTION)
    )
    return FarmJob(
        name=name,
        description=re.sub(r"[^ -~]", "?", job.job_name),
        command=(context.settings.node_python, program, "--job", description, "--task", "{2}"),
        task_rows=tuple((_task_name(files, number), str(number)) for number in tasks),
        priority=job.farm.priority,
        server_group=job.farm.server_group,
        timeout_minutes=job.farm.task_timeout_minutes,
    )


def _task_name(files: JobFiles, number: int) -> str:
    task = files.plan.task(number)
    item = files.plan.passes[task.pass_index]
    label = re.sub(r"[^0-9A-Za-z_. -]", "-", item.label)
    frame = f" frame {item.frame}" if files.job.frames.is_range else ""
    strip = f" strip {task.strip + 1} of {files.job.strips}" if files.job.strips > 1 else ""
    return f"{label}{frame}{strip}"
