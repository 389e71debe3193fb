"""Bakes of a small scene that another program's library wrote, and the same bake in one process for comparison."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from flatiron_tasks.api import Desk, JobStatus
from flatiron_tasks.contracts.identity import new_attempt
from flatiron_tasks.contracts.job import BakeObject, Element, FarmTarget, Padding, Renderer
from flatiron_tasks.contracts.node_task import NodeTask, TaskObject, TaskOutput
from flatiron_tasks.imaging import compose, gate, layer
from flatiron_tasks.imaging.parallel import Crew
from flatiron_tasks.pipeline.job_files import JobFiles, read_job
from flatiron_tasks.pipeline.texture_finish import spec_of
from flatiron_tasks.settings import Settings
from flatiron_tasks.share.atomic import sha256_of
from flatiron_tasks.share.path_mapping import PathMapping
from max_submitter.request import BakeRequest
from max_submitter.submission import Submitted, submit
from max_submitter.transport import CeleryTransport
from tests.unit.reference_renderer.baking_examples import stage, write_glb
from tests.waiting import wait_until
from workers.node.build import build_node_program
from workers.reference_renderer.bake import bake_task

SIZE = 64
OBJECTS = (BakeObject("Ground", 0, 1), BakeObject("Tent", 0, 1), BakeObject("Block", 1, 1), BakeObject("Lamp", 1, 1))
"""Block and Lamp overlap in their map."""

ELEMENTS = (
    Element("CompleteMap", "color", "CompleteMap", "png", "uint8", True, SIZE, SIZE, "Diffuse Color", "auto", False),
    Element("AmbientOcclusion", "data", "AO", "tiff", "uint16", False, SIZE, SIZE, "", "auto", False),
    Element("NormalsMap", "normal", "NormalsMap", "exr", "half", True, SIZE // 2, SIZE, "", "auto", False),
)


def request(folder: Path, network: Path, manager: tuple[str, int], **changes: object) -> BakeRequest:
    """A bake of the small scene into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = BakeRequest(
        job_name=folder.name,
        group="stage",
        mode="multi",
        scene=write_glb(folder / "stage.glb", stage()),
        copy_scene=True,
        renderer=Renderer("reference", {"samples": 2}),
        objects=OBJECTS,
        elements=ELEMENTS,
        map_count=2,
        output_folder=folder / "textures",
        network_folder=network,
        farm=FarmTarget(manager[0], manager[1], 50, "", 5),
        padding=Padding(3, fill_all=False, wrap=False),
        path_mapping=PathMapping(),
    )
    return replace(wanted, **changes)  # type: ignore[arg-type]  # the tests' own keywords


def send_nothing(_job_id: str) -> None:
    """A message that never leaves."""


def submit_bake(wanted: BakeRequest, send: Callable[[str], None]) -> Submitted:
    """Submit as the panel does."""
    return submit(wanted, node_program=build_node_program(), send=send, clock=lambda: datetime.now(UTC))


def submit_to(settings: Settings, wanted: BakeRequest) -> Submitted:
    """Submit to real workers."""
    return submit_bake(wanted, CeleryTransport(settings.redis_url).send)


def wait_for_end(desk: Desk, job_id: str, *, state: str = "done", timeout_s: float = 90) -> JobStatus:
    """Wait until a job is in `state` (and clean, if it is done); an unexpected end is told at once."""

    def ended() -> JobStatus | None:
        if not desk.is_known(job_id):
            return None
        status = desk.job(job_id)
        if status.state == "failed" and state != "failed":
            raise AssertionError(f"{job_id} failed: {status.reason}")
        return status if status.state == state and (state != "done" or status.cleaned) else None

    status = wait_until(ended, timeout_s=timeout_s, what=f"job {job_id} is {state}")
    assert status is not None
    return status


def textures(folder: Path) -> dict[str, bytes]:
    """Every file in an output folder."""
    return {path.name: path.read_bytes() for path in sorted((folder / "textures").iterdir())}


def run_node(description: Path, task: int, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run one farm task as a node would, without a farm."""
    command = [sys.executable, str(description.parent / "node.pyz"), "--job", str(description), "--task", str(task)]
    variables = {**os.environ, **environment}
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, env=variables)


@dataclass(frozen=True)
class OneProcess:
    """The bake of everything in this process: no Redis, no farm, no node program, no receipts, no strips."""

    folder: Path

    def textures(self, wanted: BakeRequest) -> dict[str, bytes]:
        """The textures of a request, as the renderer and the imaging code make them in one go."""
        placed = replace(wanted, mode="single", strips=1, output_folder=self.folder / "x", network_folder=self.folder)
        submitted = submit_bake(placed, send_nothing)
        files = read_job(submitted.description_path)
        return {item.file_name: self._texture(files, item.index) for item in files.plan.textures}

    def _texture(self, files: JobFiles, index: int) -> bytes:
        texture = files.plan.textures[index]
        element = files.plan.element(texture)
        piece, out = self.folder / f"{index}.exr", self.folder / texture.file_name
        objects = [item for item in files.job.objects if item.map_index == texture.map_index]
        size = element.width, element.height
        bake_task(
            NodeTask(
                schema_version=1,
                job_id=files.job.job_id,
                task=1,
                pass_index=0,
                strip=0,
                attempt=new_attempt(datetime.now(UTC)),
                scene=str(files.folder.scene / files.job.scene.path),
                objects=tuple(TaskObject(item.name, item.uv_channel) for item in objects),
                map_index=texture.map_index,
                frame=texture.frame,
                outputs=(TaskOutput(element.name, element.kind, *size, 0, size[1], "half", str(piece)),),
                options=files.job.renderer.options,
            )
        )
        expected = gate.PieceExpectation(width=size[0], height=size[1], row_begin=0, row_end=size[1], pixel_type="half")
        source = gate.PieceSource(piece, expected, piece.stat().st_size, sha256_of(piece))
        joined = self.folder / f"{index}.layer.exr"
        with Crew(1) as crew:
            layer.write_layer(
                [source], width=size[0], height=size[1], out=joined, pixel_type="half", metadata={}, crew=crew
            )
        compose.compose([compose.Layer(joined, "all")], spec_of(files, texture), out)
        return out.read_bytes()
