"""Make the pictures of the page of all jobs from real bakes: `python docs/pictures/web_pictures.py`.

Needs a Chromium on PATH. Three jobs: one that is done, one that is being baked, one whose merge failed because a piece
is broken on disk.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from flatiron_tasks.api import Desk
from flatiron_tasks.contracts.layout import JobFolder
from tests.waiting import wait_until
from workers.cli import bake_options
from workers.cli.bake_choice import BakeChoice, Target
from workers.cli.bake_submission import objects_in, submit_bake
from workers.cli.demo import ELEMENTS
from workers.cli.demo_scene import find_scene, maps_of
from workers.embedded.stack import EmbeddedStack

HERE = Path(__file__).parent
_OPTIONS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
_PATIENCE_S = 300.0
_BROKEN_PASS = 3


def main() -> None:
    """Bake, and take the pictures."""
    with tempfile.TemporaryDirectory() as private, _stack(Path(private)) as stack:
        baker = _Baker(stack, Path(private))
        done = baker.submit("Chapel interior", size=512)
        baker.wait(done, "done")
        failed = baker.submit("Gatehouse", size=512)
        baker.break_a_piece(failed)
        growing = baker.submit("Courtyard", size=1024)
        baker.wait_for_merged(growing, 8)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(_OPTIONS))
            page = browser.new_page(viewport={"width": 1360, "height": 900})
            _take(page, f"{stack.web_url}jobs/{growing}", "job")
            page.emulate_media(color_scheme="dark")
            _take(page, f"{stack.web_url}jobs/{growing}", "dark")
            page.emulate_media(color_scheme="light")
            baker.wait(failed, "failed")
            _take(page, f"{stack.web_url}jobs/{failed}", "failed")
            _take(page, f"{stack.web_url}", "list")
            _take(page, f"{stack.web_url}farm", "farm")
            browser.close()


def _stack(folder: Path) -> EmbeddedStack:
    return EmbeddedStack(folder / "stack", flower=False, web=True, nodes=2, network_folder=folder / "bakes")


class _Baker:
    """Submits bakes of the demo scene."""

    def __init__(self, stack: EmbeddedStack, folder: Path) -> None:
        self._stack, self._folder = stack, folder
        self._desk = Desk.open(stack.settings)
        scene = find_scene(None)
        self._choice = BakeChoice(
            job_name="",
            scene=scene,
            atlases=bake_options.atlases(maps_of(scene), (), objects_in(scene)),
            elements=[bake_options.element(name) for name in ELEMENTS],
            size=(512, 512),
            output=folder,
            network_folder=stack.network_folder,
            target=Target(*stack.manager),
            options={"samples": 16},
        )

    def submit(self, name: str, *, size: int) -> str:
        """Submit a bake; returns its id."""
        output = self._folder / "textures" / name
        output.mkdir(parents=True)
        choice = replace(self._choice, job_name=name, size=(size, size), output=output)
        return submit_bake(self._stack.settings, choice).job_id

    def break_a_piece(self, job_id: str) -> None:
        """Spoil a piece in the moment in which it appears, before it is merged."""
        pieces = JobFolder.of(self._stack.network_folder, job_id).pieces

        def found() -> Path | None:
            receipt = next(pieces.glob(f"p{_BROKEN_PASS:05d}-*.json"), None)
            return receipt and receipt.with_suffix(".exr")

        piece = _wait(found, "a piece is there")
        if piece is not None:
            piece.write_bytes(piece.read_bytes()[:-64])

    def wait(self, job_id: str, state: str) -> None:
        """Wait until a job is in a state."""
        _wait(lambda: self._desk.is_known(job_id) and self._desk.job(job_id).state == state, f"{job_id} is {state}")

    def wait_for_merged(self, job_id: str, passes: int) -> None:
        """Wait until so many passes of a job are merged."""

        def is_there() -> bool:
            known = self._desk.is_known(job_id)
            return known and sum(item.state == "merged" for item in self._desk.job(job_id).passes) >= passes

        _wait(is_there, f"{passes} passes are merged")


def _wait(condition: Callable[[], object], what: str) -> Path | None:
    found = wait_until(condition, timeout_s=_PATIENCE_S, what=what)
    return found if isinstance(found, Path) else None


def _take(page: Page, url: str, name: str) -> None:
    page.goto(url)
    page.get_by_text(re.compile("^Live$")).wait_for()
    page.screenshot(path=HERE / f"web-{name}.png", full_page=True)


if __name__ == "__main__":
    main()
