"""A share that is really full, or really read-only: a file system of its own, where this machine may mount one."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.session.artist import Artist

ROOM_BYTES = 256 * 1024


@pytest.fixture
def small_share(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 KiB."""
    share = tmp_path / "share"
    share.mkdir()
    if not mount("-t", "tmpfs", "-o", f"size={ROOM_BYTES}", "tmpfs", str(share)):
        pytest.skip("this account may mount nothing")
    try:
        if not is_limited(share):
            pytest.skip("a mount of this machine is larger than it was asked to be")
        yield share
    finally:
        subprocess.run(["umount", str(share)], check=True)


def is_limited(share: Path) -> bool:
    """Whether more than ROOM_BYTES is really refused. The file is gone again."""
    probe = share / "probe"
    try:
        probe.write_bytes(bytes(2 * ROOM_BYTES))
    except OSError:
        return True
    finally:
        probe.unlink()
    return False


def mount(*arguments: str) -> bool:
    try:
        return subprocess.run(["mount", *arguments], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def bake_onto(share: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, list[str]]:
    """Press Bake with a scene that is larger than the share; what is said, and which jobs were announced."""
    artist = Artist(share.parent)
    monkeypatch.setattr("max_submitter.testing.fake_worlds.saved", lambda _: b"a scene" * ROOM_BYTES)
    sent: list[str] = []
    monkeypatch.setattr("max_submitter.session.studio.LateMessenger.send", lambda _, job_id: sent.append(job_id))
    session = artist.open()
    session.change(artist.settings())
    artist.press_bake(session)
    progress = session.bake_progress()
    session.close()
    assert progress is not None
    assert progress.error, "the bake was submitted"
    assert not list(artist.output.iterdir()), progress.error
    assert not list((artist.data / "sessions").glob("*/submissions/*"))
    return progress.error, sent


def test_a_share_that_is_full_is_a_sentence_and_nothing_is_left(
    small_share: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    error, sent = bake_onto(small_share, monkeypatch)
    assert "No space left on device" in error
    assert "has free space" in error
    assert not list(small_share.iterdir())
    assert sent == []


def test_a_share_that_is_read_only_is_a_sentence_and_nothing_is_left(
    small_share: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert mount("-o", "remount,ro", str(small_share))
    error, sent = bake_onto(small_share, monkeypatch)
    assert "Read-only file system" in error
    assert "may be written to" in error
    assert sent == []
