"""The texture files that a press of Bake would make. Pure; touches no file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from flatiron_tasks.contracts.elements import extension
from flatiron_tasks.contracts.naming import texture_file_name
from max_submitter.preflight.inputs import PreflightInput


@dataclass(frozen=True)
class TextureFile:
    """One file of the output folder."""

    group: str
    element: str
    file_name: str


def texture_files(given: PreflightInput, frames: Iterable[int]) -> Iterator[TextureFile]:
    """The files of these frames, in plan order group by group. Raises BadInputError at an impossible name."""
    frames = tuple(frames)
    for group in given.scene.groups:
        maps = max((item.map_index for item in group.objects), default=0) + 1
        for element in given.elements:
            for map_index in range(maps):
                for frame in frames:
                    name = texture_file_name(
                        group.name,
                        element.stem,
                        extension(element.file_format),
                        map_index=map_index if maps > 1 else None,
                        frame=frame if given.settings.use_range else None,
                    )
                    yield TextureFile(group.name, element.name, name)
