"""The commands of an artist, against a whole stack."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from flatiron_tasks.imaging.image_input import ImageFile
from workers.cli.exit_codes import ExitCode
from workers.embedded.stack import EmbeddedStack

SCENE = Path(__file__).resolve().parents[2] / "deploy" / "demo_scene" / "demo.glb"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStack]:
    os.environ.pop("FLATIRON_REDIS_URL", None)
    with EmbeddedStack(tmp_path_factory.mktemp("stack"), flower=False) as stack:
        yield stack


def _flatiron(stack: EmbeddedStack, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "workers.cli", "--config", str(stack.config), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=150, check=False)


def _bake(stack: EmbeddedStack, output: Path, *options: object) -> subprocess.CompletedProcess[str]:
    host, port = stack.manager
    where = ("--manager", host, "--port", port, "--output", output, "--size", "64x32", "--samples", 1)
    return _flatiron(stack, "bake", SCENE, *where, *options)


def test_bake_waits_for_the_textures_and_answers_in_json(stack: EmbeddedStack, tmp_path: Path) -> None:
    maps = ("--map", "Vase,Crate", "--map", "Ring", "--group", "Props", "--strips", 2, "--padding", "all")
    elements = ("--element", "CompleteMap:exr", "--element", "NormalsMap:tiff:uint16")
    done = _bake(stack, tmp_path / "out", *maps, *elements, "--frames", "7-8", "--json")
    assert done.returncode == 0, done.stderr
    status = json.loads(done.stdout)
    assert status["state"] == "done"
    assert len(status["passes"]) == 6
    names = {f"Props_CompleteMap_{m}_{f:04d}.exr" for m in (0, 1) for f in (7, 8)}
    names |= {f"Props_NormalsMap_{m}_{f:04d}.tif" for m in (0, 1) for f in (7, 8)}
    assert {path.name for path in (tmp_path / "out").iterdir()} == names
    with ImageFile(tmp_path / "out" / "Props_NormalsMap_0_0007.tif") as image:
        assert (image.spec.width, image.spec.height, image.sample_type) == (64, 32, "uint16")

    seen = _flatiron(stack, "status", status["job_id"], "--json")
    assert json.loads(seen.stdout)["job_id"] == status["job_id"]
    assert status["job_id"] in _flatiron(stack, "status").stdout
    refused = _flatiron(stack, "requeue", status["job_id"])
    assert refused.returncode == ExitCode.BAD_INPUT
    assert "Error:" in refused.stderr


def test_detached_it_returns_the_id_to_follow(stack: EmbeddedStack, tmp_path: Path) -> None:
    started = _bake(stack, tmp_path / "out", "--objects", "Ring", "--single", "--detach", "--json")
    job_id = json.loads(started.stdout)["job_id"]
    followed = _flatiron(stack, "status", job_id, "--watch")
    assert followed.returncode == 0, followed.stderr
    assert (tmp_path / "out" / "CompleteMap.png").is_file()
    assert not Path(json.loads(started.stdout)["job_folder"], "pieces").exists()


def test_a_texture_of_somebody_else_is_not_overwritten(stack: EmbeddedStack, tmp_path: Path) -> None:
    (tmp_path / "CompleteMap.png").write_bytes(b"painted by hand")
    refused = _bake(stack, tmp_path, "--objects", "Ring")
    assert refused.returncode != 0
    assert (tmp_path / "CompleteMap.png").read_bytes() == b"painted by hand"


def test_a_cancelled_job_is_told_by_its_exit_code(stack: EmbeddedStack, tmp_path: Path) -> None:
    started = _bake(stack, tmp_path / "out", "--detach", "--json", "--size", 2048, "--samples", 64)
    job_id = json.loads(started.stdout)["job_id"]
    assert _until_known(stack, job_id).returncode == 0
    assert _flatiron(stack, "requeue", job_id).returncode == 0  # nothing has failed: it says so, and changes nothing
    assert _flatiron(stack, "cancel", job_id).returncode == 0
    assert _flatiron(stack, "status", job_id, "--watch").returncode == ExitCode.JOB_FAILED


def test_a_job_that_nobody_knows_ends_in_3(stack: EmbeddedStack) -> None:
    assert _flatiron(stack, "status", "20260101-000000-00000000").returncode == ExitCode.BAD_INPUT


def _until_known(stack: EmbeddedStack, job_id: str) -> subprocess.CompletedProcess[str]:
    """Every look takes a second of its own; a worker accepts a job within a few."""
    for _ in range(60):
        seen = _flatiron(stack, "status", job_id)
        if seen.returncode != ExitCode.BAD_INPUT:
            break
    return seen
