"""`flatiron local`: a whole job on this machine, task by task, from its folder alone. No Redis, no farm.

The very node program renders, the very Manual Merge finishes. Whoever asked may go away: what this says is a courtesy.
"""

from __future__ import annotations

import contextlib
import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flatiron_tasks.contracts.errors import BadInputError, FlatironError, RenderError
from flatiron_tasks.share.bounded_read import read_bounded
from workers.cli.error_report import report
from workers.cli.exit_codes import ExitCode
from workers.cli.local_end import end_of, mark_ended
from workers.cli.local_lock import alone
from workers.cli.local_stop import stop_no_more, stopped_from_outside
from workers.cli.local_words import LocalWords
from workers.cli.session import session_of
from workers.node.attempt import Node
from workers.node.exit_codes import NodeExit

if TYPE_CHECKING:
    from flatiron_tasks.pipeline.job_files import JobFiles
    from flatiron_tasks.settings import Settings


def local(
    context: typer.Context,
    description: Annotated[Path, typer.Argument(help="The job's job.desc, or the job folder that holds it.")],
    as_json: Annotated[bool, typer.Option("--json", help="Say everything as lines of JSON.")] = False,
) -> None:
    """Bake a job on this machine: render every task, merge, deliver, clean up.

    Ends by SIGTERM as by Ctrl-C, and with --json also by the word `cancel` on its standard input.
    """
    from flatiron_tasks.pipeline.job_files import read_job  # noqa: PLC0415 - `flatiron --help` needs none of it

    path = (description / "job.desc" if description.is_dir() else description).absolute()
    words = LocalWords(as_json=as_json)
    settings = session_of(context).settings
    try:
        files = read_job(path)
        with stopped_from_outside(listen=as_json):
            try:
                _bake_alone(files, settings, words)
            except KeyboardInterrupt:
                stop_no_more()
                if not _cancel(files, settings, words):
                    raise
    except FlatironError as error:
        words.error(error)
        if not isinstance(error, RenderError):
            raise
        report(error)
        raise typer.Exit(ExitCode.JOB_FAILED) from None


def _bake_alone(files: JobFiles, settings: Settings, words: LocalWords) -> None:
    with alone(files.job.job_id, lambda: _wait(files, words)):
        try:
            _bake(files, settings, words)
        except KeyboardInterrupt:
            _mark_cancelled(files)  # before whoever waits for the lock gets it
            raise


def _wait(files: JobFiles, words: LocalWords) -> None:
    words.progress(f"Another process bakes {files.job.job_name} already; waiting for it …", None)


def _bake(files: JobFiles, settings: Settings, words: LocalWords) -> None:
    if not files.folder.description.exists():
        words.note(f"{files.job.job_name} was finished by another process.")
        return
    ended = end_of(files)
    if ended is None:
        words.progress(f"Baking {files.job.job_name} …", None)
        _render(files, words)
        _finish(files, settings, words)
        return
    if ended.cleaned or ended.state == "failed" or files.job.keep_pieces:
        raise BadInputError(f"{files.job.job_name} has ended.", why=f"What is left in {files.folder.path} stays.")
    if ended.state == "cancelled":
        _withdraw(files, settings)
        raise RenderError(f"{files.job.job_name} was cancelled.")
    _clean(files, words)  # it was killed while it did so


def _render(files: JobFiles, words: LocalWords) -> None:
    """Run the node program for every task, in order. Raises RenderError at the first that fails."""
    from workers.node.program import run_task  # noqa: PLC0415

    node = Node(host=platform.node() or "unknown", environment=os.environ)
    tasks = files.plan.tasks
    for task in tasks:
        label = files.plan.passes[task.pass_index].label
        words.progress(f"Rendering {label} ({task.number} of {len(tasks)}) …", (task.number - 1) / len(tasks))
        code = run_task(files.folder.description, task.number, node)
        if code is not NodeExit.DONE:
            words.failed_pass(task.pass_index)
            raise _failure(files, task.number, label, code)
        if task.strip == files.job.strips - 1:
            words.rendered(task.pass_index)


def _failure(files: JobFiles, number: int, label: str, code: NodeExit) -> RenderError:
    """What the newest attempt at a task says of itself; attempts sort by time."""
    from flatiron_tasks.contracts.receipt import AttemptResult  # noqa: PLC0415

    for path in sorted(files.folder.logs.glob(f"t{number:05d}.*.json"), reverse=True):
        with contextlib.suppress(OSError, FlatironError):
            result = AttemptResult.from_json(read_bounded(path), source=str(path))
            return RenderError(f"{label} could not be rendered.", why=result.reason, advice=result.advice)
    return RenderError(f"{label} could not be rendered.", why=code.meaning)


def _finish(files: JobFiles, settings: Settings, words: LocalWords) -> None:
    """Merge, deliver, clean up. Raises NotReadyError, ShareError; RenderError if the output folder is away."""
    from flatiron_tasks.pipeline.manual_merge import merge_by_hand  # noqa: PLC0415 - needs OpenImageIO

    done = merge_by_hand(
        files.folder.description,
        settings,
        on_progress=lambda step, number, total: words.progress(f"Merging {step} …", number / max(1, total)),
    )
    for index, (_, path, outcome) in enumerate(done.textures):
        words.texture(index, path, outcome)
    for note in done.notes:
        words.note(note)
    if any(outcome == "absent" for _, _, outcome in done.textures):
        raise RenderError(
            f"The textures of {files.job.job_name} are finished, but the output folder is not there.",
            why=f"They lie in {files.folder.textures}.",
            advice=f"Make the folder available, then: flatiron local {files.folder.description}",
        )
    if not files.job.keep_pieces:
        mark_ended(files, "done")
        _clean(files, words)


def _clean(files: JobFiles, words: LocalWords) -> None:
    for path in _remove(files):
        words.note(f"{path} is not the job's and stays.")


def _cancel(files: JobFiles, settings: Settings, words: LocalWords) -> bool:
    """Let a process that has the job in hand end by the mark, and only then take it back.

    Returns whether the bake was faster: then it is done. Raises ShareError, ContractError.
    """
    words.progress("Cancelled; cleaning up …", None)
    _mark_cancelled(files)
    with alone(files.job.job_id, lambda: words.progress("Cancelled; another process lets go of it …", None)):
        ended = end_of(files)
        if ended is not None and ended.state == "done":
            _clean(files, words)
            return True
        if ended is None and not files.folder.description.exists():
            return True
        _withdraw(files, settings)
        return False


def _mark_cancelled(files: JobFiles) -> None:
    with contextlib.suppress(FlatironError):
        if files.folder.description.exists() and end_of(files) is None:
            mark_ended(files, "cancelled")


def _withdraw(files: JobFiles, settings: Settings) -> None:
    """Give back what the placeholders replaced, and remove what was made."""
    from flatiron_tasks.pipeline.context import path_mapping  # noqa: PLC0415
    from workers.cli.local_cancel import give_back  # noqa: PLC0415

    with contextlib.suppress(FlatironError):
        give_back(files, path_mapping(settings))
        _remove(files)


def _remove(files: JobFiles) -> tuple[str, ...]:
    from flatiron_tasks.share.cleanup import remove_job_folder  # noqa: PLC0415

    folder = files.folder.path
    return remove_job_folder(folder, job_id=files.job.job_id, network_folders=[folder.parent]).paths
