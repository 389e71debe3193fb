"""Servers that answer a share probe, or turn out bad, when the job is on the farm already.

A server that is named by nobody joins; one that works on the job of a whole group or farm, and must not, is taken off.
Every order may be given twice, and what was done is noted behind it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator

from flatiron_tasks.contracts.errors import FarmRefusedError
from flatiron_tasks.pipeline.context import Context
from flatiron_tasks.pipeline.farm_names import farm_job_name
from flatiron_tasks.pipeline.farm_port import Farm, FarmServer, ServerState
from flatiron_tasks.pipeline.job_files import open_job
from flatiron_tasks.pipeline.record import JobRecord
from flatiron_tasks.pipeline.share_probe.admission import FarmServers
from flatiron_tasks.pipeline.share_probe.asking import ask, being_asked
from flatiron_tasks.pipeline.share_probe.health import NodeHealth, NodeVerdict
from flatiron_tasks.pipeline.share_probe.step import known_healths
from flatiron_tasks.pipeline.survey import Survey

log = logging.getLogger(__name__)


def adjust_servers(context: Context, survey: Survey, record: JobRecord) -> None:
    """Let the right servers work on a job that is on the farm, and ask those that are free and unknown.

    Raises FarmError, ShareError.
    """
    view = survey.view(farm_job_name(record.job_id, record.generation))
    if not record.farm_servers or view is None or not context.settings.share_probe_minutes:
        return
    _adjust(context, survey, record, view.handle)
    known = known_healths(context, record.manager, record.network_folder)
    unknown = [item.name for item in survey.servers if item.state is ServerState.IDLE and item.name not in known]
    if set(unknown) - being_asked(context.store.probes.probes(record.manager)):
        files = open_job(record.job_id, context.settings.network_folders)
        ask(context, survey.farm, record.manager, files, unknown)


def _adjust(context: Context, survey: Survey, record: JobRecord, handle: str) -> None:
    admitted = FarmServers.from_json(record.farm_servers)
    healths = context.store.probes.healths(record.manager, record.network_folder)
    present = [(item, healths[item.name]) for item in survey.servers if item.name in healths]
    names = list(admitted.servers)
    for server, is_to_work in _changes(admitted, present):
        if _order(survey.farm, handle, server, is_to_work=is_to_work):
            is_listed = is_to_work is admitted.named
            names = [*names, server.name] if is_listed else [name for name in names if name != server.name]
            sentence = (
                f"{server.name} {'joins' if is_to_work else 'is taken off'} the job: {healths[server.name].sentence}"
            )
            context.store.artists.say(record.job_id, sentence)
    text = FarmServers(admitted.named, tuple(names)).to_json()
    context.store.note_if(record, "farm_servers", record.farm_servers, {"farm_servers": text})


def _changes(admitted: FarmServers, present: list[tuple[FarmServer, NodeHealth]]) -> Iterator[tuple[FarmServer, bool]]:
    """Servers whose part in the job changes, and whether they are to work on it."""
    for server, health in present:
        is_listed = server.name in admitted.servers
        if health.is_ok and is_listed is not admitted.named:
            yield server, True
        elif not admitted.named and not is_listed and not health.is_ok and health.verdict is not NodeVerdict.BUSY:
            yield server, False


def _order(farm: Farm, handle: str, server: FarmServer, *, is_to_work: bool) -> bool:
    """Whether the farm did it. What it refuses is left: no piece of a wrong folder is ever accepted."""
    try:
        if is_to_work:
            return farm.add_server_again(handle, server.handle)
        return farm.take_server_off(handle, server.handle)
    except FarmRefusedError as error:
        log.warning("job %s on the farm, server %s: %s", handle, server.name, error)
        return False
