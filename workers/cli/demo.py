"""`flatiron demo`: the whole system on this machine, for real, and nothing left behind but textures."""

from __future__ import annotations

import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from flatiron_tasks.pipeline.context import path_mapping
from workers.cli import bake_options, demo_previews, job_tables, job_text
from workers.cli.bake_choice import BakeChoice, Target
from workers.cli.bake_submission import objects_in, submit_bake
from workers.cli.demo_previews import PreviewAlbum
from workers.cli.demo_scene import find_scene, maps_of
from workers.cli.exit_codes import ExitCode
from workers.cli.progress import Display, display_for, follow

if TYPE_CHECKING:
    from flatiron_tasks.api import JobStatus
    from workers.embedded.stack import EmbeddedStack

ELEMENTS = ("CompleteMap", "LightingMap", "AmbientOcclusion", "NormalsMap")


def demo(
    *,
    folder: Annotated[Path, typer.Option(help="Where the textures land.")] = Path("flatiron-demo"),
    scene: Annotated[Path | None, typer.Option(help="Another scene: .glb, .gltf or .obj with UVs.")] = None,
    nodes: Annotated[int, typer.Option(min=1, max=64, help="Render nodes.")] = 2,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Celery workers.")] = 1,
    size: Annotated[str, typer.Option(metavar="N|WxH", help="Size of the textures in texels.")] = "1024",
    samples: Annotated[int, typer.Option(min=1, help="Samples per texel.")] = 16,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the services running until Enter or Ctrl-C.")] = False,
) -> None:
    """Bake a scene twice, Multi Pass and Single Pass, with Redis, a farm, workers and Flower on this machine."""
    from workers.embedded.stack import EmbeddedStack  # noqa: PLC0415 - loads Redis and Celery

    found, output, console = find_scene(scene), folder.resolve(), Console()
    objects = bake_options.atlases(maps_of(found), (), objects_in(found))
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="flatiron-demo-", ignore_cleanup_errors=True) as private:
        console.print("Starting Redis, the farm, workers and Flower …")
        with EmbeddedStack(Path(private), nodes=nodes, workers=workers, web=keep) as stack, _said_at_the_end(console):
            stack.processes.guard.watch_folder(Path(private))
            console.print(f"Ready after {time.monotonic() - begin:.1f} s. Flower: {stack.flower_url}", highlight=False)
            if stack.web_url:
                console.print(f"All jobs: {stack.web_url}", highlight=False)
            choice = BakeChoice(
                job_name="demo",
                scene=found,
                atlases=objects,
                elements=[bake_options.element(name) for name in ELEMENTS],
                size=bake_options.size(size),
                output=output,
                network_folder=stack.network_folder,
                target=Target(*stack.manager),
                options={"samples": samples},
            )
            album = PreviewAlbum(display_for(console), Path(private) / "previews", path_mapping(stack.settings))
            statuses = _bake_both(stack, choice, album)
            _show_end(statuses, output, console)
            _show_previews(album, statuses[0], output, console)
            console.print(f"Took {time.monotonic() - begin:.1f} s, services included.", highlight=False)
            if any(status.state != "done" for status in statuses):
                shutil.copytree(stack.log_folder, output / "logs", dirs_exist_ok=True)
                console.print(f"Logs of the services: {output / 'logs'}", soft_wrap=True)
                raise typer.Exit(ExitCode.JOB_FAILED)
            if keep:
                _wait_for_a_person(console)


@contextmanager
def _said_at_the_end(console: Console) -> Iterator[None]:
    """Ending the services takes seconds: say so, also after Ctrl-C."""
    try:
        yield
    finally:
        console.print("Ending the services …")


def _bake_both(stack: EmbeddedStack, choice: BakeChoice, display: Display) -> tuple[JobStatus, ...]:
    """Submit the scene in both modes at the same time and follow both to their ends."""
    from flatiron_tasks.api import Desk  # noqa: PLC0415

    jobs = {}
    for mode, title in (("multi", "Multi Pass"), ("single", "Single Pass")):
        chosen = replace(choice, mode=mode, job_name=title, output=choice.output / f"{mode}-pass")
        chosen.output.mkdir(parents=True, exist_ok=True)
        jobs[submit_bake(stack.settings, chosen).job_id] = title
    return follow(Desk.open(stack.settings), jobs, display, check=stack.check)


def _show_end(statuses: tuple[JobStatus, ...], output: Path, console: Console) -> None:
    for status in statuses:
        took = (status.updated_at - status.created_at).total_seconds()
        console.print(
            f"\n{status.job_name}: {job_text.state_words(status.state)},"
            f" {len(status.passes)} passes, {len(status.textures)} textures, {took:.1f} s",
            highlight=False,
        )
        for texture in status.textures:
            console.print(f"  {texture.path}", markup=False, highlight=False, soft_wrap=True)
        for block in job_tables.needs(status, with_name=False):
            console.print(block)
    finished = [
        (f"{status.job_name}: {texture.file_name}", Path(texture.path))
        for status in statuses
        for texture in status.textures
        if texture.state in ("delivered", "beside")
    ]
    if finished:
        sheet = _contact_sheet(finished, output)
        console.print(f"\nAll of them on one sheet: {sheet}", markup=False, highlight=False, soft_wrap=True)


def _show_previews(album: PreviewAlbum, status: JobStatus, output: Path, console: Console) -> None:
    strip = album.strip(status, output / demo_previews.NAME) if status.state == "done" else None
    if strip:
        console.print(f"How the first of them grew: {strip}", markup=False, highlight=False, soft_wrap=True)


def _contact_sheet(images: list[tuple[str, Path]], output: Path) -> Path:
    from flatiron_tasks.imaging.contact_sheet import contact_sheet  # noqa: PLC0415 - needs OpenImageIO

    sheet = output / "contact-sheet.png"
    contact_sheet(images, sheet, columns=len(ELEMENTS), cell=256)
    return sheet


def _wait_for_a_person(console: Console) -> None:
    console.print("The services keep running. Enter or Ctrl-C ends them.")
    if sys.stdin.isatty():
        sys.stdin.readline()
    else:
        signal.pause()
