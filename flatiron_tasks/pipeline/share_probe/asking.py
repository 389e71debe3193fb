"""Ask servers: a folder with a challenge on the share, and one tiny farm job per server.

The intent is noted before anything is done. Killed anywhere, the next call goes on with the same probe: what is on the
share is not made again, and a farm job whose answer was lost is found by its name.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from flatiron_tasks.contracts import paths
from flatiron_tasks.contracts.errors import FarmRefusedError, FarmSubmissionError
from flatiron_tasks.contracts.identity import utc_text
from flatiron_tasks.contracts.layout import NODE_PROGRAM, PROBES
from flatiron_tasks.contracts.share_probe import STEPS, ShareChallenge
from flatiron_tasks.pipeline.context import Context, node_path_mapping
from flatiron_tasks.pipeline.farm_port import Farm, FarmJob
from flatiron_tasks.pipeline.job_files import JobFiles
from flatiron_tasks.pipeline.share_probe.health import TASKS, NodeHealth, Probe
from flatiron_tasks.pipeline.share_probe.verdicts import Evidence, Limits, judge
from flatiron_tasks.settings import Settings
from flatiron_tasks.share import probe_folder
from flatiron_tasks.share.atomic import share_error
from flatiron_tasks.share.bounded_read import LARGEST_DESCRIPTION, read_bounded
from flatiron_tasks.share.path_mapping import PathMapping

_MOST_URGENT = 0
_TIMEOUT_MINUTES = 2
"""A server that hangs on a dead mount gets its probe taken away by the farm."""


def ask(context: Context, farm: Farm, manager: str, files: JobFiles, servers: Sequence[str]) -> None:
    """Ask these servers about the job's network folder, unless they are being asked; go on with what was begun.

    Raises FarmError, ShareError. Does nothing while another worker does the same.
    """
    book, folder = context.store.probes, files.job.network_folder
    with context.store.claims.only_one(f"probe:{manager}", seconds=context.settings.lease_seconds) as mine:
        if not mine:
            return
        begun = [probe for probe in book.probes(manager) if probe.network_folder == folder]
        new = _not_in(servers, being_asked(begun))
        if new:
            now = context.clock.now().timestamp()
            begun.append(Probe(manager, secrets.token_hex(16), folder, new, asked_at=now))
            book.open(begun[-1])
        for probe in begun:
            _Question(context, farm, files, probe).carry_out()


def being_asked(probes: Sequence[Probe]) -> frozenset[str]:
    """Servers that may still answer."""
    return frozenset(
        server for probe in probes for number, server in enumerate(probe.servers) if number not in probe.over
    )


def limits(context: Context) -> Limits:
    """The bounds of the settings."""
    settings = context.settings
    return Limits(
        timeout_s=settings.share_probe_timeout_seconds,
        free_bytes=settings.share_probe_free_mb << 20,
        clock_s=settings.share_probe_clock_seconds,
    )


def _not_in(servers: Sequence[str], others: Collection[str]) -> tuple[str, ...]:
    return tuple(server for server in servers if server not in others)


@dataclass(frozen=True)
class _Question:
    """One probe on its way to the farm."""

    context: Context
    farm: Farm
    files: JobFiles
    probe: Probe

    def carry_out(self) -> None:
        """Ask every server that was not asked yet."""
        probe, book = self.probe, self.context.store.probes
        missing = [
            number for number in range(len(probe.servers)) if number not in probe.asked and number not in probe.over
        ]
        if not missing:
            return
        probe_folder.make(self.files.folder.path.parent, _challenge(probe), _program(self.files))
        mapping = node_path_mapping(self.context.settings, probe.network_folder)
        listed = self.farm.jobs()
        for number in missing:
            job = _farm_job(self.context.settings, mapping, probe, number)
            is_asked = job.name in listed or self._submit(number, job)
            book.note(probe, number, "asked" if is_asked else "over", self.context.clock.now().timestamp())

    def _submit(self, number: int, job: FarmJob) -> bool:
        """Submit one farm job. False for a server that the farm cannot be asked about: it counts as silent."""
        try:
            self.farm.submit(job)
        except (FarmSubmissionError, FarmRefusedError) as error:
            if job.name in self.farm.jobs():  # an earlier answer was lost, or another worker was faster
                return True
            if isinstance(error, FarmSubmissionError):
                raise
            self._note_refusal(number, error)
            return False
        return True

    def _note_refusal(self, number: int, error: FarmRefusedError) -> None:
        seen = Evidence(self.context.clock.now().timestamp(), refusal=error.reason)
        health = judge(self.probe, self.probe.servers[number], seen, limits(self.context))
        if health is not None:
            self.context.store.probes.keep(health)


def is_fresh(context: Context, health: NodeHealth) -> bool:
    """Whether what is known of a server is still believed. Of one that is being asked it is kept up to date."""
    age = context.clock.now().timestamp() - health.at
    return not health.doubted and age < context.settings.share_probe_minutes * 60


def _challenge(probe: Probe) -> ShareChallenge:
    return ShareChallenge(
        schema_version=1,
        nonce=probe.nonce,
        made_at=utc_text(datetime.fromtimestamp(probe.asked_at, UTC)),
        network_folder=probe.network_folder,
        servers=probe.servers,
    )


def _program(files: JobFiles) -> bytes:
    """The node program that the job brought along: the one that its nodes would run."""
    try:
        return read_bounded(files.folder.node_program, LARGEST_DESCRIPTION)
    except OSError as error:
        raise share_error(f"{files.folder.node_program} cannot be read.", error) from error


def _farm_job(settings: Settings, mapping: PathMapping, probe: Probe, number: int) -> FarmJob:
    """One task for each of `TASKS`; the first proves that Python starts at all."""
    challenge, brought = (
        mapping.to_local(paths.join(probe.network_folder, PROBES, probe.nonce, name))
        for name in (probe_folder.CHALLENGE, NODE_PROGRAM)
    )
    python, program = settings.node_python, settings.node_program_path or brought
    start, *steps = TASKS
    return FarmJob(
        name=probe.farm_job(number),
        description="Flatiron share probe",
        command=(python, "{2}", "{3}", "--probe", challenge, "--server", str(number), "--step", "{4}"),
        task_rows=((start, "-c", "pass", STEPS[0]), *((step, "-B", program, step) for step in steps)),
        priority=_MOST_URGENT,
        servers=(probe.servers[number],),
        timeout_minutes=_TIMEOUT_MINUTES,
    )
