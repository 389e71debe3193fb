"""One sweep over the jobs of one farm manager: one listing of the farm, then a look at every job that may have moved.

It is also the safety net: whatever message was lost, a later look sends the step again. A manager that does not answer
holds up nobody else's jobs, and of its own ones only what needs it. A job that cannot be read holds up no other.

A sweep has a time budget: what it does not come to in time stays due and is looked after first by the next one, so that
a slow manager cannot keep a worker to itself.

A job that nothing moves is looked at less and less often, and so is a manager: after a tenth of the time for which
nothing has moved, within bounds.
"""

from __future__ import annotations

import logging
from contextlib import ExitStack
from dataclasses import replace
from enum import Enum
from time import monotonic

from flatiron_tasks.contracts.errors import (
    FarmError,
    FarmProtocolError,
    FarmRefusedError,
    FarmUnreachableError,
    FlatironError,
)
from flatiron_tasks.log_context import about
from flatiron_tasks.pipeline.attempt import told
from flatiron_tasks.pipeline.context import Context
from flatiron_tasks.pipeline.farm_names import owners
from flatiron_tasks.pipeline.farm_port import KeepsConnection
from flatiron_tasks.pipeline.manager_health import answered, failed, heard, listed, pause, reconnected, unheard
from flatiron_tasks.pipeline.measured import MANAGER_ANSWER, MANAGER_SILENCES, SWEEP
from flatiron_tasks.pipeline.next_steps import is_left_on_farm, next_steps
from flatiron_tasks.pipeline.record import JobRecord
from flatiron_tasks.pipeline.repairs import withdraw
from flatiron_tasks.pipeline.resume import resume
from flatiron_tasks.pipeline.share_probe.late import adjust_servers
from flatiron_tasks.pipeline.share_probe.watching import look_after_probes
from flatiron_tasks.pipeline.states import WORKING, JobState, PassState
from flatiron_tasks.pipeline.steps.observe import observe
from flatiron_tasks.pipeline.survey import Survey, list_ours

log = logging.getLogger(__name__)
LONGEST_JOB_PAUSE_S = 600.0
"""Between two looks at a job that waits in the farm's queue; a change in the queue is seen at once in any case."""

SILENCE_S = 60.0
"""How long at least a job is not asked about after the manager has given no answer about it."""

BUDGET_SHARE = 0.5
"""How much of its lock a sweep may use up before it begins with no further job; the rest is for the one under way."""


def poll(context: Context, manager: str) -> None:
    """Sweep this manager. If another worker does so now, that one sweeps once more, if the manager answers."""
    book, seconds = context.store.sweeps, context.settings.lease_seconds
    with context.store.claims.only_one(f"poll:{manager}", seconds=seconds) as mine:
        if not mine:
            book.ask_again(manager)
            return
        deadline = monotonic() + seconds * BUDGET_SHARE
        book.take_again(manager)  # whoever asked before gets this one
        answers = _Sweep(context, manager, deadline).run()
        if answers and monotonic() < deadline and book.take_again(manager):
            answers = _Sweep(context, manager, deadline).run()
    if answers and book.take_again(manager):
        book.sweep_now(manager)  # never a second repetition: the next tick makes room for other managers


class _Answer(Enum):
    """What became of a question about one job. `NOT_ASKED`: the connection was lost before."""

    TOLD = "told"
    UNREADABLE = "unreadable"
    SILENT = "silent"
    NOT_ASKED = "not asked"


