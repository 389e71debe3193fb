"""Press Bake: main thread, a thread for everything slow, main thread again. Returns control at once.

Facts and scene copy are taken at one moment (`freezing`), jobs and placeholders made in a thread (`submitting`), the
placeholders assigned as one step of undo. A bake on this machine takes the same way and then runs (`local_desk`).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

from flatiron_tasks.contracts.errors import FlatironError, SceneError
from flatiron_tasks.contracts.job_view import JobView
from max_submitter.bake_settings import ArtistConfiguration, BakeSettings
from max_submitter.jobs.ledger import Ledger, LedgerEntry
from max_submitter.scene.port import ScenePort
from max_submitter.session.background import After, Background
from max_submitter.session.freezing import Frozen, freeze
from max_submitter.session.journal import Journal, Submission
from max_submitter.session.local_bake import LocalBake, LocalPlace
from max_submitter.session.local_desk import LocalDesk
from max_submitter.session.plan import GroupPlan
from max_submitter.session.port import BakeProgress
from max_submitter.session.session_folder import SessionFolder
from max_submitter.session.submission_words import failures_told, not_told
from max_submitter.session.submitting import Outcome, Submitter

UNDO_LABEL: Final = "Network bake"
_TIME_TO_PAINT_MS: Final = 20
"""Saving the copy blocks the main thread: let the panel show first that it is about to."""


class Jobs(Protocol):
    """Where submitted jobs are shown; `jobs.artist_jobs.ArtistJobs` is one."""

    def note_submitted(self, entry: LedgerEntry) -> None:
        """A job was submitted from this machine a moment ago."""
        ...

    def show_local(self, view: JobView) -> None:
        """Show a job that runs on this machine."""
        ...


@dataclass(frozen=True)
class BakeTools:
    """What pressing Bake needs from outside."""

    scene: ScenePort
    background: Background
    after: After
    folder: SessionFolder
    local_folder: Path
    ledger: Ledger
    node_program: Callable[[], bytes]
    sender: Callable[[ArtistConfiguration], Callable[[str], None]]
    """Makes what announces a job id; see `transport.CeleryTransport.send`."""
    clock: Callable[[], datetime]


class BakeDesk:
    """One press of Bake at a time. Everything public belongs to the main thread."""

    def __init__(self, tools: BakeTools, jobs: Callable[[], Jobs], changed: Callable[[], None]) -> None:
        """`jobs` gives the list that is shown now; `changed` hears of progress."""
        self._tools = tools
        self._jobs = jobs
        self._changed = changed
        self._journal = Journal(tools.folder.journal)
        self._progress: BakeProgress | None = None
        self._scenes_opened = 0
        self._when_through: list[Callable[[], None]] = []
        self.submitted: list[str] = []
        """Ids of the jobs that the last press made, in the order of the groups."""
        self.unsettled: set[str] = set()
        """Jobs that the workers do not know of yet, or of which something is left that must go; see `leftovers`."""
        self._local = LocalDesk(tools.scene, tools.background, jobs, self._moved, self.unsettled.add)

    @property
    def ledger(self) -> Ledger:
        """What this machine remembers of its jobs."""
        return self._tools.ledger

    @property
    def progress(self) -> BakeProgress | None:
        """How far submitting, or else baking on this machine, has come; None if all is done."""
        found = [item for item in (self._progress, self._local.progress) if item is not None]
        running = next((item for item in found if item.is_running), None)
        if running is not None or len(found) < 2:
            return running or next(iter(found), None)
        sentence, error = " ".join(item.sentence for item in found), " ".join(item.error for item in found)
        return BakeProgress(sentence.strip(), None, is_running=False, error=error.strip())

    @property
    def is_submitting(self) -> bool:
        """Whether jobs are being made."""
        return self._progress is not None and self._progress.is_running

    @property
    def is_running(self) -> bool:
        """Whether something is under way: a submission, or a bake on this machine."""
        return self.is_submitting or self._local.is_running

    def reason_against(self, settings: BakeSettings) -> str:
        """Why Bake cannot be pressed now; empty if it can. A bake on this machine is in the way of another one only."""
        if self.is_submitting:
            return "A bake is being submitted."
        if self._local.is_running and not settings.network.enabled:
            return "This machine is still baking. Bake on the farm, or wait until it is done."
        return ""

    def press(self, settings: BakeSettings, configuration: ArtistConfiguration) -> None:
        """Bake; a second press before the first is through does nothing."""
        if self.reason_against(settings):
            return
        self.submitted.clear()
        self._local.forget()
        self._tell("Saving a copy of the scene …", None)
        self._tools.after(_TIME_TO_PAINT_MS, lambda: self._begin(settings, configuration))

    def when_through(self, action: Callable[[], None]) -> None:
        """Run `action` as soon as nothing is under way."""
        if self.is_running:
            self._when_through.append(action)
        else:
            action()

    def scene_replaced(self) -> None:
        """Another scene is open: placeholders of the one before must not be assigned in it."""
        self._scenes_opened += 1
        self._local.scene_replaced()

    def settled(self, job_id: str) -> None:
        """`leftovers` has dealt with a job: nothing that was said of it holds any more."""
        self.unsettled.discard(job_id)
        if not self.unsettled and not self.is_submitting and self._progress is not None and not self._progress.error:
            self._set(None)

    def announced(self, entry: LedgerEntry) -> None:
        """`leftovers` has announced a job that the list does not know yet."""
        self._jobs().note_submitted(entry)

    def go_on(self, unfinished: Sequence[Submission], configuration: ArtistConfiguration) -> None:
        """Bake on this machine what an earlier program left unfinished."""
        if unfinished:
            self._bake_here([submission.entry for submission in unfinished], configuration, of_open_scene=False)

    def cancel_local(self, job_id: str) -> bool:
        """Cancel a bake on this machine; False if there is none of this id."""
        return self._local.cancel(job_id)

    def _begin(self, settings: BakeSettings, configuration: ArtistConfiguration) -> None:
        tools = self._tools
        try:
            place = None if settings.network.enabled else LocalPlace.make(tools.local_folder, configuration)
            frozen = freeze(tools.scene, settings, configuration, tools.folder, place)
            send = tools.sender(configuration) if place is None else None
        except (FlatironError, OSError) as error:
            self._fail(error if isinstance(error, FlatironError) else SceneError(str(error)))
            return
        submitter = Submitter(self._journal, tools.ledger, tools.node_program, send, tools.clock, frozen.scene_path)
        opened = self._scenes_opened
        tools.background.run(
            "submitting",
            lambda: _submit(submitter, frozen, lambda *told: tools.background.tell(lambda: self._tell(*told))),
            lambda outcomes: self._submitted(frozen, outcomes, configuration, opened),
            self._fail,
        )

    def _submitted(
        self, frozen: Frozen, outcomes: Sequence[Outcome], configuration: ArtistConfiguration, opened: int
    ) -> None:
        pairs = [(plan, outcome) for plan, outcome in zip(frozen.plans, outcomes, strict=True) if outcome.submitted]
        self.submitted.extend(outcome.job_id for _, outcome in pairs)
        self.unsettled.update(outcome.job_id for outcome in outcomes if outcome.is_open)
        remarks = self._assign([plan for plan, _ in pairs], frozen.frame, opened)
        made = [outcome.submission for _, outcome in pairs if outcome.submission]
        for submission in made:
            if not submission.is_local:
                self._jobs().note_submitted(submission.entry)
        remarks += [not_told(outcome.request.job_name, outcome.error) for _, outcome in pairs if outcome.error]
        failures = [(item.request.job_name, item.error) for item in outcomes if item.submitted is None]
        self._end(" ".join(remarks), failures_told(failures, len(outcomes)) if failures else "")
        entries = [submission.entry for submission in made if submission.is_local]
        if entries:
            self._bake_here(entries, configuration, of_open_scene=opened == self._scenes_opened)

    def _assign(self, plans: Sequence[GroupPlan], frame: int, opened: int) -> list[str]:
        """Show the placeholders; sentences about what could not be shown."""
        assignments = [item for plan in plans for item in plan.assignments(frame)]
        if not assignments:
            return []
        if opened != self._scenes_opened:
            return ["Another scene was opened meanwhile, so the placeholders are not assigned; the bake goes on."]
        try:
            return list(self._tools.scene.assign(assignments, UNDO_LABEL))
        except SceneError as error:
            return [f"The placeholders are not assigned; the bake goes on. {error}"]

    def _bake_here(
        self, entries: Sequence[LedgerEntry], configuration: ArtistConfiguration, *, of_open_scene: bool
    ) -> None:
        """A job that cannot be begun now stays in the journal, for the next program."""
        try:
            mapping = LocalPlace.make(self._tools.local_folder, configuration).mapping
            bakes = [LocalBake(entry, configuration, mapping, self._journal) for entry in entries]
        except FlatironError as error:
            self._fail(error)
            return
        self._local.bake(bakes, of_open_scene=of_open_scene)

    def _tell(self, sentence: str, fraction: float | None) -> None:
        self._set(BakeProgress(sentence, fraction, is_running=True))

    def _fail(self, error: FlatironError) -> None:
        self._end("", str(error))

    def _end(self, remark: str, error: str) -> None:
        done = not remark and not error
        self._set(None if done else BakeProgress(remark, None, is_running=False, error=error))

    def _set(self, progress: BakeProgress | None) -> None:
        self._progress = progress
        self._moved()

    def _moved(self) -> None:
        self._changed()
        while self._when_through and not self.is_running:
            self._when_through.pop()()


def _submit(submitter: Submitter, frozen: Frozen, tell: Callable[[str, float], None]) -> tuple[Outcome, ...]:
    try:
        return submitter.submit_all(frozen.requests, tell)
    finally:
        shutil.rmtree(frozen.copy.parent, ignore_errors=True)  # what resists goes with the session's folder
