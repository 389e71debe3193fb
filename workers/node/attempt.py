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
from workers.node.configuration import NodeConfiguration, NodeRenderer, load_configuration
from workers.node.exit_codes import NodeExit
from workers.node.failure import AttemptFailedError, classify, last_words, symptom
from workers.node.renderer_process import ProcessStarter, RendererProcess, SystemProcesses
from workers.node.scene_file import verified_scene
from workers.node.supervision import Clock, Limits, SystemClock, Watch, job_is_gone

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
        scene = verified_scene(self._assignment, PathMapping(configuration.path_rules))
        self._make_folders()
        task = self._assignment.node_task(self.token, self._work, scene.path)
        atomic.write_atomically(self._work / "task.json", task.to_json())
        log_tail = self._render(renderer, configuration)
        scene.check_unchanged()
        try:
            verified = pieces.verify(self._assignment, task)
        except RejectedPieceError as error:
            raise self._renderer_failed(error, log_tail) from error
        refuse_links(self._folder)  # a render takes hours: look again
        pieces.publish(self._assignment, verified, self._provenance(renderer))

    def _make_folders(self) -> None:
        """Of the job folder only its subfolders; `mkdir` fails if the job folder itself is gone."""
        for folder in (self._folder.pieces, self._folder.logs, self._folder.work):
            folder.mkdir(exist_ok=True)
        refuse_links(self._folder)
        self._work.mkdir()

    def _render(self, renderer: NodeRenderer, configuration: NodeConfiguration) -> str:
        """Run the renderer to its end; the last text it printed. Raises AttemptFailedError."""
        process = self._node.processes.start(
            renderer.command_for(self._work / "task.json"),
            folder=self._work,
            environment=configuration.environment_for(renderer, self._node.environment),
            token=self.token,
            log=self._log_file,
        )
        log_tail = ""
        try:
            self._exit_code = self._watch(process, configuration).until_end()
        finally:
            log_tail = process.end()
        if self._exit_code != 0 and renderer.trust_exit_code:
            raise self._renderer_failed(None, log_tail)
        return log_tail

    def _watch(self, process: RendererProcess, configuration: NodeConfiguration) -> Watch:
        minutes = self._assignment.job.farm.task_timeout_minutes
        return Watch(
            process,
            work=self._work,
            limits=Limits(minutes * 60, configuration.no_progress_seconds),
            clock=self._node.clock,
            is_stopped=self._node.is_stopped,
            is_gone=self._assignment.is_gone,
        )

    def _renderer_failed(self, flaws: RejectedPieceError | None, log_tail: str) -> AttemptFailedError:
        """What happened, with the class that the log suggests."""
        failure_class, advice = symptom(log_tail)
        said, own_advice = last_words(log_tail)
        return AttemptFailedError(
            flaws.what if flaws else f"The renderer ended with exit code {self._exit_code}.",
            why=". ".join(part for part in (flaws.why if flaws else "", f"It said: {said}" if said else "") if part),
            advice=own_advice or advice,
            code=NodeExit.PIECES if flaws else NodeExit.RENDERER_FAILED,
            failure_class=failure_class,
        )

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
