"""Hand a job to the farm: one farm task per pass and strip that has no pieces yet.

The intent is noted before and the fact after. Whatever happens between the two, the next attempt finds the first one's
farm job by its name: a job has one farm job at a time, and a follow-up (a later generation) takes the place of it.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace

from flatiron_tasks.contracts import paths
from flatiron_tasks.contracts.errors import FarmProtocolError, FarmRefusedError, FarmSubmissionError, FlatironError
from flatiron_tasks.contracts.layout import DESCRIPTION, NODE_PROGRAM, folder_name
from flatiron_tasks.pipeline import receipts
from flatiron_tasks.pipeline.attempt import dispatch_attempt
from flatiron_tasks.pipeline.context import Context, node_path_mapping
from flatiron_tasks.pipeline.discards import discard_passes
from flatiron_tasks.pipeline.farm_names import farm_job_name, generation_of
from flatiron_tasks.pipeline.farm_port import Farm, FarmJob
from flatiron_tasks.pipeline.job_files import JobFiles, check_network_folder, open_job
from flatiron_tasks.pipeline.lease import leased
from flatiron_tasks.pipeline.next_steps import DISPATCH, is_put_off, wants_follow_up
from flatiron_tasks.pipeline.node_failures import attempts_so_far
from flatiron_tasks.pipeline.record import JobRecord
from flatiron_tasks.pipeline.resume import fail, move, resume
from flatiron_tasks.pipeline.share_probe.step import admit
from flatiron_tasks.pipeline.states import JobState, PassState

_SETTLED = {"farm_note": "", "sighting": "", "dispatch_failures": "", "dispatch_after": ""}
"""What a farm job that is there makes of notes about an earlier one, or about failures on the way to it."""


def dispatch(context: Context, job_id: str) -> None:
    """Bring the job, or what is still missing of it, to the farm. Raises what the farm raised, after noting it."""
    with leased(context.store, job_id, DISPATCH, seconds=context.settings.lease_seconds) as lease:
        record = context.store.load(job_id)
        if lease is None or not _is_time(context, record):
            return

        def give_up(error: FlatironError) -> None:
            fail(context, job_id, DISPATCH, error, expected=record.state)

        with dispatch_attempt(context, record, give_up):
            _dispatch(context, record)
    context.store.sweeps.sweep_now(record.manager)
    resume(context, job_id)


def _is_time(context: Context, record: JobRecord) -> bool:
    """Whether there is something to hand over, and no pause after a failure: a message may be late, or doubled."""
    is_wanted = record.state is JobState.SUBMITTED or wants_follow_up(record)
    return is_wanted and not is_put_off(record, context.clock.now().timestamp())


def _dispatch(context: Context, record: JobRecord) -> None:
    files = open_job(record.job_id, context.settings.network_folders)
    check_network_folder(files, context.mapping)
    farm = context.farms(record.manager)
    if record.generation > 1:
        _end_earlier_generations(context, farm, files, record)
    waiting = [item.index for item in record.passes_in(PassState.WAITING)]
    tasks = receipts.missing_tasks(files.plan, receipts.list_receipts(files), waiting)
    handed_over = _hand_over(context, farm, files, record, tasks) if tasks else (record.generation, "")
    if handed_over is None:
        return  # the share probe comes first; the sweep sends this step again when there is an answer
    if record.state is JobState.SUBMITTED:
        _begin(context, files, record, handed_over, tasks)
    else:
        _replace(context, files, record, handed_over, tasks)


def _begin(context: Context, files: JobFiles, record: JobRecord, dispatched: tuple[int, str], tasks: list[int]) -> None:
    """A person asked for this: what failed before does not count any more."""
    generation, handle = dispatched
    fields = {
        "farm_handle": handle,
        "generation": str(generation),
        "dispatched": str(generation),
        **_SETTLED,
        "forgiven": json.dumps(attempts_so_far(files, tasks)),
    }
    sentence = _sentence(record.manager, len(tasks))
    if move(context, record.job_id, JobState.RENDERING, expected=JobState.SUBMITTED, sentence=sentence, fields=fields):
        return
    if handle and context.store.load(record.job_id).state in (JobState.CANCELLING, JobState.CANCELLED):
        context.farms(record.manager).delete(handle)


def _replace(
    context: Context, files: JobFiles, record: JobRecord, dispatched: tuple[int, str], tasks: list[int]
) -> None:
    """The pipeline, or a person meanwhile, asked for this; `dispatched` comes last, because it ends the step."""
    generation, handle = dispatched
    fields = {"farm_handle": handle, **_SETTLED}
    if generation != record.generation:  # only then: a person may have asked for a later one by now
        fields["generation"] = str(generation)
    if record.pardoned > record.dispatched:
        fields["forgiven"] = json.dumps(attempts_so_far(files, tasks))
    for name, text in fields.items():
        context.store.note(record.job_id, name, text)
    context.store.note(record.job_id, "dispatched", str(generation), sentence=_sentence(record.manager, len(tasks)))


def _sentence(manager: str, tasks: int) -> str:
    return f"{tasks} tasks are on the farm {manager}." if tasks else "All pieces are there already."


def _end_earlier_generations(context: Context, farm: Farm, files: JobFiles, record: JobRecord) -> None:
    """Before pieces are thrown away no node may work on them any more: the old farm job goes first."""
    discards = context.store.take_discards(record.job_id)
    waiting = [item.index for item in record.passes_in(PassState.WAITING)]
    if not discards and not receipts.missing_tasks(files.plan, receipts.list_receipts(files), waiting):
        return  # everything is rendered: the farm, which may be away, is not needed
    for generation, handle in _generations(farm, record.job_id).items():
        if generation != record.generation:
            farm.delete(handle)
    discard_passes(files, discards)
    context.store.forget_discards(record.job_id, discards)


def _hand_over(
    context: Context, farm: Farm, files: JobFiles, record: JobRecord, tasks: list[int]
) -> tuple[int, str] | None:
    """Submit once: an earlier submission whose answer, or whose record, was lost is found by its name and adopted.

    None while nobody knows which servers see the right folder.
    """
    if _find(farm, record) is not None:
        return _only_latest(farm, record)
    servers = admit(context, farm, files, record)
    if servers is None:
        return None
    context.store.note(record.job_id, "handed_over", "1")  # from here on only the farm knows whether it has the job
    name = farm_job_name(record.job_id, record.generation)
    handle = ""
    try:
        handle = farm.submit(replace(_farm_job(context, files, record, name, tasks), servers=servers))
    except (FarmRefusedError, FarmSubmissionError):
        if _find(farm, record) is None:  # a manager refuses a name that it has: then the job is there
            raise
    return _only_latest(farm, record, handle)


def _generations(farm: Farm, job_id: str) -> dict[int, str]:
    """Handles of all generations of the job that the farm lists."""
    numbers = {generation_of(name, job_id): view.handle for name, view in farm.jobs().items()}
    return {number: handle for number, handle in numbers.items() if number}


def _find(farm: Farm, record: JobRecord) -> tuple[int, str] | None:
    """The latest generation of the job that the farm lists, and its handle; none that is earlier than this one."""
    latest = max(_generations(farm, record.job_id).items(), default=(0, ""))
    return latest if latest[0] >= record.generation else None


def _only_latest(farm: Farm, record: JobRecord, submitted: str = "") -> tuple[int, str]:
    """Take every generation but the latest off the farm: a slow worker, or a lost record, may have left another one.

    `submitted` is the handle of this generation, which a manager need not list at once.
    """
    listed = _generations(farm, record.job_id)
    if submitted:
        listed[record.generation] = submitted
    if not listed:
        raise FarmProtocolError(
            f"The farm {record.manager} does not list job {record.job_id}, which it just had.",
            advice="It is looked for again by itself.",
        )
    latest = max(listed)
    for generation, handle in listed.items():
        if generation != latest:
            farm.delete(handle)
    return latest, listed[latest]


def _farm_job(context: Context, files: JobFiles, record: JobRecord, name: str, tasks: list[int]) -> FarmJob:
    job = files.job
    mapping = node_path_mapping(context.settings, job.network_folder)
    brought, description = (
        mapping.to_local(paths.join(job.network_folder, folder_name(job.job_id), file))
        for file in (NODE_PROGRAM, DESCRIPTION)
    )
    program = context.settings.node_program_path or brought
    return FarmJob(
        name=name,
        description=re.sub(r"[^ -~]", "?", job.job_name),
        command=(context.settings.node_python, program, "--job", description, "--task", "{2}"),
        task_rows=tuple((_task_name(files, number), str(number)) for number in tasks),
        priority=job.farm.priority if record.priority is None else record.priority,
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
