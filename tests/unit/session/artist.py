"""An artist at work: a fake scene, a main thread pumped by hand, folders below a temporary one."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from flatiron_tasks.contracts.job import JobDescription
from max_submitter.artist_configuration import NOT_SET_UP, user_file
from max_submitter.bake_settings import ArtistConfiguration, BakeSettings
from max_submitter.session.artist_session import ArtistSession
from max_submitter.session.own_main_thread import OwnMainThread
from max_submitter.session.sticky import DEFAULTS
from max_submitter.testing.fake_scene import FakeScene

NODE_PROGRAM = b"the node program"
PATIENCE_S = 60.0


class Artist:
    """Owns the folders; a session begins and ends as the program does."""

    def __init__(self, folder: Path, scene: FakeScene | None = None, **configuration: Any) -> None:
        self.folder = folder
        self.share = folder / "share"
        self.output = folder / "textures"
        for made in (self.share, self.output):
            made.mkdir(exist_ok=True)
        self.environment = {"XDG_CONFIG_HOME": str(folder / "config"), "XDG_DATA_HOME": str(folder / "data")}
        self.scene = scene or FakeScene.castle(folder)
        self.main = OwnMainThread()
        self.heard: list[str] = []
        self.configure(**configuration)

    @property
    def data(self) -> Path:
        return self.folder / "data" / "flatiron"

    def configure(self, **changes: Any) -> ArtistConfiguration:
        configuration = dataclasses.replace(NOT_SET_UP, renderer="reference", **changes)
        path = user_file(self.environment)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(configuration.to_json(), encoding="utf-8")
        return configuration

    def open(self, node_program: bytes = NODE_PROGRAM) -> ArtistSession:
        """Start the program."""
        session = ArtistSession(
            self.scene,
            post=self.main.post,
            after=self.main.after,
            environment=self.environment,
            node_program=lambda: node_program,
        )
        session.listen(self.heard.append)
        return session

    def settings(self, **changes: Any) -> BakeSettings:
        """Settings that can be baked on a farm that need not be there."""
        network = dataclasses.replace(DEFAULTS.network, manager="127.0.0.1", network_folder=str(self.share))
        element = dataclasses.replace(DEFAULTS.elements[0], width=64, height=64)
        base = dataclasses.replace(
            DEFAULTS, elements=(element,), output_folder=str(self.output), network=network, groups=("castle",)
        )
        return dataclasses.replace(base, **changes)

    def until(self, condition: Any, what: str) -> None:
        self.main.pump_until(condition, seconds=PATIENCE_S, what=what)

    def press_bake(self, session: ArtistSession) -> None:
        """Press Bake and watch until nothing runs."""
        session._desk.press(session.settings, session.configuration)  # preflight has its own tests
        self.until(lambda: not session._desk.is_running, "the bake is submitted")


def jobs_on(share: Path) -> list[JobDescription]:
    found = sorted(share.glob("flatiron-*/job.desc"))
    return [JobDescription.from_json(path.read_bytes(), source=str(path)) for path in found]
