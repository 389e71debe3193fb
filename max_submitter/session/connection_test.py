"""The Test button: Manager, Redis, network folder and workers, each in a thread of its own, a sentence each."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final, Literal

from flatiron_tasks.contracts.errors import FlatironError, ShareError
from flatiron_tasks.share.atomic import remove_quietly, share_error, write_atomically
from max_submitter.bake_settings import ArtistConfiguration, BakeSettings
from max_submitter.preflight.surroundings import Surroundings
from max_submitter.session.background import Background
from max_submitter.session.port import ConnectionLine
from max_submitter.session.redis_check import WorkersSeen, redis_trouble, workers_seen

_LITTLE_SPACE: Final = 1 << 30
"""Bytes below which a share is called nearly full."""
_LOOKING: Final = "…"

Answer = tuple[bool, str]
Part = Literal["Manager", "Redis", "Network folder", "Workers"]


class ConnectionTest:
    """One press of Test at a time; a new press makes answers to the one before unheard."""

    def __init__(self, background: Background, surroundings: Surroundings, changed: Callable[[], None]) -> None:
        self._background = background
        self._surroundings = surroundings
        self._changed = changed
        self._lines: tuple[ConnectionLine, ...] = ()
        self._press = 0

    @property
    def lines(self) -> tuple[ConnectionLine, ...]:
        """What is known so far, one line per part."""
        return self._lines

    def start(self, settings: BakeSettings, configuration: ArtistConfiguration) -> None:
        """Look at everything anew. The sentences come on the main thread, as they are found."""
        self._press += 1
        network, surroundings = settings.network, self._surroundings
        parts: tuple[tuple[ConnectionLine, Callable[[], Answer]], ...] = (
            (_line("Manager"), lambda: look_at_manager(network.manager, network.port, surroundings)),
            (_line("Redis"), lambda: look_at_redis(configuration.redis_url)),
            (_line("Network folder"), lambda: look_at_network_folder(network.network_folder, surroundings)),
            (_line("Workers"), lambda: look_at_workers(configuration.redis_url)),
        )
        self._lines = tuple(line for line, _ in parts)
        self._changed()
        for number, (line, look) in enumerate(parts):
            self._look(self._press, number, line, look)

    def _look(self, press: int, number: int, line: ConnectionLine, look: Callable[[], Answer]) -> None:
        def done(answer: Answer) -> None:
            if press == self._press:
                found = replace(line, ok=answer[0], sentence=answer[1])
                self._lines = (*self._lines[:number], found, *self._lines[number + 1 :])
                self._changed()

        self._background.run(f"testing {line.part}", look, done, lambda error: done((False, str(error))))


def look_at_manager(host: str, port: int, surroundings: Surroundings) -> Answer:
    """Whether a Backburner Manager greets there."""
    if not host.strip():
        return False, "No manager is set. Type the host name or IP address of the Backburner Manager."
    trouble = surroundings.manager_trouble(host.strip(), port)
    return (False, trouble) if trouble else (True, f"A Backburner Manager answers at {host}, port {port}.")


def look_at_redis(url: str) -> Answer:
    """Whether Redis answers and lets this account in."""
    if not url.strip():
        return False, "The address of Redis is not set. Ask the administrator for it."
    trouble = redis_trouble(url)
    return (False, trouble) if trouble else (True, "Redis answers.")


def look_at_workers(url: str) -> Answer:
    """Whether workers run."""
    if not url.strip() or redis_trouble(url):
        return False, "It cannot be told whether workers run while Redis does not answer."
    seen: WorkersSeen = workers_seen(url)
    return seen.ok, seen.sentence


def look_at_network_folder(text: str, surroundings: Surroundings) -> Answer:
    """Whether the folder is there, can be written to, read back and cleaned, and has space."""
    if not text.strip():
        return False, r"No network folder is set. Type the shared folder, as \\server\share\folder."
    folder = Path(text.strip())
    try:
        if (drive := _drive_without_share(text.strip(), surroundings)) is not None:
            return False, drive
        if not surroundings.is_folder(folder):
            return False, f"{folder} is not there. Check how it is spelt and that the share is connected."
        surroundings.write_probe(folder)
        write_and_read_back(folder)
        free = surroundings.free_bytes(folder)
    except FlatironError as error:
        return False, str(error)
    if free < _LITTLE_SPACE:
        return False, f"{folder} has only {free / (1 << 20):.0f} MB free. Make room, or choose another folder."
    return True, f"{folder} can be written to; {free / (1 << 30):.0f} GB are free."


def write_and_read_back(folder: Path) -> None:
    """What a job does there: write by rename, read, delete. Raises ShareError."""
    path, text = folder / f"flatiron-test-{secrets.token_hex(4)}.tmp", secrets.token_hex(16)
    write_atomically(path, text)
    try:
        if path.read_text("utf-8") != text:
            raise ShareError(f"{folder} gives back something else than was written.", advice="Ask the administrator.")
    except OSError as error:
        raise share_error(f"A file written to {folder} cannot be read back.", error) from error
    finally:
        remove_quietly(path)


def _drive_without_share(text: str, surroundings: Surroundings) -> str | None:
    """What to say of a drive letter; None if there is none."""
    if text[1:2] != ":":
        return None
    target = surroundings.drive_target(text[:2])
    if target:
        return f"{text[:2]} means {target} on this machine only. Type {target}{text[2:]} instead."
    return rf"{text[:2]} is a drive of this machine alone. Type a shared folder, as \\server\share\folder."


def _line(part: Part) -> ConnectionLine:
    return ConnectionLine(part, None, _LOOKING)
