"""What a caller asks for: one press of Bake, in the words of this machine. Checks nothing; `submission.submit` does."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from flatiron_tasks.contracts.job import BakeObject, Element, FarmTarget, Frames, Padding, Renderer
from flatiron_tasks.share.path_mapping import PathMapping

_ONE_FRAME: Final = Frames(0, 0, is_range=False)
_FOUR_TEXELS: Final = Padding(4, fill_all=False, wrap=False)


@dataclass(frozen=True)
class MaskFile:
    """Which texels belong to an object: an 8-bit grey PNG of the size of its textures, 0 = not mine."""

    object_name: str
    path: Path


@dataclass(frozen=True)
class ColourFile:
    """An OpenColorIO configuration, and the spaces between which the elements with the transfer `ocio` are converted.

    Nothing but the file is copied: look-up tables must be packed into it (`.ocioz`).
    """

    path: Path
    from_space: str
    to_space: str


@dataclass(frozen=True)
class BakeRequest:
    """One bake job as the artist wants it. All paths are local to this machine and absolute."""

    job_name: str
    """Name that people see."""
    group: str
    """Name of the unwrap group; empty for an unnamed one."""
    mode: str
    """`single` or `multi`."""
    scene: Path
    """The scene file."""
    copy_scene: bool
    """Copy the scene into the job folder; otherwise the nodes must reach it where it is."""
    renderer: Renderer
    objects: tuple[BakeObject, ...]
    """In plan order: where objects overlap, it decides."""
    elements: tuple[Element, ...]
    output_folder: Path
    """Where the textures land; made if it does not exist; may be out of the workers' reach."""
    network_folder: Path
    """The shared folder that gets the job folder; must exist."""
    farm: FarmTarget
    map_count: int = 1
    """Number of atlases that the group is spread over."""
    frames: Frames = _ONE_FRAME
    strips: int = 1
    """Number of horizontal bands a pass is cut into."""
    piece_type: str = "half"
    """Pixel type of the pieces, `half` or `float`."""
    padding: Padding = _FOUR_TEXELS
    colour: ColourFile | None = None
    """Needed by elements whose transfer is `ocio`, and only by them."""
    masks: tuple[MaskFile, ...] = ()
    """UV masks; Multi Pass only. An object that has one needs one for every size of its elements."""
    allow_non_finite: bool = False
    """Let NaN and Inf become 0 instead of rejecting the piece."""
    keep_pieces: bool = False
    """Leave the job folder after delivery."""
    path_mapping: PathMapping = field(default_factory=PathMapping)
    """This machine's mapping table."""
    overwrite: bool = False
    """Let placeholders replace files that no bake made."""
    artist: str = ""
    """Account under which the job is found; empty for that of this machine."""
    software: str = "Flatiron Network Rendering"
    """Program and version that submits."""
