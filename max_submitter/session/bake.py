"""Press Bake: main thread, a thread for everything slow, main thread again. Returns control at once.

Facts and scene copy are taken at one moment (`freezing`), jobs and placeholders made in a thread (`submitting`), the
placeholders assigned as one step of undo. A bake on this machine takes the same way and then runs (`local_bake`).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

from flatiron_tasks.contracts.errors import FlatironError, SceneError
from flatiron_tasks.contracts.identity import utc_text
from flatiron_tasks.contracts.job_view import JobView
from max_submitter.bake_settings import ArtistConfiguration, BakeSettings
from max_submitter.jobs.ledger import LedgerEntry, LedgerTexture
from max_submitter.scene.port import ScenePort
from max_submitter.session.background import After, Background
from max_submitter.session.freezing import Frozen, freeze
from max_submitter.session.journal import Journal
from max_submitter.session.local_bake import LocalBake, LocalListener, LocalPlace, LocalTexture, run_all, stop_all
from max_submitter.session.plan import GroupPlan
from max_submitter.session.port import BakeProgress
from max_submitter.session.session_folder import SessionFolder
from max_submitter.session.submitting import Outcome, Submitter
from max_submitter.submission import Submitted

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
        self._bakes: tuple[LocalBake, ...] = ()
        self.submitted: list[str] = []
        """Ids of the jobs that the last press made, in the order of the groups."""
        self.unsettled: set[str] = set()
        """Jobs that the workers do not know of yet, or of which something is left that must go; see `leftovers`."""

    @property
    def progress(self) -> BakeProgress | None:
        """How far it has come; None if all is done."""
        return self._progress

    @property
    def is_running(self) -> bool:
        """Whether a press is under way."""
        return self._progress is not None and self._progress.is_running

    def press(self, settings: BakeSettings, configuration: ArtistConfiguration) -> None:
        """Bake; a second press before the first is through does nothing."""
        if self.is_running:
            return
        self.submitted.clear()
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

    def settled(self, job_id: str) -> None:
        """`leftovers` has dealt with a job: nothing that was said of it holds any more."""
        self.unsettled.discard(job_id)
        if not self.unsettled and not self.is_running and self._progress is not None and not self._progress.error:
            self._set(None)

    def cancel_local(self, job_id: str) -> bool:
        """Cancel a bake on this machine; False if there is none of this id."""
        found = [bake for bake in self._bakes if bake.job_id == job_id]
        stop_all(found)
        return bool(found)

    def _begin(self, settings: BakeSettings, configuration: ArtistConfiguration) -> None:
        tools = self._tools
        try:
            place = None if settings.network.enabled else LocalPlace.make(tools.local_folder, configuration)
            frozen = freeze(tools.scene, settings, configuration, tools.folder, place)
            send = tools.sender(configuration) if place is None else _tell_nobody
        except (FlatironError, OSError) as error:
            self._fail(error if isinstance(error, FlatironError) else SceneError(str(error)))
            return
        submitter = Submitter(self._journal, tools.node_program, send, tools.clock)
        opened = self._scenes_opened
        tools.background.run(
            "submitting",
            lambda: _submit(submitter, frozen, lambda *told: tools.background.tell(lambda: self._tell(*told))),
            lambda outcomes: self._submitted(frozen, outcomes, configuration, place, opened),
            self._fail,
        )

    def _submitted(
        self,
        frozen: Frozen,
        outcomes: Sequence[Outcome],
        configuration: ArtistConfiguration,
        place: LocalPlace | None,
        opened: int,
    ) -> None:
        pairs = [(plan, outcome) for plan, outcome in zip(frozen.plans, outcomes, strict=True) if outcome.submitted]
        self.submitted.extend(outcome.submitted.job_id for _, outcome in pairs if outcome.submitted)
        self.unsettled.update(outcome.job_id for outcome in outcomes if outcome.error and outcome.job_id)
        remarks = self._assign([plan for plan, _ in pairs], frozen.frame, opened)
        for _, outcome in pairs:
            if place is None and outcome.submitted:
                self._jobs().note_submitted(ledger_entry(outcome, outcome.submitted, frozen, self._tools.clock()))
        failures = [outcome for outcome in outcomes if outcome.submitted is None]
        remarks += [_not_told(outcome) for _, outcome in pairs if outcome.error]
        if failures:
            self._end(" ".join(remarks), _errors(failures, len(outcomes)))
        elif place is not None:
            self._run_locally([outcome.submitted for _, outcome in pairs if outcome.submitted], configuration, place)
        else:
            self._end(" ".join(remarks), "")

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

    def _run_locally(
        self, submitted: Sequence[Submitted], configuration: ArtistConfiguration, place: LocalPlace
    ) -> None:
        background = self._tools.background
        try:
            self._bakes = tuple(LocalBake(item, configuration, place.mapping) for item in submitted)
        except FlatironError as error:
            self._fail(error)
            return
        bakes, listener = (
            self._bakes,
            LocalListener(
                progress=lambda *told: background.tell(lambda: self._tell(*told)),
                view=lambda view: background.tell(lambda: self._jobs().show_local(view)),
            ),
        )
        background.run("baking here", lambda: run_all(bakes, listener), self._baked_here, self._fail)

    def _baked_here(self, textures: Sequence[LocalTexture]) -> None:
        """Let the scene read what is finished; in another scene nothing shows these files, and nothing is touched."""
        self._bakes = ()
        remarks = []
        for texture in textures:
            try:
                if texture.path == texture.planned:
                    self._tools.scene.reload(texture.path)
                else:
                    self._tools.scene.relink(texture.planned, texture.path)
            except SceneError as error:
                remarks.append(str(error))
        self._end(" ".join(remarks), "")

    def _tell(self, sentence: str, fraction: float | None) -> None:
        self._set(BakeProgress(sentence, fraction, is_running=True))

    def _fail(self, error: FlatironError) -> None:
        self._bakes = ()
        self._end("", str(error))

    def _end(self, remark: str, error: str) -> None:
        done = not remark and not error
        self._set(None if done else BakeProgress(remark, None, is_running=False, error=error))

    def _set(self, progress: BakeProgress | None) -> None:
        self._progress = progress
        self._changed()
        while self._when_through and not self.is_running:
            self._when_through.pop()()


def ledger_entry(outcome: Outcome, submitted: Submitted, frozen: Frozen, now: datetime) -> LedgerEntry:
    """What this machine has to remember of a job: which scene shows which file."""
    return LedgerEntry(
        schema_version=1,
        job_id=submitted.job_id,
        job_name=outcome.request.job_name,
        submitted_at=utc_text(now),
        scenes=(str(frozen.scene_path),) if frozen.scene_path else (),
        job_folder=str(submitted.job_folder),
        output_folder=str(outcome.request.output_folder),
        farm=f"{outcome.request.farm.manager}:{outcome.request.farm.port}",
        textures=tuple(LedgerTexture(path.name, str(path), applied="") for path in submitted.placeholders),
    )


def _submit(submitter: Submitter, frozen: Frozen, tell: Callable[[str, float], None]) -> tuple[Outcome, ...]:
    try:
        return submitter.submit_all(frozen.requests, tell)
    finally:
        shutil.rmtree(frozen.copy.parent, ignore_errors=True)  # what resists goes with the session's folder


def _errors(failures: Sequence[Outcome], count: int) -> str:
    texts = [f"{item.request.job_name}: {item.error}" if count > 1 else str(item.error) for item in failures]
    if len(failures) < count:
        texts.append(f"The other {count - len(failures)} of {count} jobs are submitted.")
    return " ".join(texts)


def _not_told(outcome: Outcome) -> str:
    why = outcome.error.reason if outcome.error else ""
    return (
        f"{outcome.request.job_name} is complete on the share, but the workers could not be told yet. "
        f"They are told as soon as Redis answers; do not bake again. {why}"
    )


def _tell_nobody(job_id: str) -> None:
    """A bake on this machine needs no worker."""
