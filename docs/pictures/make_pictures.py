"""Make the pictures of the README from a real bake: `make pictures`.

Bakes the demo scene on an embedded stack. The picture of Flower needs a Chromium on PATH; without one it stays.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console, RenderableType

from flatiron_tasks.api import Desk, JobStatus
from flatiron_tasks.imaging.contact_sheet import contact_sheet
from flatiron_tasks.pipeline.context import path_mapping
from workers.cli import bake_options, demo_previews, job_tables
from workers.cli.bake_choice import BakeChoice, Target
from workers.cli.bake_submission import objects_in, submit_bake
from workers.cli.demo import ELEMENTS
from workers.cli.demo_previews import PreviewAlbum
from workers.cli.demo_scene import find_scene, maps_of
from workers.cli.progress import LineDisplay, LiveDisplay, follow
from workers.embedded.stack import EmbeddedStack

HERE = Path(__file__).parent
_CHROMIUM = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")


def main() -> None:
    """Bake, and take the pictures."""
    with tempfile.TemporaryDirectory() as private, EmbeddedStack(Path(private) / "stack", nodes=2) as stack:
        output = Path(private) / "textures"
        desk = Desk.open(stack.settings)
        jobs = _submit(stack, output)
        album = PreviewAlbum(_Photographer(Console()), Path(private) / "previews", path_mapping(stack.settings))
        statuses = follow(desk, jobs, album)
        _terminal("status", job_tables.jobs(desk.jobs(), datetime.now(UTC)))
        _flower(stack, Path(private) / "browser")
        multi = next(status for status in statuses if status.job_name == "Multi Pass")
        sheet = [(texture.file_name, Path(texture.path)) for texture in multi.textures]
        contact_sheet(sheet, HERE / "contact-sheet.png", columns=len(ELEMENTS), cell=256)
        album.strip(multi, HERE / demo_previews.NAME)


def _submit(stack: EmbeddedStack, output: Path) -> dict[str, str]:
    scene = find_scene(None)
    choice = BakeChoice(
        job_name="",
        scene=scene,
        atlases=bake_options.atlases(maps_of(scene), (), objects_in(scene)),
        elements=[bake_options.element(name) for name in ELEMENTS],
        size=(1024, 1024),
        output=output,
        network_folder=stack.network_folder,
        target=Target(*stack.manager),
        options={"samples": 16},
    )
    jobs = {}
    for mode, title in (("multi", "Multi Pass"), ("single", "Single Pass")):
        chosen = replace(choice, mode=mode, job_name=title, output=output / mode)
        chosen.output.mkdir(parents=True)
        jobs[submit_bake(stack.settings, chosen).job_id] = title
    return jobs


class _Photographer(LineDisplay):
    """Shows lines, and keeps a picture of the live display in the middle of the work."""

    def show(self, statuses: Sequence[JobStatus]) -> None:
        """Show, and take the picture while passes are being merged."""
        super().show(statuses)
        if any(2 < sum(item.state == "merged" for item in status.passes) < 9 for status in statuses):
            live = LiveDisplay(Console())
            live.show(statuses)
            _terminal("progress", live.render())


def _terminal(name: str, content: RenderableType) -> None:
    console = Console(record=True, width=84, file=io.StringIO(), force_terminal=True)
    console.print(content)
    console.save_svg(str(HERE / f"{name}.svg"), title=f"flatiron {name}")


def _flower(stack: EmbeddedStack, profile: Path) -> None:
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        return
    options = (f"--user-data-dir={profile}", "--window-size=1400,760", "--virtual-time-budget=8000")
    picture = f"--screenshot={HERE / 'flower.png'}"
    subprocess.run([browser, *_CHROMIUM, *options, picture, f"{stack.flower_url}tasks"], check=True, timeout=120)


if __name__ == "__main__":
    main()