class _Sweep:
    def __init__(self, context: Context, manager: str, deadline: float) -> None:
        self._context = context
        self._manager = manager
        self._deadline = deadline
        self._book = context.store.sweeps
        self._health = self._book.health(manager)
        self._now = self._time()
        self._survey: Survey | None = None
        self._moved = False
        self._cut_short = False
        self._is_garbled = False  # the farm said something that nobody could read
        self._is_blind = False  # it does not answer any more

    def run(self) -> bool:
        """Look after everything that may have moved, and plan the next sweep. Returns whether the manager answers."""
        begun = monotonic()
        with about(manager=self._manager), self._context.measures.together():
            jobs = self._context.store.jobs_at(self._manager)
            if jobs or self._context.store.probes.probes(self._manager):
                self._sweep(jobs)
            self._plan()
            self._context.measures.observe(SWEEP, self._labels, monotonic() - begun)
        return not self._health.failures

    def _sweep(self, jobs: list[str]) -> None:
        with ExitStack() as opened:
            self._ask(opened, jobs)
            if self._survey is not None:
                self._moved |= look_after_probes(self._context, self._manager, self._survey)
            self._look_after_all(self._to_look_at(jobs))
            if self._survey is not None and self._survey.changed:
                self._book.keep_listing(self._manager, self._survey.listing)

    @property
    def _labels(self) -> dict[str, str]:
        return {"manager": self._manager}

    def _ask(self, opened: ExitStack, jobs: list[str]) -> None:
        begun = monotonic()
        try:
            farm = self._context.farms(self._manager)
            opened.enter_context(farm.visit())
            listing = list_ours(farm)
        except FarmError as error:
            self._note_outage(error)
            return
        self._context.measures.observe(MANAGER_ANSWER, self._labels, monotonic() - begun)
        self._health = answered(self._health, self._now)
        if isinstance(farm, KeepsConnection) and farm.lost_connection():
            self._health = reconnected(self._health, self._now)
        before = self._book.listing(self._manager)
        self._health = listed(self._health, owners(before, jobs), owners(listing, jobs), self._now)
        self._survey = Survey(
            farm,
            listing,
            before=before,
            answering_since=self._health.answering_since,
            recovering=self._health.is_recovering(self._now),
            queue_lost=self._health.may_have_lost_queue(self._now),
        )

    def _to_look_at(self, jobs: list[str]) -> list[str]:
        """Who has waited longest comes first; then those that the farm lists otherwise than before.

        Jobs about which the manager did not answer last time come last, so that they can hold up each other only.
        """
        self._health = heard(self._health, *set(self._health.silent_jobs).difference(jobs))
        due = self._book.due(self._manager, self._now)
        changed = owners(self._survey.changed, jobs) if self._survey else set()
        silent = {job_id: position for position, job_id in enumerate(self._health.silent_jobs, 1)}
        return sorted(due + sorted(changed.difference(due)), key=lambda job_id: silent.get(job_id, 0))

    def _look_after_all(self, jobs: list[str]) -> None:
        for position, job_id in enumerate(jobs):
            if monotonic() >= self._deadline:
                self._leave(jobs[position:])
                return
            self._look_after(job_id)

    def _leave(self, jobs: list[str]) -> None:
        """Leave these to the next sweep. The listing is kept, so what has changed in it must be due by itself."""
        log.warning("farm %s: no time left for %d jobs in this sweep", self._manager, len(jobs))
        self._cut_short = True
        for job_id in set(jobs).difference(self._book.due(self._manager, self._now)):
            self._book.postpone(self._manager, job_id, self._now)

    def _look_after(self, job_id: str) -> None:
        try:
            with about(job=job_id), told(self._context, job_id, "Looking after the job"):
                self._look(job_id)
        except FlatironError as error:
            log.exception("job %s could not be looked after", job_id)
            self._book.forget_unknown(self._manager, job_id)
            self._book.postpone(self._manager, job_id, self._time() + self._context.settings.poll_seconds)
            if isinstance(error.__cause__, self._context.interruptions):
                raise

    def _look(self, job_id: str) -> None:
        store = self._context.store
        record = store.load(job_id)
        if self._health.failures:
            store.note(job_id, "farm_trouble", self._health.trouble_sentence, sentence=self._health.trouble_sentence)
        elif record.farm_trouble:
            store.note(job_id, "farm_trouble", "")
        answer = self._ask_about(record)
        record = resume(self._context, job_id)
        is_over = record.state is JobState.FAILED and not is_left_on_farm(record)
        at = None if is_over else self._time() + self._job_pause(record, answer)
        self._book.look_again(job_id, record.revision, at)

    def _ask_about(self, record: JobRecord) -> _Answer:
        """Do what needs the farm. A job that it cannot tell about says so, and holds up no other."""
        survey = None if self._is_blind else self._survey
        try:
            self._do_with_farm(record, survey)
        except FarmUnreachableError as error:
            return self._go_blind(record, error)
        except FarmError as error:
            self._is_garbled |= isinstance(error, FarmProtocolError)
            self._note_trouble(record, str(error), error)
            return _Answer.UNREADABLE
        if self._is_blind:
            return _Answer.NOT_ASKED
        if survey is not None:
            self._health = heard(self._health, record.job_id)
        return _Answer.TOLD

    def _do_with_farm(self, record: JobRecord, survey: Survey | None) -> None:
        if record.state in WORKING and record.passes_in(PassState.WAITING):
            self._moved |= observe(self._context, survey, record)
            if survey is not None and record.generation == record.dispatched:
                adjust_servers(self._context, survey, record)
        elif record.state is JobState.FAILED and survey is not None and is_left_on_farm(record):
            withdraw(self._context, survey, record)

    def _go_blind(self, record: JobRecord, error: FarmUnreachableError) -> _Answer:
        """The rest of this sweep does without the farm: the connection is lost. Is it this job that it is lost about?

        Not if the farm has just said something that nobody could read, which ends a connection as well.
        """
        self._is_blind = True
        if self._is_garbled:
            return _Answer.NOT_ASKED
        sentence = f"The farm manager {self._manager} gave no answer about this job; it is asked again later."
        self._note_trouble(record, sentence, error)
        return _Answer.SILENT

    def _note_trouble(self, record: JobRecord, sentence: str, error: FarmError) -> None:
        log.warning("farm %s, job %s: %s", self._manager, record.job_id, error)
        self._context.store.note(record.job_id, "farm_note", sentence, sentence=sentence)
        if not isinstance(error, FarmRefusedError):
            self._health = unheard(self._health, record.job_id)

    def _job_pause(self, record: JobRecord, answer: _Answer) -> float:
        """Steps that are under way, and jobs that servers work on, are looked after in every sweep."""
        if answer is _Answer.NOT_ASKED:
            return 0.0
        seen, shortest = record.sighting, SILENCE_S if answer is _Answer.SILENT else 0.0
        works = answer is _Answer.TOLD and seen is not None and (seen.active or seen.over_since)
        if next_steps(record) or works:
            return shortest
        quiet = self._now - (max(seen.moved_at, seen.readded_at) if seen else record.updated_at)
        return pause(quiet, max(shortest, self._context.settings.poll_seconds), LONGEST_JOB_PAUSE_S)

    def _note_outage(self, error: FarmError) -> None:
        log.warning("farm %s: %s", self._manager, error)
        self._context.measures.count(MANAGER_SILENCES, self._labels)
        self._health = failed(self._health, self._manager, error, self._now)

    def _plan(self) -> None:
        """The pause counts from the end of the sweep: a slow one must not follow itself without any."""
        settings, ended = self._context.settings, self._time()
        if self._moved:
            self._health = replace(self._health, moved_at=ended)
        wait = self._health.wait(ended, settings.poll_seconds, settings.poll_idle_seconds)
        if (self._cut_short or self._is_blind) and not self._health.failures:
            wait = settings.poll_seconds
        self._book.keep_health(self._manager, replace(self._health, next_sweep=ended + wait))

    def _time(self) -> float:
        return self._context.clock.now().timestamp()
