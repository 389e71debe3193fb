"""A studio for the panel: real Redis, workers, farm and renderer; only 3ds Max is a stand-in, on a real scene file."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path

from max_submitter.artist_configuration import NOT_SET_UP, user_file
from max_submitter.panel.main_thread import MainThread
from max_submitter.panel.panel import Panel
from max_submitter.panel.qt import QtCore
from max_submitter.session.artist_session import ArtistSession
from max_submitter.testing.fake_scene import FakeScene
from tests.panel.person import Person
from workers.embedded.stack import EmbeddedStack
from workers.node.build import build_node_program

SCENE = Path(__file__).resolve().parents[2] / "deploy" / "demo_scene" / "demo.glb"
PATIENCE_S = 120.0


def opened_scene(folder: Path) -> FakeScene:
    """A copy of the demo scene with a group of three objects on one map."""
    scene = FakeScene.of_file(Path(shutil.copy(SCENE, folder / "demo.glb")))
    world = scene.world
    world.groups = {"props": [item.handle for item in world.objects if item.name in ("Vase", "Crate", "Ring")]}
    for item in world.objects:
        item.map_index = 0
    return scene


class Workplace:
    """One machine of one artist: a scene that is open, and a panel that is opened and closed."""

    def __init__(self, folder: Path, stack: EmbeddedStack, person: Person, *, artist: str) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.stack = stack
        self.person = person
        self.scene = opened_scene(folder)
        self.textures = folder / "textures"
        self.environment = {"XDG_CONFIG_HOME": str(folder / "config"), "XDG_DATA_HOME": str(folder / "data")}
        path = user_file(self.environment)
        path.parent.mkdir(parents=True)
        configuration = dataclasses.replace(
            NOT_SET_UP, renderer="reference", redis_url=stack.settings.redis_url, artist=artist
        )
        path.write_text(configuration.to_json(), encoding="utf-8")

    def open(self) -> Panel:
        """Open the panel, as the macro does."""
        session = ArtistSession(
            self.scene,
            post=MainThread().post,
            after=_after,
            environment=self.environment,
            node_program=build_node_program,
        )
        panel = Panel(session, self.person.files)
        panel.resize(420, 1200)
        panel.show()
        self.person.look(panel)
        return panel

    def close(self, panel: Panel) -> None:
        """Close the panel and its session, as the end of 3ds Max does."""
        panel.close_session()
        panel.hide()
        panel.deleteLater()
        self.person.turn()

    def fill_in(self, panel: Panel) -> None:
        """Type what is needed for a small bake of the group."""
        person, network = self.person, panel.network
        for rollout in (panel.baking, panel.network, panel.preflight, panel.jobs):
            rollout.set_open(True)
        person.tick(panel.baking.groups, 1)
        panel.baking.elements.table.selectRow(0)
        person.turn()
        person.write(panel.baking.output_folder, str(self.textures))
        person.write(panel.baking.element.width_field, "64")
        person.write(panel.baking.element.height_field, "64")
        person.write(panel.baking.element.slot, "Diffuse Color")
        person.choose(panel.baking.mode, "Multi Pass")
        host, port = self.stack.manager
        if not network.enabled.isChecked():
            person.click(network.enabled)
        person.write(network.manager, host)
        person.write(network.port, str(port))
        person.write(network.folder, str(self.stack.network_folder))
        panel.editor.flush()

    def wait(self, condition: Callable[[], object], what: str) -> None:
        """Let the panel live until something is so."""
        self.person.wait(condition, what, seconds=PATIENCE_S)


def _after(milliseconds: int, action: Callable[[], None]) -> None:
    QtCore.QTimer.singleShot(milliseconds, action)
