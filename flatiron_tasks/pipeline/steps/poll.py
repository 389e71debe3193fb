"""One sweep over the jobs of one farm manager: one listing of the farm, then a look at every job that may have moved.

It is also the safety net: whatever message was lost, a later look sends the step again. A manager that does not answer
holds up nobody else's jobs, and of its own ones only what needs it. A job that cannot be read holds up no other.

A job that nothing moves is looked at less and less often, and so is a manager: after a tenth of the time for which
nothing has moved, within bounds.
"""

from __future__ import annotations

import logging
from contextlib import ExitStack
from dataclasses import replace

from flatiron_tasks.contracts.errors import FarmError, FlatironError
from flatiron_tasks.pipeline.attempt import told
from flatiron_tasks.pipeline.context import Context
from flatiron_tasks.pipeline.farm_names import owners
from flatiron_tasks.pipeline.manager_health import answered, failed, pause
from flatiron_tasks.pipeline.next_steps import next_steps
from flatiron_tasks.pipeline.record import JobRecord
from flatiron_tasks.pipeline.resume import resume
from flatiron_tasks.pipeline.states import WORKING, PassState
from flatiron_tasks.pipeline.steps.observe import observe
from flatiron_tasks.pipeline.survey import Survey

log = logging.getLogger(__name__)
LONGEST_JOB_PAUSE_S = 600.0
"""Between two looks at a job that waits in the farm's queue; a change in the queue is seen at once in any case."""


def poll(context: Context, manager: str) -> None:
    """Sweep this manager. If another worker does so now, that one sweeps once more."""
    book = context.store.sweeps
    with context.store.only_one(f"poll:{manager}", seconds=context.settings.lease_seconds) as mine:
        if not mine:
            book.ask_again(manager)
            return
        _Sweep(context, manager).run()
        while book.take_again(manager):
            _Sweep(context, manager).run()


class _Sweep:
    def __init__(self, context: Context, manager: str) -> None:
        self._context = context
        self._manager = manager
        self._book = context.store.sweeps
        self._health = self._book.health(manager)
        self._now = context.clock.now().timestamp()
        self._survey: Survey | None = None
        self._moved = False

    def run(self) -> None:
        """Look after everything that may have moved, and plan the next sweep."""
        jobs = self._context.store.jobs_at(self._manager)
        if jobs:
            with ExitStack() as opened:
                self._ask(opened)
                for job_id in sorted(self._to_look_at(jobs)):
                    self._look_after(job_id)
                if self._survey is not None and self._survey.changed:
                    self._book.keep_listing(self._manager, self._survey.listing)
        self._plan()

    def _ask(self, opened: ExitStack) -> None:
        try:
            farm = self._context.farms(self._manager)
            opened.enter_context(farm.visit())
            before = self._book.listing(self._manager)
            self._survey = Survey(farm, before=before, recovering=self._health.is_recovering(self._now))
        except FarmError as error:
            self._note_outage(error)
        else:
            self._health = answered(self._health, self._now)

    def _to_look_at(self, jobs: list[str]) -> set[str]:
        due = set(self._book.due(self._manager, self._now))
        return due | owners(self._survey.changed, jobs) if self._survey else due

    def _look_after(self, job_id: str) -> None:
        try:
            with told(self._context, job_id, "Looking after the job"):
                self._look(job_id)
        except FarmError as error:
            self._note_outage(error)  # the others go on without the farm
        except FlatironError:
            log.exception("job %s could not be looked after", job_id)
            if not self._context.store.exists(job_id):
                self._context.store.forget_job_at(self._manager, job_id)
            self._book.postpone(self._manager, job_id, self._now + self._context.settings.poll_seconds)

    def _look(self, job_id: str) -> None:
        store = self._context.store
        record = store.load(job_id)
        if self._survey is None:
            store.note(job_id, "farm_trouble", self._health.trouble_sentence, sentence=self._health.trouble_sentence)
        elif record.farm_trouble:
            store.note(job_id, "farm_trouble", "")
        if record.state in WORKING and record.passes_in(PassState.WAITING):
            self._moved |= observe(self._context, self._survey, record)
        record = resume(self._context, job_id)
        store.look_again(job_id, record.revision, self._now + self._job_pause(record))

    def _job_pause(self, record: JobRecord) -> float:
        """Steps that are under way, and jobs that servers work on, are looked after in every sweep."""
        seen = record.sighting
        if next_steps(record) or (seen is not None and (seen.active or seen.over_since)):
            return 0.0
        quiet = self._now - (max(seen.moved_at, seen.readded_at) if seen else record.updated_at)
        return pause(quiet, self._context.settings.poll_seconds, LONGEST_JOB_PAUSE_S)

    def _note_outage(self, error: FarmError) -> None:
        log.warning("farm %s: %s", self._manager, error)
        self._survey = None
        self._health = failed(self._health, self._manager, error, self._now)

    def _plan(self) -> None:
        settings = self._context.settings
        if self._moved:
            self._health = replace(self._health, moved_at=self._now)
        wait = self._health.wait(self._now, settings.poll_seconds, settings.poll_idle_seconds)
        self._book.keep_health(self._manager, replace(self._health, next_sweep=self._now + wait))
