"""An artist's day in a minute, on the real panel, session and Redis: many jobs, a slow share, a scene full of gaps.

Measures how long the main thread stood still in each part of it. Only 3ds Max is a stand-in; what it would take itself
(reading a bitmap, looking through all of them) is not in these numbers.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis

from flatiron_tasks.contracts.channels import artist_views
from flatiron_tasks.contracts.job_view import JobView, TextureView
from flatiron_tasks.share.path_mapping import PathRule
from max_submitter.artist_configuration import NOT_SET_UP, user_file
from max_submitter.jobs.ledger import Ledger, LedgerEntry, LedgerTexture
from max_submitter.panel.main_thread import MainThread, after
from max_submitter.panel.panel import Panel
from max_submitter.panel.qt import QtCore, QtWidgets
from max_submitter.panel.watchdog import Block, Watchdog
from max_submitter.session.artist_session import ArtistSession
from max_submitter.session.sticky import DEFAULTS
from max_submitter.testing.fake_jobs import job_row
from max_submitter.testing.fake_scene import FakeScene
from tests.benchmarks.slow_share import SlowShare

ARTIST = "artist"
_SELECTIONS = 20
_PATIENCE_S = 60.0


@dataclass
class Day:
    """What was measured."""

    blocks: dict[str, Block] = field(default_factory=dict)
    """Part of the day -> the longest block of the main thread in it."""
    cancel_seconds: float | None = None
    """From pressing Cancel to the message in Redis, while everything on the share is still being fetched."""
    asked_by_main: list[str] = field(default_factory=list)
    """Files on the share that the main thread looked at."""


class Workplace:
    """One artist's machine. `share` holds the jobs; the textures of all of them belong to the scene that is open."""

    def __init__(self, folder: Path, client: redis.Redis, url: str, *, jobs: int, missing: int) -> None:
        self.folder, self.share = folder, folder / "share"
        self.share.mkdir(parents=True)
        self.client, self.url = client, url
        self.environment = {"XDG_CONFIG_HOME": str(folder / "config"), "XDG_DATA_HOME": str(folder / "data")}
        self.scene = FakeScene.castle(folder)
        self.scene.world.other_files = [str(self.share / f"maps/{number}.png") for number in range(missing)]
        self.views = [self._view(number) for number in range(jobs)]
        self._publish()
        self._remember()
        path = user_file(self.environment)
        path.parent.mkdir(parents=True)
        path.write_text(dataclasses.replace(NOT_SET_UP, redis_url=url, artist=ARTIST).to_json(), "utf-8")

    def session(self) -> ArtistSession:
        """Start the program behind the panel."""
        return ArtistSession(
            self.scene, post=MainThread().post, after=after, environment=self.environment, node_program=lambda: b""
        )

    def _view(self, number: int) -> JobView:
        """A job whose textures are there, with a preview of each."""
        made = job_row(number, "merging").view
        textures = []
        for item in made.textures:
            path, preview = self.share / f"{number}-{item.file_name}", self.share / f"{number}-{item.file_name}.preview"
            path.write_bytes(b"texture")
            preview.write_bytes(b"preview")
            textures.append(TextureView(item.file_name, "delivered", str(path), "", str(preview)))
        return dataclasses.replace(made, artist=ARTIST, textures=tuple(textures))

    def _publish(self) -> None:
        self.client.hset(artist_views(ARTIST), mapping={view.job_id: view.to_json() for view in self.views})

    def _remember(self) -> None:
        ledger = Ledger(self.folder / "data" / "flatiron" / "artist" / "jobs")
        for view in self.views:
            textures = tuple(LedgerTexture(item.file_name, item.path, "") for item in view.textures)
            ledger.keep(
                LedgerEntry(
                    1,
                    view.job_id,
                    view.job_name,
                    view.created_at,
                    (str(self.scene.world.path),),
                    str(self.share),
                    str(self.share),
                    "farm:3234",
                    textures,
                )
            )


def live(place: Workplace, share: SlowShare) -> Day:
    """Open the panel, work, close it."""
    day = Day()
    with Watchdog() as watchdog:
        with _part(day, watchdog, "opening"):
            session = place.session()
            panel = Panel(session)
            panel.resize(420, 1200)
            panel.show()
            _until(panel.is_settled, "the panel is filled in")
        with _part(day, watchdog, "reading the list"):
            _until(lambda: len(session.jobs()) == len(place.views), "all jobs are listed")
            _until(panel.is_settled, "the cards are shown")
            day.cancel_seconds = _cancel(place, session)
        with _part(day, watchdog, "selecting"):
            session.change(dataclasses.replace(DEFAULTS, groups=(), output_folder=str(place.share)))
            _until(lambda: not session.is_checking(), "the scene is checked")
            for number in range(_SELECTIONS):
                place.scene.select(101 + number % 2)
                _turn()
            _until(lambda: not session.is_checking(), "the selection is checked")
        with _part(day, watchdog, "showing textures"):
            _until(lambda: _applied(place) == len(place.views), "all textures are applied")
        with _part(day, watchdog, "configuring"):
            _configure(session, web_url="http://farm-manager:8080")
            _configure(session, path_rules=(PathRule("//elsewhere/share", "/elsewhere"),))
            _until(lambda: len(session.jobs()) == len(place.views), "all jobs are listed again")
            _until(panel.is_settled, "the cards are shown again")
        with _part(day, watchdog, "closing"):
            panel.close_session()
            panel.hide()
            panel.deleteLater()
    day.asked_by_main = list(share.asked_by_main)
    return day


def _cancel(place: Workplace, session: ArtistSession) -> float | None:
    began = time.perf_counter()
    session.cancel(place.views[0].job_id)
    _until(lambda: place.client.keys("*front-desk*"), "the message is in Redis")
    return time.perf_counter() - began


def _configure(session: ArtistSession, **values: Any) -> None:
    session.configure(dataclasses.replace(session.configuration, **values))
    _turn()


def _applied(place: Workplace) -> int:
    """Jobs all of whose textures were read by the scene."""
    return len({path.name.split("-")[0] for (path,) in place.scene.called("reload")})


@contextmanager
def _part(day: Day, watchdog: Watchdog, name: str) -> Iterator[None]:
    watchdog.reset()
    yield
    _turn()
    day.blocks[name] = watchdog.longest


def _until(condition: Callable[[], object], what: str) -> None:
    until = time.monotonic() + _PATIENCE_S
    while not condition():
        if time.monotonic() > until:
            raise TimeoutError(f"It was waited in vain until {what}.")
        _turn()


def _turn() -> None:
    """Let Qt do what is due, for a few milliseconds: a loop that never rests would measure itself."""
    loop = QtCore.QEventLoop()
    QtCore.QTimer.singleShot(5, loop.quit)
    loop.exec()
    QtWidgets.QApplication.sendPostedEvents(None, QtCore.QEvent.Type.DeferredDelete.value)
