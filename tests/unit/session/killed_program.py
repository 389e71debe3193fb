"""A program of the artist's that presses Bake and is killed by the system at a named point. Run in its own process."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from max_submitter import final_paths, job_folder, submission
from max_submitter.jobs.ledger import Ledger
from max_submitter.session import bake, studio
from max_submitter.session.journal import Journal
from tests.unit.session.artist import Artist


def die(*_: Any, **__: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def after(owner: Any, name: str, times: int = 1) -> Callable[[], None]:
    """Die when this function has returned so many times."""

    def prepare() -> None:
        real, count = getattr(owner, name), iter(range(1, 100))

        def run(*values: Any, **named: Any) -> Any:
            result = real(*values, **named)
            if next(count) == times:
                die()
            return result

        setattr(owner, name, run)

    return prepare


TAKEN_BACK = {
    "journal begun": after(Journal, "begin"),
    "folders made": after(job_folder, "_make_folders"),
    "scene copied": after(job_folder, "_bring_scene"),
    "node program there": after(job_folder, "write_atomically"),
    "description there": after(submission, "make_job_folder"),
    "earlier files kept": after(submission, "keep_previous"),
    "one staged": after(final_paths, "_stage"),
    "one replaced": after(final_paths, "replace_file", 3),  # after one copy of an earlier file and one placeholder
    "all replaced": after(submission, "place"),
}
ANNOUNCED = {
    "placed noted": after(Journal, "placed"),
    "ledger written": after(Ledger, "keep"),
    "sent": after(studio.LateMessenger, "send"),
}
THROUGH = {
    "journal ended": after(Journal, "end"),
    "back on the main thread": lambda: setattr(bake.BakeDesk, "_submitted", die),
}
POINTS: dict[str, Callable[[], None]] = {**TAKEN_BACK, **ANNOUNCED, **THROUGH}


def bake_and_die(folder: str, point: str) -> None:
    """Nobody listens: a message counts as sent."""
    studio.LateMessenger.send = lambda self, job_id: None  # type: ignore[method-assign]
    POINTS[point]()
    artist = Artist(Path(folder))
    session = artist.open()
    session.change(artist.settings())
    artist.press_bake(session)
