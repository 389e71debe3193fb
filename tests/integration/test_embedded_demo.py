"""`flatiron demo`: real textures at the end, and nothing else left behind, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from flatiron_tasks.imaging.image_input import ImageFile

DEMO = [sys.executable, "-m", "workers.cli", "demo", "--size", "64", "--samples", "1"]


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    folder = tmp_path / "temporary files"
    folder.mkdir()
    return folder


def _start(output: Path, temporary: Path, *options: str) -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FLATIRON_")}
    return subprocess.Popen(
        [*DEMO, "--folder", str(output), *options],
        env=environment | {"TMPDIR": str(temporary), "COLUMNS": "200"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _lines_until(process: subprocess.Popen[str], text: str) -> Iterator[str]:
    assert process.stdout is not None
    for line in process.stdout:
        yield line
        if text in line:
            return
    pytest.fail(f"{text!r} was never said")


def test_it_leaves_textures_a_contact_sheet_and_nothing_else(tmp_path: Path, temporary: Path) -> None:
    output = tmp_path / "my textures"
    with _start(output, temporary) as demo:
        said, _ = demo.communicate(timeout=150)
    assert demo.returncode == 0, said
    assert "Warning" not in said
    for folder in ("multi-pass", "single-pass"):
        assert len(list((output / folder).iterdir())) == 8
        for texture in (output / folder).iterdir():
            with ImageFile(texture) as image:
                assert (image.spec.width, image.spec.height) == (64, 64)
    assert str(output / "contact-sheet.png") in said
    assert (output / "contact-sheet.png").is_file()
    assert str(output / "previews.png") in said
    with ImageFile(output / "previews.png") as strip:
        assert strip.spec.width > 2 * 256, "at least one preview, and the texture that it grew to"
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_interrupted_it_leaves_no_process_and_no_temporary_file(
    number: signal.Signals, tmp_path: Path, temporary: Path
) -> None:
    with _start(tmp_path / "textures", temporary) as demo:
        list(_lines_until(demo, "rendering"))
        family = psutil.Process(demo.pid).children(recursive=True)
        os.kill(demo.pid, number)
        _, alive = psutil.wait_procs(family, timeout=60)
        demo.communicate(timeout=60)
    assert len(family) > 8
    assert not alive
    assert list(temporary.iterdir()) == []
    assert demo.returncode == {signal.SIGINT: 130, signal.SIGKILL: -signal.SIGKILL}[number]


def test_keep_leaves_the_services_running_until_somebody_ends_them(tmp_path: Path, temporary: Path) -> None:
    with _start(tmp_path / "textures", temporary, "--keep") as demo:
        list(_lines_until(demo, "keep running"))
        family = psutil.Process(demo.pid).children(recursive=True)
        assert all(process.is_running() for process in family)
        demo.send_signal(signal.SIGINT)
        demo.communicate(timeout=60)
    assert not any(process.is_running() for process in family)
    assert list(temporary.iterdir()) == []
