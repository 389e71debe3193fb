"""What the node program hands to a renderer: one pass and strip, and where each image must be written."""

from __future__ import annotations

from dataclasses import dataclass

from flatiron_tasks.contracts.document import Document, Options, rule, schema_version
from flatiron_tasks.contracts.elements import KINDS, PIECE_TYPES
from flatiron_tasks.contracts.errors import ContractError
from flatiron_tasks.contracts.identity import ATTEMPT_PATTERN, JOB_ID_PATTERN


@dataclass(frozen=True)
class TaskObject(Document):
    """One object to bake."""

    name: str = rule("Name of the object in the scene.")
    uv_channel: int = rule("UV channel to bake into, 1 = the first (3ds Max's numbering).", minimum=1, maximum=99)


@dataclass(frozen=True)
class TaskOutput(Document):
    """One image to write: linear premultiplied RGBA, alpha = texel coverage, as EXR.

    Its display window is the whole map, its data window lies inside the rows of the strip.
    """

    element: str = rule("Name of the bake element.")
    kind: str = rule("Kind of the element.", choices=KINDS)
    width: int = rule("Width of the whole map in texels.", minimum=1, maximum=65536)
    height: int = rule("Height of the whole map in texels.", minimum=1, maximum=65536)
    row_begin: int = rule("First row of the strip.", minimum=0)
    row_end: int = rule("Row after the last one of the strip.", minimum=1)
    pixel_type: str = rule("Pixel type of the piece.", choices=PIECE_TYPES)
    path: str = rule("Local path of the file to write.")

    def check(self) -> None:
        """The rows lie inside the map."""
        if not self.row_begin < self.row_end <= self.height:
            raise ContractError(f"`row_end` {self.row_end} does not fit `row_begin` {self.row_begin} and the height.")


@dataclass(frozen=True)
class NodeTask(Document):
    """One farm task, complete: a renderer needs nothing else."""

    schema_version: int = schema_version(1)
    job_id: str = rule("Id of the bake job.", pattern=JOB_ID_PATTERN)
    task: int = rule("Number of the farm task, from 1.", minimum=1)
    pass_index: int = rule("Number of the pass, from 0.", minimum=0)
    strip: int = rule("Number of the strip, from 0.", minimum=0)
    attempt: str = rule("Token of this attempt.", pattern=ATTEMPT_PATTERN)
    scene: str = rule("Local path of the scene file.")
    objects: tuple[TaskObject, ...] = rule("Objects to bake, in plan order.", min_items=1)
    map_index: int = rule("Number of the atlas.", minimum=0)
    frame: int = rule("Frame of the scene.")
    outputs: tuple[TaskOutput, ...] = rule("Images to write, one per element.", min_items=1)
    options: Options = rule("Options of the renderer, as the artist set them.")
