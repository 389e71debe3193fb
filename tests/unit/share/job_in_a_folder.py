"""A small job and its folder on a share, for the tests of this folder."""

from __future__ import annotations

from pathlib import Path

from flatiron_tasks.contracts.job import (
    BakeObject,
    Element,
    FarmTarget,
    Frames,
    JobDescription,
    Padding,
    Placeholder,
    Renderer,
    Scene,
    Submitter,
)
from flatiron_tasks.contracts.layout import SUBFOLDERS, JobFolder
from flatiron_tasks.contracts.merge_files import ColourConfig, UvMask

JOB_ID = "20260131-142501-7f3a9c0d"
ATTEMPT = "019c1234abcd-0a1b2c3d"
HASH = "0123456789abcdef" * 4


def small_job(job_id: str = JOB_ID) -> JobDescription:
    """One object, one element, one texture `wall.png`, the scene copied as `wall.glb`."""
    return JobDescription(
        schema_version=2,
        job_id=job_id,
        job_name="Wall",
        submitted_at="2026-01-31T14:25:01Z",
        submitted_by=Submitter("ann", "ws-12", "3ds Max 2026"),
        mode="multi",
        group="",
        scene=Scene("wall.glb", copied=True, size=5, sha256=HASH),
        renderer=Renderer("reference", {}),
        map_count=1,
        objects=(BakeObject("Wall", 0, 1),),
        elements=(Element("CompleteMap", "color", "wall", "png", "uint8", True, 8, 8, "", "ocio", False),),
        frames=Frames(0, 0, is_range=False),
        strips=1,
        piece_type="half",
        padding=Padding(4, fill_all=False, wrap=False),
        colour=ColourConfig("site.ocio", 5, HASH, "lin", "srgb"),
        masks=(UvMask(0, 8, 8, "o00000-8x8.png", 5, HASH),),
        allow_non_finite=False,
        keep_pieces=False,
        output_folder="/textures",
        network_folder="/bake",
        farm=FarmTarget("farm-1", 3234, 50, "", 60),
        placeholders=(Placeholder("wall.png", 10, HASH),),
    )


def fill(folder: JobFolder, job: JobDescription | None = None) -> JobFolder:
    """Every kind of file that a job makes, temporaries of killed processes included."""
    for name in SUBFOLDERS:
        (folder.path / name).mkdir(parents=True)
    attempt = folder.work / ATTEMPT
    (attempt / "cache" / "deep").mkdir(parents=True)
    for path in (
        folder.node_program,
        folder.scene / "wall.glb",
        folder.piece(0, 0, 0, ATTEMPT),
        folder.receipt(0, 0, 0, ATTEMPT),
        folder.pieces / f".{folder.receipt(0, 0, 0, ATTEMPT).name}.0a1b2c3d4e5f6071.tmp",
        folder.layer(0, 0),
        folder.merged_pass(0),
        folder.layers / "p00000-e00.8f0e.tmp.exr",
        folder.finished_texture("wall.png"),
        folder.textures / "wall.png.json",
        folder.textures / "wall.8f0e.tmp.png",
        folder.textures / f"wall.partial-{(job or small_job()).job_id}.png",
        folder.textures / f"wall.partial-{(job or small_job()).job_id}.8f0e.tmp.png",
        folder.previous / "wall.png",
        folder.masks / "o00000-8x8.png",
        folder.colour / "site.ocio",
        folder.thumbnail(0, 0),
        folder.preview("wall.png"),
        folder.previews / f".{folder.preview('wall.png').name}.0a1b2c3d4e5f6071.tmp",
        folder.discarded,
        folder.log(1, ATTEMPT),
        folder.result(1, ATTEMPT),
        folder.logs / f"Wall {JOB_ID}-1-node7.log",
        attempt / "task.json",
        attempt / "cache" / "deep" / "anything at all",
    ):
        path.write_bytes(b"x")
    folder.description.write_text((job or small_job()).to_json(), "utf-8")
    return folder


def job_folder(network_folder: Path) -> JobFolder:
    """A filled job folder."""
    network_folder.mkdir(exist_ok=True)
    return fill(JobFolder.of(network_folder, JOB_ID))
