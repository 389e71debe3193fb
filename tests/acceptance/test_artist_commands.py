"""The artist's own machine: another program's scene, an output folder that no worker sees, the `flatiron` command."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from flatiron_tasks.api import Desk
from flatiron_tasks.share.path_mapping import PathMapping, PathRule
from tests.acceptance.bakes import request, submit_to, textures, wait_for_end
from tests.unit.reference_renderer.baking_examples import stage, write_glb
from tests.waiting import wait_until
from workers.cli.exit_codes import ExitCode
from workers.embedded.stack import EmbeddedStack


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStack]:
    with EmbeddedStack(tmp_path_factory.mktemp("stack"), flower=False) as stack:
        yield stack


def flatiron(config: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "workers.cli", "--config", str(config), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=150, check=False)


def artists_settings(stack: EmbeddedStack, folder: Path) -> Path:
    """The settings of a machine that alone knows where `//artist/local` is."""
    rule = f'path_rules = [{{ canonical = "//artist/local", local = "{folder}" }}]\n'
    config = folder / "flatiron.toml"
    config.write_text(rule + stack.config.read_text(), "utf-8")
    return config


def test_a_scene_of_another_programs_library_bakes_by_command(stack: EmbeddedStack, tmp_path: Path) -> None:
    scene = write_glb(tmp_path / "stage.glb", stage())
    host, port = stack.manager
    where = ("--manager", host, "--port", str(port), "--output", str(tmp_path / "textures"))
    maps = ("--map", "Ground,Tent", "--map", "Block,Lamp", "--element", "CompleteMap", "--element", "NormalsMap:exr")
    done = flatiron(stack.config, "bake", str(scene), *where, *maps, "--size", "64", "--samples", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(textures(tmp_path)) == {f"CompleteMap_{n}.png" for n in (0, 1)} | {f"NormalsMap_{n}.exr" for n in (0, 1)}


def test_kept_pieces_prove_a_texture_and_stay_until_somebody_deletes_them(stack: EmbeddedStack, tmp_path: Path) -> None:
    scene = write_glb(tmp_path / "stage.glb", stage())
    host, port = stack.manager
    where = ("--manager", host, "--port", str(port), "--output", str(tmp_path / "textures"))
    done = flatiron(stack.config, "bake", str(scene), *where, "--size", "64", "--samples", "2", "--keep-pieces")
    assert done.returncode == 0, done.stdout + done.stderr
    folder = re.search(r"delete it by hand when nobody needs its pieces any more: (\S+)", done.stdout)
    assert folder is not None, done.stdout
    (texture,) = (tmp_path / "textures").iterdir()
    again = flatiron(stack.config, "verify", str(texture), "--job", folder[1])
    assert again.returncode == ExitCode.OK, again.stdout + again.stderr
    shutil.rmtree(folder[1])
    proven = flatiron(stack.config, "verify", str(texture))
    assert proven.returncode == ExitCode.OK, proven.stdout + proven.stderr
    assert "made of 4 verified pieces" in proven.stdout
    texture.write_bytes(texture.read_bytes()[:-20])
    assert flatiron(stack.config, "verify", str(texture)).returncode == ExitCode.DIFFERENT


def test_collect_fetches_textures_that_wait_and_the_job_folder_goes_only_then(
    stack: EmbeddedStack, tmp_path: Path
) -> None:
    wanted = request(tmp_path / "far", stack.network_folder, stack.manager)
    mapping = PathMapping([PathRule("//artist/local", str(tmp_path))])
    submitted = submit_to(stack.settings, replace(wanted, path_mapping=mapping))
    desk = Desk.open(stack.settings)
    wait_for_end(desk, submitted.job_id, state="ready_to_collect")
    placeholders = textures(tmp_path / "far")
    blind = flatiron(stack.config, "collect", submitted.job_id)
    assert blind.returncode != 0, "a machine that does not know the folder cannot collect"
    assert "//artist/local" in blind.stderr
    assert submitted.description_path.exists()
    collected = flatiron(artists_settings(stack, tmp_path), "collect", submitted.job_id)
    assert collected.returncode == 0, collected.stderr
    assert collected.stdout.count("delivered") == len(placeholders)
    wait_until(lambda: not submitted.job_folder.exists(), what="the job folder is gone")
    after = textures(tmp_path / "far")
    assert set(after) == set(placeholders)
    assert all(after[name] != placeholders[name] for name in placeholders)
    again = flatiron(artists_settings(stack, tmp_path), "collect", submitted.job_id)
    assert "nothing to collect" in again.stderr
