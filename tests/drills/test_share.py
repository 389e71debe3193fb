"""The share is full, read-only or away: a file system of its own, where this machine may mount one."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from max_submitter.submission import Submitted
from tests.drills.studio import Studio

SIZE = "64m"
AWAY = "is not in any network folder of this worker."


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    folder = tmp_path_factory.mktemp("studio")
    network = folder / "network"
    network.mkdir()
    if not mount("-t", "tmpfs", "-o", f"size={SIZE}", "flatiron-drill", str(network)):
        pytest.skip("this account may mount nothing")
    try:
        with Studio(folder) as studio:
            yield studio
    finally:
        subprocess.run(["umount", "--lazy", str(network)], check=True)


def mount(*arguments: str) -> bool:
    try:
        return subprocess.run(["mount", *arguments], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


@contextmanager
def remounted(share: Path, trouble: str, cure: str) -> Iterator[None]:
    """The share with other options as long as this is open."""
    assert mount("-o", f"remount,{trouble}", str(share))
    try:
        yield
    finally:
        assert mount("-o", f"remount,{cure}", str(share))


@contextmanager
def away(share: Path) -> Iterator[None]:
    """An empty folder in the place of the share, as a mount point without its mount is."""
    assert mount("-t", "tmpfs", "flatiron-drill", str(share))
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(share)], check=True)


def used(share: Path) -> int:
    """Bytes that a file system holds."""
    found = os.statvfs(share)
    return (found.f_blocks - found.f_bfree) * found.f_frsize


def rendered_and_unseen(studio: Studio, name: str) -> Submitted:
    """A job whose pieces are all there, and nobody has looked for them yet."""
    with studio.held_renders():
        job = studio.submit(name)
        studio.wait_for_renders()
        studio.kill("sweep")
    studio.wait_for_pieces(job)
    return job


def test_a_share_that_becomes_read_only_holds_merges_up_and_fails_nothing(studio: Studio) -> None:
    job = rendered_and_unseen(studio, "read-only")
    with remounted(studio.network_folder, "ro", "rw"):
        studio.start("sweep")
        said = studio.wait_for(job.job_id, "merging", "Merging and delivering wait since ").sentence
        assert "(Read-only file system): " in said
        examined = studio.doctor()[f"folder {studio.network_folder}"]
        assert examined.startswith("worker@drill cannot use it: Read-only file system.")
    studio.wait_for(job.job_id, "done")


def test_a_share_that_is_full_while_nodes_render_fails_nothing(studio: Studio) -> None:
    share = studio.network_folder
    with studio.held_renders():
        job = studio.submit("full")
        studio.wait_for_renders()
        full = ExitStack()
        full.enter_context(remounted(share, f"size={used(share)}", f"size={SIZE}"))
    with full:
        said = studio.wait_for(job.job_id, "rendering", "share trouble: ").sentence
        assert "No space left on device" in said
        assert "Check that the nodes' account can reach and write the share, and its free space." in said
    studio.wait_for(job.job_id, "done")


def test_a_share_that_goes_away_and_comes_back_fails_nothing(studio: Studio) -> None:
    job = rendered_and_unseen(studio, "away")
    with away(studio.network_folder):
        studio.start("sweep")
        said = studio.wait_for(job.job_id, "rendering", AWAY).sentence
        assert "Check `network_folders` in this worker's settings, and that the share is mounted." in said
    assert AWAY not in studio.wait_for(job.job_id, "done").sentence
