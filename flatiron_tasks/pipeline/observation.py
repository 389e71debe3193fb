"""What one look at a waiting job sees: its share, its view on the farm, and what has moved since the last look.

Gathers `Evidence` for `fate`; decides nothing and changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace

from flatiron_tasks.pipeline import receipts
from flatiron_tasks.pipeline.context import Context
from flatiron_tasks.pipeline.evidence import Ages, Crew, Evidence, MissingPass, Patience, every_server_failed, says_over
from flatiron_tasks.pipeline.failure_table import FailureTable, failure_table
from flatiron_tasks.pipeline.farm_names import farm_job_name
from flatiron_tasks.pipeline.farm_port import FarmJobState, FarmJobView, ServerState
from flatiron_tasks.pipeline.fate import LONGEST_PAUSE_S
from flatiron_tasks.pipeline.job_files import JobFiles
from flatiron_tasks.pipeline.manager_health import RECOVERY_S
from flatiron_tasks.pipeline.node_failures import Failure, failures_of
from flatiron_tasks.pipeline.record import JobRecord
from flatiron_tasks.pipeline.sighting import NEVER, Sighting
from flatiron_tasks.pipeline.survey import Survey


@dataclass(frozen=True)
class Observation:
    """One look. `seen` is the sighting to keep, `moved` whether anything is otherwise than at the last look."""

    view: FarmJobView | None
    evidence: Evidence
    seen: Sighting
    moved: bool


def missing_passes(files: JobFiles, index: receipts.Index, passes: list[int]) -> tuple[MissingPass, ...]:
    """These passes with the farm tasks that have no complete attempt."""
    tasks: dict[int, list[int]] = defaultdict(list)
    for number in receipts.missing_tasks(files.plan, index, passes):
        tasks[files.plan.task(number).pass_index].append(number)
    return tuple(
        MissingPass(
            item,
            files.plan.passes[item].label,
            tuple(tasks[item]),
            tuple(receipts.missing_pieces(files.plan, index, item)),
        )
        for item in passes
    )


class Observer:
    """Looks at one job that has passes without pieces. Every method may raise FarmError."""

    def __init__(self, context: Context, survey: Survey, record: JobRecord, files: JobFiles) -> None:
        self._context = context
        self._survey = survey
        self._record = record
        self._files = files
        self._now = context.clock.now().timestamp()
        self._before = record.sighting or Sighting()
        self._view = survey.view(self._name)

    def look(self, missing: tuple[MissingPass, ...]) -> Observation:
        """One request for a job that has moved, none for one that has not."""
        table = failure_table(self._context.settings.failure_table)
        tasks = [task for item in missing for task in item.tasks]
        failures = failures_of(self._files, tasks, table, self._record.forgiven)
        seen = replace(
            self._before,
            handle=self._view.handle if self._view else "",
            state=self._view.state.value if self._view else "",
            pieces_left=sum(len(item.pieces) for item in missing),
            failures=len(failures),
            queue_lost=self._is_queue_lost(),
        )
        moved = self._record.sighting is None or seen != self._before
        seen = self._with_times(self._with_servers(seen, moved=moved), moved=moved)
        return Observation(self._view, self._evidence(seen, missing, failures, table), seen, moved)

    def _is_queue_lost(self) -> bool:
        """Judged when the farm lists the job no longer, and believed until it does again."""
        is_first_time = self._record.sighting is None or bool(self._before.state)
        return self._view is None and (self._survey.queue_lost if is_first_time else self._before.queue_lost)

    def _with_servers(self, seen: Sighting, *, moved: bool) -> Sighting:
        """Who works on it and who failed; asked if something has moved, was mended, or stands still for too long."""
        if self._view is None or self._view.state is FarmJobState.COMPLETE:
            return replace(seen, active=())
        mended = seen.readded > 0 and self._view.state is FarmJobState.WAITING
        quiet = not moved and self._is_quiet(seen)
        wanted = moved or mended or quiet or bool(seen.taken_off)
        progress = self._survey.farm.progress(self._view.handle) if wanted else None
        if quiet:
            seen = replace(seen, asked_at=self._now)
        if progress is None:
            return seen if self._view.state is FarmJobState.ACTIVE else replace(seen, active=())
        names = self._survey.server_names
        servers = names([item.handle for item in progress.servers])
        return replace(
            seen,
            tasks_done=progress.tasks_done,
            servers=servers,
            active=names([item.handle for item in progress.servers if item.active]),
            failed=names([item.handle for item in progress.servers if item.failed]),
            taken_off=tuple(name for name in seen.taken_off if name not in servers),
        )

    def _is_quiet(self, seen: Sighting) -> bool:
        """A farm may call a job active though every server has failed on it: doubted later and later."""
        if self._view is None or self._view.state is not FarmJobState.ACTIVE:
            return False
        moved_at = max(seen.moved_at, seen.readded_at)
        asked_after = max(0.0, seen.asked_at - moved_at)
        pause = min(LONGEST_PAUSE_S, max(self._context.settings.stuck_seconds, asked_after))
        return self._now - max(moved_at, seen.asked_at) >= pause

    def _with_times(self, seen: Sighting, *, moved: bool) -> Sighting:
        state = self._view.state if self._view else None
        idle = state is FarmJobState.WAITING and not seen.active
        stuck = not says_over(state) and every_server_failed(self._crew(seen))
        seen = self._with_messages(seen, moved=moved) if stuck else replace(seen, said="", is_said=False)
        return replace(
            seen,
            moved_at=self._now if moved else seen.moved_at,
            over_since=self._since(says_over(state), seen.over_since),
            idle_since=self._since(idle, seen.idle_since),
            stuck_since=self._since(stuck, seen.stuck_since),
        )

    def _with_messages(self, seen: Sighting, *, moved: bool) -> Sighting:
        """What the farm says about the failures, if the nodes say nothing: asked once, when nothing moves any more."""
        if seen.is_said or seen.failures or moved or self._view is None:
            return seen
        messages = self._survey.farm.messages(self._view.handle)
        return replace(seen, said=messages[-1] if messages else "", is_said=True)

    def _since(self, is_so: bool, before: float) -> float:
        return (before or self._now) if is_so else NEVER

    def _crew(self, seen: Sighting) -> Crew:
        """The whole farm is asked about only if this job concerns its servers at all."""
        crew = Crew(seen.servers, seen.active, seen.failed)
        if self._view is None or self._view.state not in (FarmJobState.WAITING, FarmJobState.ACTIVE):
            return crew
        servers = self._survey.servers
        idle = tuple(item.name for item in servers if item.state is ServerState.IDLE and item.name not in seen.failed)
        absent = tuple(item.name for item in servers if item.state is ServerState.ABSENT)
        return replace(crew, idle=idle, absent=absent, total=len(servers))

    def _evidence(
        self, seen: Sighting, missing: tuple[MissingPass, ...], failures: tuple[Failure, ...], table: FailureTable
    ) -> Evidence:
        settings = self._context.settings
        recovering = RECOVERY_S if self._view is None and (self._survey.recovering or seen.queue_lost) else 0.0
        patience = Patience(
            settings.share_caching_seconds + recovering, settings.stuck_seconds, settings.unassigned_seconds
        )
        over = bool(seen.over_since) and bool(missing)
        return Evidence(
            manager=self._record.manager,
            view=self._view.state if self._view else None,
            table=table,
            missing=missing,
            failures=failures,
            crew=self._crew(seen),
            ages=Ages(
                over=self._known_for(seen.over_since),
                stuck=self._known_for(seen.stuck_since),
                idle=self._known_for(seen.idle_since),
                readded=self._now - seen.readded_at if seen.readded_at else None,
            ),
            patience=patience,
            done=seen.tasks_done,
            abandoned=seen.abandoned,
            archived=over and self._view is None and self._name in self._survey.archived,
            queue_lost=seen.queue_lost,
            resubmitted=self._record.resubmitted,
            suspended_by_us=self._record.suspended,
            readded=seen.readded,
            witnesses=receipts.witnesses(self._files) if over else (),
            messages=(seen.said,) if seen.said else (),
        )

    @property
    def _name(self) -> str:
        return farm_job_name(self._record.job_id, self._record.generation)

    def _known_for(self, since: float) -> float | None:
        """For how long the manager has said so without a break: what it did while it was away, nobody knows."""
        return max(0.0, self._now - max(since, self._survey.answering_since)) if since else None
