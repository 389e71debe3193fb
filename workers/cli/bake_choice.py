"""One bake as a person chose it, before anything is checked against the scene or the share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from flatiron_tasks.contracts.document import Scalar
from max_submitter.request import MaskFile
from workers.cli.bake_colour import ColourChoice
from workers.cli.bake_options import DEFAULT_PADDING, ElementChoice


@dataclass(frozen=True)
class Target:
    """The farm manager, and how the job runs there. 3234 is the port that Backburner's Manager listens on."""

    manager: str
    port: int = 3234
    priority: int = 50


@dataclass(frozen=True)
class BakeChoice:
    """Everything that `flatiron bake` and `flatiron demo` ask for."""

    job_name: str
    scene: Path
    atlases: Sequence[Sequence[str]]
    elements: Sequence[ElementChoice]
    size: tuple[int, int]
    output: Path
    network_folder: Path
    target: Target
    mode: str = "multi"
    strips: int = 1
    padding: tuple[int, bool] = (DEFAULT_PADDING, False)
    wrap: bool = False
    colour: ColourChoice = field(default_factory=ColourChoice)
    masks: Sequence[MaskFile] = ()
    group: str = ""
    frames: tuple[int, int, bool] = (0, 0, False)
    options: Mapping[str, Scalar] = field(default_factory=dict)
    overwrite: bool = False
    keep_pieces: bool = False
