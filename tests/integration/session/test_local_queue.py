"""Bakes on this machine outlive the program that began them, wait for their turn, and hide nothing of each other."""

from __future__ import annotations

import dataclasses
import multiprocessing
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from flatiron_tasks.contracts.mark import find_mark
from max_submitter.session import local_desk
from max_submitter.session.artist_session import ArtistSession
from max_submitter.testing import fake_worlds
from tests.integration.session.test_artist_bakes import opened_scene
from tests.unit.session.artist import Artist
from workers.node.build import build_node_program

COMMAND = (sys.executable, "-m", "workers.cli")
GROUPS = ("props", "rings")


def at_work(folder: Path, *, command: tuple[str, ...] = COMMAND) -> Artist:
    """An artist with two groups to bake on this machine."""
    scene = opened_scene(folder)
    scene.world.groups["props"].pop()
    named = {item.name: item.handle for item in scene.world.objects}
    scene.world.groups = {"props": [named["Vase"], named["Crate"]], "rings": [named["Ring"]]}
    return Artist(folder, scene, local_command=command)


def press(artist: Artist, session: ArtistSession, **changes: Any) -> None:
    network = dataclasses.replace(artist.settings().network, enabled=False, manager="", network_folder="")
    session.change(artist.settings(**{"groups": GROUPS, "network": network, **changes}))
    session._desk.press(session.settings, session.configuration)


def kinds(artist: Artist) -> dict[str, str]:
    marks = {path.name: find_mark(path) for path in artist.output.iterdir()}
    return {name: mark.kind for name, mark in marks.items() if mark}


def states(session: ArtistSession) -> dict[str, str]:
    return {row.view.job_name.rpartition(" ")[2]: row.view.state for row in session.jobs()}


def bake_and_die(folder: str) -> None:
    """Killed when the placeholders are assigned, before the command is started."""
    local_desk.LocalDesk.bake = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[method-assign]
    artist = at_work(Path(folder))
    press(artist, artist.open(build_node_program()))
    artist.until(lambda: False, "it is killed")


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
def test_bakes_on_this_machine_go_on_at_the_next_start_if_their_program_was_killed(tmp_path: Path) -> None:
    process = multiprocessing.get_context("spawn").Process(target=bake_and_die, args=(str(tmp_path),))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    process.close()
    artist = at_work(tmp_path)
    assert set(kinds(artist).values()) == {"placeholder"}
    session = artist.open(build_node_program())
    artist.until(lambda: list(states(session).values()) == ["done", "done"], "both are baked")
    artist.until(lambda: not session._desk.is_running, "all is through")
    assert set(kinds(artist).values()) == {"texture"}
    assert any("goes on" in item.what for item in session.findings())
    assert not list((artist.data / "local-bakes").glob("flatiron-2*"))
    assert not list((artist.data / "sessions").glob("*/submissions/*"))
    session.close()


def deadly(folder: Path, file: str) -> tuple[str, ...]:
    """A `flatiron` command that, the first time, dies before it deletes this, and takes the panel's program along."""
    script = folder / "command.py"
    script.write_text(
        "import os, pathlib, signal\n"
        f"trace = pathlib.Path({str(folder / 'trace')!r})\n"
        "def deadly(real):\n"
        "    def delete(name, *arguments, **named):\n"
        f"        if pathlib.Path(name).match({file!r}) and not trace.exists():\n"
        "            trace.touch()\n"
        "            os.kill(os.getppid(), signal.SIGKILL)\n"
        "            os.kill(os.getpid(), signal.SIGKILL)\n"
        "        return real(name, *arguments, **named)\n"
        "    return delete\n"
        "os.unlink, os.rmdir = deadly(os.unlink), deadly(os.rmdir)\n"
        "from workers.cli.__main__ import main\n"
        "main()\n"
    )
    return (sys.executable, str(script))


