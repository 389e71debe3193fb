"""From a choice on the command line to a submission: the same `submit` that 3ds Max uses, with another scene reader."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from flatiron_tasks.contracts.elements import FILE_FORMATS, piece_type_for
from flatiron_tasks.contracts.errors import SceneError
from flatiron_tasks.contracts.job import BakeObject, Element, FarmTarget, Frames, Padding, Renderer
from flatiron_tasks.pipeline.context import path_mapping
from flatiron_tasks.settings import Settings
from max_submitter.request import BakeRequest
from max_submitter.submission import Submitted, submit
from max_submitter.transport import CeleryTransport
from workers.cli.bake_choice import BakeChoice
from workers.cli.bake_options import ElementChoice

RENDERER = "reference"
_TASK_TIMEOUT_MINUTES = 60


def objects_in(scene: Path) -> list[str]:
    """Names of the objects of a scene file, in its order. Raises SceneError.

    The renderer reads it in a process of its own: Embree and a broken scene stay out of this one.
    """
    command = [sys.executable, "-m", "workers.reference_renderer", "inspect", str(scene.absolute())]
    said = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    if said.returncode != 0:
        raise SceneError(
            f"The scene {scene} cannot be read.",
            why=said.stderr.strip().removeprefix("error: "),
            advice="Name a .glb, .gltf or .obj file with texture coordinates.",
        )
    return [item["name"] for item in json.loads(said.stdout)["objects"]]


def submit_bake(settings: Settings, choice: BakeChoice) -> Submitted:
    """Submit a bake to the farm of these settings. Raises what `max_submitter.submission.submit` raises."""
    from workers.node.build import build_node_program  # noqa: PLC0415 - packs files, needed here only

    request = bake_request(settings, choice)
    if request.masks or request.colour:
        from workers.cli.bake_checks import check_merge_files  # noqa: PLC0415 - loads OpenImageIO

        check_merge_files(request)
    return submit(
        request,
        node_program=build_node_program(),
        send=CeleryTransport(settings.redis_url).send,
        clock=lambda: datetime.now(UTC),
    )


def bake_request(settings: Settings, choice: BakeChoice) -> BakeRequest:
    """The request behind a choice; paths become absolute here."""
    texels, fill_all = choice.padding
    first, last, is_range = choice.frames
    target = choice.target
    elements = tuple(_element(item, choice) for item in choice.elements)
    managed = any(element.transfer == "ocio" for element in elements)
    return BakeRequest(
        job_name=choice.job_name,
        group=choice.group,
        mode=choice.mode,
        scene=choice.scene.absolute(),
        copy_scene=True,
        renderer=Renderer(RENDERER, choice.options),
        objects=tuple(BakeObject(name, index, 1) for index, names in enumerate(choice.atlases) for name in names),
        elements=elements,
        output_folder=choice.output.absolute(),
        network_folder=choice.network_folder.absolute(),
        farm=FarmTarget(target.manager, target.port, target.priority, "", _TASK_TIMEOUT_MINUTES),
        map_count=len(choice.atlases),
        frames=Frames(first, last, is_range),
        strips=choice.strips,
        piece_type=piece_type_for(item.pixel_type for item in choice.elements),
        padding=Padding(texels, fill_all, choice.wrap),
        colour=choice.colour.ocio if managed else None,
        masks=tuple(choice.masks),
        keep_pieces=choice.keep_pieces,
        path_mapping=path_mapping(settings),
        overwrite=choice.overwrite,
        software=f"flatiron bake {version('flatiron-network')}",
    )


def _element(element: ElementChoice, choice: BakeChoice) -> Element:
    """The texture keeps coverage where its format can."""
    width, height = choice.size
    return Element(
        name=element.name,
        kind=element.kind,
        stem=element.name,
        file_format=element.file_format,
        pixel_type=element.pixel_type,
        alpha=FILE_FORMATS[element.file_format][2],
        width=width,
        height=height,
        slot="",
        transfer=choice.colour.transfer_of(element),
        dither=choice.colour.dither_of(element),
    )
