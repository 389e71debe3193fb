"""The task at hand: from the path of a `job.desc` and a number to what must be rendered, and where it goes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from flatiron_tasks.contracts import layout
from flatiron_tasks.contracts.ended import Ended
from flatiron_tasks.contracts.errors import ContractError, StateError
from flatiron_tasks.contracts.job import JobDescription
from flatiron_tasks.contracts.layout import JobFolder
from flatiron_tasks.contracts.node_task import NodeTask, TaskObject, TaskOutput
from flatiron_tasks.pipeline.plan import ExpectedPiece, FarmTask, Plan
from flatiron_tasks.share.atomic import share_error
from flatiron_tasks.share.bounded_read import LARGEST_DESCRIPTION, read_bounded
from flatiron_tasks.share.links import refuse_links


@dataclass(frozen=True)
class Assignment:
    """One farm task of one job."""

    folder: JobFolder
    plan: Plan
    task: FarmTask

    @property
    def job(self) -> JobDescription:
        """The job's description."""
        return self.plan.job

    @property
    def pieces(self) -> tuple[ExpectedPiece, ...]:
        """The pieces of the task, by element."""
        return tuple(self.plan.pieces_of_strip(self.task.pass_index, self.task.strip))

    @property
    def name(self) -> str:
        """What people call it."""
        label = self.plan.passes[self.task.pass_index].label
        return f"job {self.job.job_id}, task {self.task.number} ({label}, strip {self.task.strip})"

    def is_gone(self) -> bool:
        """Whether the job has ended, was cancelled or cleaned. An unreachable share is no proof of that."""
        try:
            self.folder.description.stat()
        except (FileNotFoundError, NotADirectoryError):
            return self.folder.path.parent.is_dir()
        except OSError:
            return False
        return self._has_ended()

    def _has_ended(self) -> bool:
        """A job that was given up as failed may have been taken up again: its mark stops nobody."""
        try:
            return Ended.from_json(read_bounded(self.folder.ended), source=str(self.folder.ended)).state != "failed"
        except (OSError, ContractError):
            return False

    def node_task(self, attempt: str, work: Path, scene: Path) -> NodeTask:
        """What the renderer reads."""
        item = self.plan.passes[self.task.pass_index]
        return NodeTask(
            schema_version=1,
            job_id=self.job.job_id,
            task=self.task.number,
            pass_index=self.task.pass_index,
            strip=self.task.strip,
            attempt=attempt,
            scene=str(scene),
            objects=tuple(TaskObject(found.name, found.uv_channel) for found in item.objects),
            map_index=item.map_index,
            frame=item.frame,
            outputs=tuple(self._output(piece, work) for piece in self.pieces),
            options=self.job.renderer.options,
        )

    def _output(self, piece: ExpectedPiece, work: Path) -> TaskOutput:
        element = self.job.elements[piece.element_index]
        return TaskOutput(
            element=element.name,
            kind=element.kind,
            width=element.width,
            height=element.height,
            row_begin=piece.row_begin,
            row_end=piece.row_end,
            pixel_type=self.job.piece_type,
            path=str(work / f"{piece.stem}.exr"),
        )


def read_assignment(description: Path, number: int) -> Assignment:
    """Read the description and find the task.

    Raises ContractError for a description that is not this folder's, StateError if the job is gone, ShareError if it
    cannot be read, OwnershipError if a link leads out of the folder, BadInputError for a number that the job does not
    have.
    """
    folder = JobFolder(description.absolute().parent)
    refuse_links(folder)
    try:
        text = read_bounded(description, LARGEST_DESCRIPTION)
    except FileNotFoundError as error:
        if not folder.path.parent.is_dir():
            raise share_error(f"The share that holds {folder.path} cannot be reached.", error) from error
        raise _gone(folder) from error
    except OSError as error:
        raise share_error(f"{description} cannot be read.", error) from error
    job = JobDescription.from_json(text, source=str(description))
    if folder.path.name != layout.folder_name(job.job_id):
        raise ContractError(
            f"{description} describes job {job.job_id}, but its folder is not {layout.folder_name(job.job_id)}.",
            why="A job folder carries the id of its job; a copy of a job is not a job.",
            advice="Submit the job again.",
        )
    plan = Plan(job)
    return Assignment(folder, plan, plan.task(number))


def _gone(folder: JobFolder) -> StateError:
    return StateError(
        f"There is no {folder.description}.",
        why="The job was cancelled or cleaned, or the path is wrong.",
        advice="If the job should still run, look at it with `flatiron status`.",
    )