def bake_until_killed(folder: str, file: str) -> None:
    artist = at_work(Path(folder), command=deadly(Path(folder), file))
    press(artist, artist.open(build_node_program()), groups=("rings",))
    artist.until(lambda: False, "it is killed")


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
@pytest.mark.parametrize("file", ["node.pyz", "job.desc", "ended.json", "flatiron-*"])
def test_a_bake_that_is_killed_while_it_cleans_up_is_done_at_the_next_start_and_leaves_nothing(
    tmp_path: Path, file: str
) -> None:
    process = multiprocessing.get_context("spawn").Process(target=bake_until_killed, args=(str(tmp_path), file))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    process.close()
    assert (tmp_path / "trace").exists()
    artist = at_work(tmp_path)
    texture = (artist.output / "rings_CompleteMap.png").read_bytes()
    session = artist.open(build_node_program())
    artist.until(lambda: not list((artist.data / "local-bakes").glob("flatiron-2*")), "its folder is gone")
    artist.until(lambda: not list((artist.data / "sessions").glob("*/submissions/*")), "nothing is open")
    artist.until(lambda: not session._desk.is_running, "all is through")
    assert set(states(session).values()) <= {"done"}
    assert set(kinds(artist).values()) == {"texture"}
    assert (artist.output / "rings_CompleteMap.png").read_bytes() == texture
    session.close()


def test_a_bake_that_waits_for_its_turn_is_shown_and_cancelled_at_once_with_earlier_files_back(tmp_path: Path) -> None:
    artist = at_work(tmp_path)
    session = artist.open(build_node_program())
    press(artist, session)
    artist.until(lambda: list(states(session).values()) == ["done", "done"], "both are baked")
    artist.until(lambda: not session._desk.is_running, "all is through")
    before = (artist.output / "rings_CompleteMap.png").read_bytes()
    press(artist, session)
    artist.until(lambda: len(session.submitted()) == len(GROUPS), "both are submitted")
    assert session.reason_against_bake().startswith("This machine is still baking.")
    second = session.submitted()[1]
    assert session._jobs.view(second).state == "submitted"  # type: ignore[union-attr]
    session.cancel(second)
    artist.until(lambda: session._jobs.view(second).state == "cancelled", "it is cancelled")  # type: ignore[union-attr]
    assert (artist.output / "rings_CompleteMap.png").read_bytes() == before
    assert not (artist.data / "local-bakes" / f"flatiron-{second}").exists()
    artist.until(lambda: not session._desk.is_running, "the first one is through")
    assert session._jobs.view(second).state == "cancelled"  # type: ignore[union-attr]
    session.close()


def failing_for_the_first(folder: Path) -> tuple[str, ...]:
    """A `flatiron` command that fails once, then is the real one."""
    script = folder / "command.py"
    script.write_text(
        "import pathlib, sys\n"
        f"trace = pathlib.Path({str(folder / 'trace')!r})\n"
        "if not trace.exists():\n"
        "    trace.touch()\n"
        "    sys.exit(5)\n"
        "from workers.cli.__main__ import main\n"
        "main()\n"
    )
    return (sys.executable, str(script))


def test_a_bake_that_fails_hides_no_finished_one_and_the_farm_stays_free(tmp_path: Path) -> None:
    artist = at_work(tmp_path, command=failing_for_the_first(tmp_path))
    session = artist.open(build_node_program())
    press(artist, session)
    artist.until(lambda: session._desk._local.is_running, "it bakes")
    assert session._desk.reason_against(artist.settings()) == ""
    artist.until(lambda: not session._desk.is_running, "both are through")
    assert states(session) == {"props": "failed", "rings": "done"}
    progress = session.bake_progress()
    assert progress is not None
    assert "exit code 5" in progress.error
    assert [call.arguments for call in artist.scene.calls if call.name == "reload"] == [
        (artist.output / "rings_CompleteMap.png",)
    ]
    session.close()


def test_another_scene_is_not_touched_by_a_bake_on_this_machine(tmp_path: Path) -> None:
    artist = at_work(tmp_path)
    session = artist.open(build_node_program())
    press(artist, session)
    artist.until(lambda: session._desk._local.is_running, "it bakes")
    artist.scene.open(fake_worlds.castle(artist.folder))
    artist.until(lambda: not session._desk.is_running, "both are through")
    assert not any(call.name in ("reload", "relink") for call in artist.scene.calls)
    progress = session.bake_progress()
    assert progress is not None
    assert "Another scene is open" in progress.sentence
    session.close()
