"""One attempt at one farm task, from the renderer's start to the receipts. Never makes a job folder that is gone."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from flatiron_tasks.contracts.errors import FlatironError, RejectedPieceError
from flatiron_tasks.contracts.identity import new_attempt, utc_text
from flatiron_tasks.contracts.receipt import AttemptResult
from flatiron_tasks.share import atomic
from flatiron_tasks.share.links import refuse_links
from flatiron_tasks.share.path_mapping import PathMapping
from workers.node import pieces
from workers.node.assignment import Assignment
from workers.node.configuration import NodeConfiguration, load_configuration
from workers.node.exit_codes import NodeExit
from workers.node.failure import classify
from workers.node.launch import Launch, prepare
from workers.node.limits import check_limits
from workers.node.max_installations import SystemLookup
from workers.node.profile import NodeRenderer
from workers.node.renderer_process import ProcessStarter, SystemProcesses
from workers.node.renderer_run import Outcome, RendererRun
from workers.node.scene_file import verified_scene
from workers.node.supervision import Clock, Limits, SystemClock, job_is_gone
from workers.node.verdict import check_outcome, failure

_LOG = logging.getLogger("flatiron.node")


@dataclass(frozen=True)
class Node:
    """The machine, as far as an attempt needs it; tests put their own in its place."""

    host: str
    environment: Mapping[str, str]
    is_stopped: Callable[[], bool] = lambda: False
    clock: Clock = field(default_factory=SystemClock)
    processes: ProcessStarter = field(default_factory=SystemProcesses)


class Attempt:
    """One attempt. `run` ends it in any case with a result file, if the job folder is still there."""

    def __init__(self, assignment: Assignment, node: Node) -> None:
        self._assignment = assignment
        self._node = node
        self._started: datetime = node.clock.now()
        self.token = new_attempt(self._started)
        self._folder = assignment.folder
        self._work = self._folder.work / self.token
        self._log_file = self._folder.log(assignment.task.number, self.token)
        self._exit_code: int | None = None

    def run(self) -> NodeExit:
        """Render, verify, publish. Errors end in the result file and the exit code."""
        error: FlatironError | None = None
        try:
            self._render_and_publish()
        except FlatironError as caught:
            error = caught
        except OSError as caught:
            error = atomic.share_error(f"The folder {self._folder.path} failed.", caught)
        if error is not None and self._assignment.is_gone():
            error = job_is_gone()  # whatever went wrong, this is why
        _LOG.log(logging.INFO if error is None else logging.ERROR, "%s", error or f"{self._assignment.name}: done.")
        self._tidy_up(error)
        return NodeExit.DONE if error is None else classify(error)[0]

    def _render_and_publish(self) -> None:
        configuration = load_configuration(self._node.environment)
        renderer = configuration.renderer(self._assignment.job.renderer.name)
        check_limits(renderer, self._assignment)
        scene = verified_scene(self._assignment, PathMapping(configuration.path_rules))
        self._make_folders()
        task = self._assignment.node_task(self.token, self._work, scene.path)
        launch = prepare(
            renderer,
            configuration,
            task,
            work=self._work,
            inherited=self._node.environment,
            lookup=SystemLookup(self._node.environment),
        )
        outcome = self._render(renderer, launch, configuration)
        scene.check_unchanged()
        try:
            verified = pieces.verify(self._assignment, task)
        except RejectedPieceError as error:
            raise failure(renderer, outcome, error.what, flaws=error) from error
        refuse_links(self._folder)  # a render takes hours: look again
        pieces.publish(self._assignment, verified, self._provenance(renderer))

    def _make_folders(self) -> None:
        """Of the job folder only its subfolders; `mkdir` fails if the job folder itself is gone."""
        for folder in (self._folder.pieces, self._folder.logs, self._folder.work):
            folder.mkdir(exist_ok=True)
        refuse_links(self._folder)
        self._work.mkdir()

    def _render(self, renderer: NodeRenderer, launch: Launch, configuration: NodeConfiguration) -> Outcome:
        """Run the renderer to its end. Raises AttemptFailedError."""
        run = RendererRun(
            renderer=renderer,
            launch=launch,
            processes=self._node.processes,
            clock=self._node.clock,
            limits=self._limits(renderer, configuration),
            work=self._work,
            log=self._log_file,
            token=self.token,
            is_stopped=self._node.is_stopped,
            is_gone=self._assignment.is_gone,
        )
        outcome = run.to_end()
        self._exit_code = outcome.exit_code
        for note in check_outcome(renderer, outcome, self._work):
            _LOG.info("%s: %s", self._assignment.name, note)
        return outcome

    def _limits(self, renderer: NodeRenderer, configuration: NodeConfiguration) -> Limits:
        minutes = self._assignment.job.farm.task_timeout_minutes
        own = renderer.time_limit_minutes or minutes
        return Limits(min(minutes, own) * 60, configuration.no_progress_limit(renderer))

    def _provenance(self, renderer: NodeRenderer) -> pieces.Provenance:
        return pieces.Provenance(
            attempt=self.token,
            host=self._node.host,
            renderer=renderer.name,
            started_at=utc_text(self._started),
            finished_at=utc_text(self._node.clock.now()),
            exit_code=self._exit_code or 0,
        )

    def _tidy_up(self, error: FlatironError | None) -> None:
        """Remove the work, keep the result; neither through a link."""
        try:
            refuse_links(self._folder)
            self._remove_work_folder()
            self._write_result(error)
        except FlatironError as failed:
            _LOG.warning("The result of this attempt is not kept: %s", failed)

    def _remove_work_folder(self) -> None:
        """What resists is removed with the job folder."""
        shutil.rmtree(self._work, ignore_errors=True)
        if self._work.exists():
            _LOG.warning("%s stays until the job is cleaned.", self._work)

    def _write_result(self, error: FlatironError | None) -> None:
        result = AttemptResult(
            schema_version=1,
            job_id=self._assignment.job.job_id,
            task=self._assignment.task.number,
            pass_index=self._assignment.task.pass_index,
            strip=self._assignment.task.strip,
            attempt=self.token,
            succeeded=error is None,
            failure_class="none" if error is None else classify(error)[1],
            reason="" if error is None else error.reason,
            advice="" if error is None else error.advice,
            host=self._node.host,
            started_at=utc_text(self._started),
            finished_at=utc_text(self._node.clock.now()),
            exit_code=self._exit_code,
        )
        atomic.write_atomically(self._folder.result(self._assignment.task.number, self.token), result.to_json())
