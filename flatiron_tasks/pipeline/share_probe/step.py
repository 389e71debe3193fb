"""The share probe's part in dispatching a job: ask whom nobody knows, and say to whom the job may go. Never waits."""

from __future__ import annotations

from dataclasses import replace

from flatiron_tasks.contracts.errors import UnfitServersError
from flatiron_tasks.pipeline.context import Context
from flatiron_tasks.pipeline.farm_port import Farm, ServerState
from flatiron_tasks.pipeline.job_files import JobFiles
from flatiron_tasks.pipeline.record import JobRecord
from flatiron_tasks.pipeline.share_probe.admission import Bounds, FarmServers, Go, Refuse, Standing, Wait, decide
from flatiron_tasks.pipeline.share_probe.asking import ask, is_fresh
from flatiron_tasks.pipeline.share_probe.health import NodeHealth

TAKES_PART = (ServerState.IDLE, ServerState.BUSY)


def admit(context: Context, farm: Farm, files: JobFiles, record: JobRecord) -> tuple[str, ...] | None:
    """Servers that the job may be handed to now, none for everybody; None if it must wait, which its record then says.

    Raises UnfitServersError if too few servers see the network folder rightly, FarmError, ShareError.
    """
    if not context.settings.share_probe_minutes:
        return ()
    standings = _standings(context, farm, files, record.manager)
    book, now = context.store.probes, context.clock.now().timestamp()
    waited = now - book.wait(record.manager, record.job_id, now)
    decision = decide(standings, _bounds(context), waited_s=waited)
    if isinstance(decision, Wait):
        context.store.note(record.job_id, "farm_note", decision.sentence, sentence=decision.sentence)
        return None
    book.wait_no_longer(record.manager, record.job_id)
    if isinstance(decision, Refuse):
        raise _refused(context, record, standings, decision)
    return _admitted(context, files, record, decision)


def known_healths(context: Context, manager: str, network_folder: str) -> dict[str, NodeHealth]:
    """What is known and still believed of servers, by name."""
    healths = context.store.probes.healths(manager, network_folder)
    return {name: health for name, health in healths.items() if is_fresh(context, health)}


def _bounds(context: Context) -> Bounds:
    settings = context.settings
    return Bounds(settings.share_probe_minimum, settings.share_probe_patience_minutes * 60)


def _standings(context: Context, farm: Farm, files: JobFiles, manager: str) -> list[Standing]:
    """Every server that takes part. Whoever nobody knows is asked."""
    servers = sorted(server.name for server in farm.servers() if server.state in TAKES_PART)
    known = known_healths(context, manager, files.job.network_folder)
    unknown = [server for server in servers if server not in known]
    if unknown:
        ask(context, farm, manager, files, unknown)
        known = known_healths(context, manager, files.job.network_folder)
    return [Standing(server, known.get(server)) for server in servers]


def _refused(context: Context, record: JobRecord, standings: list[Standing], decision: Refuse) -> UnfitServersError:
    """The error that ends the job. A person will mend something before the next attempt, so that one asks again."""
    for item in standings:
        if item.health is not None:
            context.store.probes.keep(replace(item.health, doubted=True))
    return UnfitServersError(
        f"The job is not handed to the farm {record.manager}.",
        why=f"{decision.what} {decision.why}",
        advice="Mend what is said about each server; they are asked again at the next attempt.",
    )


def _admitted(context: Context, files: JobFiles, record: JobRecord, decision: Go) -> tuple[str, ...]:
    """Note who may work on the job, before it is handed over. A group cannot be named beside servers [C7]."""
    is_named = bool(decision.servers) and not files.job.farm.server_group
    servers = FarmServers(is_named, decision.servers if is_named else ())
    context.store.note(record.job_id, "share_note", decision.note, sentence=decision.note)
    context.store.note(record.job_id, "farm_servers", servers.to_json())
    return servers.servers
