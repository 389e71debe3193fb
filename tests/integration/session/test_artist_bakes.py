"""An artist presses Bake behind a fake scene; everything else is real: Redis, workers, farm, renderer, command."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from flatiron_tasks.contracts.errors import BadInputError
from flatiron_tasks.contracts.mark import find_mark
from max_submitter import scripting
from max_submitter.session.artist_session import ArtistSession
from max_submitter.session.command import STOP
from max_submitter.session.local_bake import CANONICAL_FOLDER
from max_submitter.testing.fake_scene import FakeScene
from tests.unit.session.artist import Artist
from tests.waiting import wait_until
from workers.cli.exit_codes import ExitCode
from workers.embedded.stack import EmbeddedStack
from workers.node.build import build_node_program

SCENE = Path(__file__).resolve().parents[3] / "deploy" / "demo_scene" / "demo.glb"
PATIENCE_S = 150.0
COMMAND = (sys.executable, "-m", "workers.cli")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStack]:
    os.environ.pop("FLATIRON_REDIS_URL", None)
    with EmbeddedStack(tmp_path_factory.mktemp("stack"), flower=False) as stack:
        yield stack


def opened_scene(folder: Path) -> FakeScene:
    """A copy of the demo scene, all objects on one map, three of them in a group."""
    scene = FakeScene.of_file(Path(shutil.copy(SCENE, folder / "demo.glb")))
    world = scene.world
    world.groups = {"props": [item.handle for item in world.objects if item.name in ("Vase", "Crate", "Ring")]}
    for item in world.objects:
        item.map_index = 0
    return scene


def small(artist: Artist, session: ArtistSession, **changes: object) -> None:
    element = dataclasses.replace(artist.settings().elements[0], slot="Diffuse Color")
    settings = artist.settings(groups=("props",), elements=(element,), **changes)
    session.change(settings)


def wait(artist: Artist, session: ArtistSession, state: str) -> None:
    artist.main.pump_until(
        lambda: any(row.view.state == state for row in session.jobs()), seconds=PATIENCE_S, what=f"a job is {state}"
    )


def test_press_bake_on_the_farm_and_find_the_result_in_the_scene(stack: EmbeddedStack, tmp_path: Path) -> None:
    artist = Artist(tmp_path, opened_scene(tmp_path), redis_url=stack.settings.redis_url)
    session = artist.open(build_node_program())
    host, port = stack.manager
    network = dataclasses.replace(
        artist.settings().network, manager=host, port=port, network_folder=str(stack.network_folder)
    )
    small(artist, session, network=network)
    artist.until(lambda: not session.is_checking(), "preflight is through")
    assert session.reason_against_bake() == ""
    session.bake()
    artist.until(lambda: not session._desk.is_running, "the bake is submitted")
    texture = artist.output / "props_CompleteMap.png"
    placeholder = find_mark(texture)
    assert placeholder is not None
    assert placeholder.kind == "placeholder"
    assert artist.scene.bitmaps_showing(texture) > 0
    wait(artist, session, "done")
    result = find_mark(texture)
    assert result is not None
    assert result.kind == "texture"
    artist.main.pump_until(
        lambda: any("All textures are in the scene." in row.notes for row in session.jobs()),
        seconds=PATIENCE_S,
        what="the scene shows the texture",
    )
    assert any(call.name == "reload" and call.arguments == (texture,) for call in artist.scene.calls)
    artist.scene.undo()
    assert artist.scene.bitmaps_showing(texture) == 0
    session.close()


@pytest.fixture
def local_artist(tmp_path: Path) -> Artist:
    return Artist(tmp_path, opened_scene(tmp_path), local_command=COMMAND)


def test_the_same_bake_on_this_machine_needs_neither_redis_nor_farm(local_artist: Artist) -> None:
    session = local_artist.open(build_node_program())
    network = dataclasses.replace(local_artist.settings().network, enabled=False, manager="", network_folder="")
    small(local_artist, session, network=network, strips=2)
    local_artist.until(lambda: not session.is_checking(), "preflight is through")
    assert session.reason_against_bake() == ""
    session.bake()
    wait(local_artist, session, "done")
    local_artist.until(lambda: session.bake_progress() is None, "all is done")
    result = find_mark(local_artist.output / "props_CompleteMap.png")
    assert result is not None
    assert result.kind == "texture"
    (row,) = session.jobs()
    assert {item.state for item in row.view.passes} == {"merged"}
    assert not list((local_artist.data / "local-bakes").glob("flatiron-2*"))
    assert any(call.name == "reload" for call in local_artist.scene.calls)
    session.close()


def test_a_bake_on_this_machine_that_is_cancelled_gives_back_what_was_there(local_artist: Artist) -> None:
    texture = local_artist.output / "props_CompleteMap.png"
    session = local_artist.open(build_node_program())
    network = dataclasses.replace(local_artist.settings().network, enabled=False, manager="", network_folder="")
    small(local_artist, session, network=network)
    session._desk.press(session.settings, session.configuration)
    wait(local_artist, session, "done")
    local_artist.until(lambda: not session._desk.is_running, "the first bake is through")
    before = texture.read_bytes()
    session._desk.press(session.settings, session.configuration)
    local_artist.until(lambda: any(row.view.state == "rendering" for row in session.jobs()), "the second one renders")
    assert texture.read_bytes() != before
    (job_id,) = session.submitted()
    session.cancel(job_id)
    wait(local_artist, session, "cancelled")
    local_artist.until(lambda: not session._desk.is_running, "the second bake is through")
    assert texture.read_bytes() == before
    assert not list((local_artist.data / "local-bakes").glob("flatiron-2*"))
    session.close()


def test_a_bake_on_this_machine_ends_by_sigterm_as_it_does_by_the_panel(local_artist: Artist) -> None:
    session = local_artist.open(build_node_program())
    network = dataclasses.replace(local_artist.settings().network, enabled=False, manager="", network_folder="")
    small(local_artist, session, network=network)
    session._desk.press(session.settings, session.configuration)
    local_artist.until(
        lambda: any(row.view.sentence.startswith("Rendering Crate") for row in session.jobs()), "it renders"
    )
    process = session._desk._local._bakes[0]._command._process
    assert process is not None
    process.terminate()
    local_artist.until(lambda: not session._desk.is_running, "it has ended")
    assert process.returncode == 130
    assert not list((local_artist.data / "local-bakes").glob("flatiron-2*"))
    session.close()


@pytest.mark.skipif(os.name == "nt", reason="needs SIGSTOP")
def test_a_bake_that_another_process_has_in_hand_is_cancelled_there_too_and_gives_back_what_was_there(
    local_artist: Artist,
) -> None:
    texture = local_artist.output / "props_CompleteMap.png"
    session = local_artist.open(build_node_program())
    network = dataclasses.replace(local_artist.settings().network, enabled=False, manager="", network_folder="")
    small(local_artist, session, network=network)
    session._desk.press(session.settings, session.configuration)
    wait(local_artist, session, "done")
    local_artist.until(lambda: not session._desk.is_running, "the first bake is through")
    before = texture.read_bytes()
    session._desk.press(session.settings, session.configuration)
    local_artist.until(
        lambda: any(row.view.sentence.startswith("Rendering Crate") for row in session.jobs()), "the second one renders"
    )
    (folder,) = (local_artist.data / "local-bakes").glob("flatiron-2*")
    earlier = session._desk._local._bakes[0]._command._process
    assert earlier is not None
    earlier.send_signal(signal.SIGSTOP)  # or it might be through before the later one looks
    rules = json.dumps([{"canonical": CANONICAL_FOLDER, "local": str(folder.parent)}])
    with subprocess.Popen(
        [*COMMAND, "local", str(folder), "--json"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "FLATIRON_PATH_RULES": rules},
    ) as later:
        assert later.stdin is not None
        assert later.stdout is not None
        assert any("Another process bakes" in line for line in later.stdout)
        later.stdin.write(f"{STOP}\n")
        later.stdin.flush()
        wait_until((folder / "ended.json").exists, what="the bake is marked as cancelled")
        earlier.send_signal(signal.SIGCONT)
        later.stdout.read()
    assert later.returncode == ExitCode.INTERRUPTED
    assert texture.read_bytes() == before
    assert not folder.exists()
    local_artist.until(lambda: not session._desk.is_running, "the process that had it in hand has ended")
    assert {row.view.state for row in session.jobs()} == {"done", "failed"}
    session.close()


def test_a_renderer_that_this_machine_does_not_have_is_a_sentence(local_artist: Artist) -> None:
    session = local_artist.open(build_node_program())
    session.configure(dataclasses.replace(session.configuration, renderer="3dsmaxbatch"))
    network = dataclasses.replace(local_artist.settings().network, enabled=False, manager="", network_folder="")
    small(local_artist, session, network=network)
    local_artist.press_bake(session)
    progress = session.bake_progress()
    assert progress is not None
    assert "could not be rendered" in progress.error
    assert "3dsmaxbatch" in progress.error
    wait(local_artist, session, "failed")
    session.close()


def test_a_pipeline_bakes_with_one_call_and_waits_for_the_end(stack: EmbeddedStack, tmp_path: Path) -> None:
    artist = Artist(tmp_path, opened_scene(tmp_path), redis_url=stack.settings.redis_url)
    host, port = stack.manager
    network = dataclasses.replace(
        artist.settings().network, manager=host, port=port, network_folder=str(stack.network_folder)
    )
    (job_id,) = scripting.bake(
        artist.settings(groups=("props",), network=network),
        wait_seconds=PATIENCE_S,
        scene=artist.scene,
        environment=artist.environment,
        node_program=build_node_program,
    )
    views = {view.job_id: view.state for view in scripting.jobs(environment=artist.environment)}
    assert views[job_id] == "done"
    assert (artist.output / "props_CompleteMap.png").is_file()
    with pytest.raises(BadInputError, match='no group "roof"'):
        scripting.bake(artist.settings(groups=("roof",)), scene=artist.scene, environment=artist.environment)


def test_the_command_refuses_what_is_no_job(tmp_path: Path) -> None:
    (tmp_path / "job.desc").write_text("{}")
    done = subprocess.run([*COMMAND, "local", str(tmp_path), "--json"], capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert done.stdout.startswith('{"kind": "error"')
