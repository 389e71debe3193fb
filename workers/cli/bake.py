"""`flatiron bake`: submit a bake of a scene file from the command line, with the reference renderer."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from flatiron_tasks.contracts.elements import TRANSFERS
from flatiron_tasks.contracts.errors import SettingsError
from flatiron_tasks.pipeline.context import path_mapping
from flatiron_tasks.settings import Settings
from workers.cli import bake_options, job_tables, job_text, number_ranges
from workers.cli.bake_choice import BakeChoice, Target
from workers.cli.bake_colour import OcioOptions, colour_choice
from workers.cli.bake_submission import objects_in, submit_bake
from workers.cli.collect import collect_job
from workers.cli.exit_codes import ExitCode
from workers.cli.progress import LineDisplay, display_for, follow
from workers.cli.session import Session, session_of

if TYPE_CHECKING:
    from flatiron_tasks.api import JobStatus

_DEFAULT_ELEMENTS = ("CompleteMap",)


def bake(
    context: typer.Context,
    scene: Annotated[Path, typer.Argument(help="Scene file: .glb, .gltf or .obj.")],
    manager: Annotated[str, typer.Option(metavar="HOST[:PORT]", help="Farm manager.")],
    output: Annotated[Path, typer.Option(help="Folder where the textures land.")],
    *,
    objects: Annotated[
        list[str] | None, typer.Option(help="Objects on one map: NAME or NAME,NAME; all of the scene by default.")
    ] = None,
    maps: Annotated[
        list[str] | None, typer.Option("--map", metavar="NAME,NAME", help="Objects of one map; repeat it per map.")
    ] = None,
    elements: Annotated[
        list[str] | None,
        typer.Option("--element", metavar="NAME[:FORMAT[:TYPE]]", help="What to bake, repeatable, as NormalsMap:exr."),
    ] = None,
    size: Annotated[str, typer.Option(metavar="N|WxH", help="Size of the textures in texels.")] = "1024",
    single: Annotated[
        bool, typer.Option("--single/--multi", help="All objects of a map in one render, or every object alone.")
    ] = False,
    strips: Annotated[int, typer.Option(min=1, max=99, help="Bands of rows per pass, one farm task each.")] = 1,
    padding: Annotated[str, typer.Option(metavar="N|all", help="Texels of colour beyond the objects.")] = str(
        bake_options.DEFAULT_PADDING
    ),
    wrap: Annotated[bool, typer.Option("--wrap", help="The texture tiles: padding crosses its borders.")] = False,
    transfer: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help=f"Transfer of colour in 8 or 16 bits: {', '.join(TRANSFERS)}; others keep auto."
        ),
    ] = None,
    dither: Annotated[bool, typer.Option("--dither", help="Dither the rounding of 8-bit textures.")] = False,
    ocio_config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Convert colour with this OpenColorIO configuration.")
    ] = None,
    ocio_from: Annotated[str, typer.Option(metavar="SPACE", help="Colour space of the rendered pixels.")] = "",
    ocio_to: Annotated[str, typer.Option(metavar="SPACE", help="Colour space of the colour textures.")] = "",
    uv_mask: Annotated[
        list[str] | None,
        typer.Option(metavar="OBJECT=FILE", help="Grey PNG of the textures' size, 0 where the object owns no texel."),
    ] = None,
    group: Annotated[str, typer.Option(help="Name of the unwrap group, the prefix of the file names.")] = "",
    frames: Annotated[str, typer.Option(metavar="A-B", help="Frame, or range of frames.")] = "0",
    samples: Annotated[int | None, typer.Option(min=1, help="Samples of the renderer per texel.")] = None,
    option: Annotated[list[str] | None, typer.Option(metavar="KEY=VALUE", help="Option of the renderer.")] = None,
    network_folder: Annotated[
        Path | None, typer.Option(help="Shared folder for the job; the only one of the settings by default.")
    ] = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help="TCP port of the farm manager.")] = 3234,
    priority: Annotated[int, typer.Option(min=0, max=99, help="0 is first, 99 is last.")] = 50,
    name: Annotated[str | None, typer.Option(help="Name that people see; the scene's by default.")] = None,
    detach: Annotated[bool, typer.Option("--detach", help="Do not wait for the textures.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer for programs; progress goes to stderr.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Existing textures may be replaced.")] = False,
    keep_pieces: Annotated[bool, typer.Option("--keep-pieces", help="Keep the job folder after delivery.")] = False,
) -> None:
    """Bake a scene file on the farm and wait for its textures."""
    session = session_of(context)
    renderer_options = bake_options.options(option or ())
    if samples is not None:
        renderer_options["samples"] = samples
    atlases = bake_options.atlases(maps or (), objects or (), objects_in(scene))
    ocio = OcioOptions(ocio_config, ocio_from, ocio_to)
    choice = BakeChoice(
        job_name=name or scene.stem,
        scene=scene,
        atlases=atlases,
        elements=[bake_options.element(text) for text in elements or _DEFAULT_ELEMENTS],
        size=bake_options.size(size),
        output=output,
        network_folder=network_folder or _only_network_folder(session.settings),
        target=Target(*bake_options.manager(manager, port), priority),
        mode="single" if single else "multi",
        strips=strips,
        padding=bake_options.padding(padding),
        wrap=wrap,
        colour=colour_choice(session.settings, transfer, ocio, dither=dither),
        masks=bake_options.uv_masks(uv_mask or (), [name for names in atlases for name in names]),
        group=group,
        frames=number_ranges.frames(frames),
        options=renderer_options,
        overwrite=overwrite,
        keep_pieces=keep_pieces,
    )
    submitted = submit_bake(session.settings, choice)
    if detach:
        _say_submitted(submitted.job_id, submitted.job_folder, as_json=as_json)
        return
    _wait(session, submitted.job_id, choice, as_json=as_json)


def _only_network_folder(settings: Settings) -> Path:
    if len(settings.network_folders) == 1:
        return settings.network_folders[0]
    known: Sequence[str] = [str(folder) for folder in settings.network_folders]
    raise SettingsError(
        "It is not clear which shared folder the job uses.",
        why=f"The setting `network_folders` has {', '.join(known)}." if known else "`network_folders` is empty.",
        advice="Name it with --network-folder.",
    )


def _say_submitted(job_id: str, job_folder: Path, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"job_id": job_id, "job_folder": str(job_folder)}))
    else:
        typer.echo(f"Submitted as {job_id}. Follow it with: flatiron status {job_id} --watch")


def _wait(session: Session, job_id: str, choice: BakeChoice, *, as_json: bool) -> None:
    console, desk = Console(), session.desk()
    display = LineDisplay(Console(stderr=True)) if as_json else display_for(console)
    (status,) = follow(desk, {job_id: choice.job_name}, display)
    if status.state == "ready_to_collect":
        collect_job(desk, path_mapping(session.settings), status, Console(stderr=True))
        status = desk.job(job_id)
    _show_end(status, console, as_json=as_json)
    if choice.keep_pieces and not as_json and status.state == "done":
        _show_kept(status, console)
    if status.state in job_text.BAD:
        raise typer.Exit(ExitCode.JOB_FAILED)


def _show_end(status: JobStatus, console: Console, *, as_json: bool) -> None:
    if as_json:
        typer.echo(job_text.as_json(status))
        return
    for texture in status.textures:
        console.print(f"{job_text.state_words(texture.state)}: {texture.path}", markup=False, soft_wrap=True)
    for note in dict.fromkeys(texture.note for texture in status.textures if texture.note):
        console.print(f"Note: {note}", markup=False, highlight=False, soft_wrap=True)
    for block in job_tables.needs(status, with_name=False):
        console.print(block)


def _show_kept(status: JobStatus, console: Console) -> None:
    """What a kept job folder is good for, and how it goes."""
    for line in (
        status.sentence,
        f"From these pieces, `flatiron verify TEXTURE --job {shlex.quote(status.job_folder)}` makes a texture again.",
    ):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
