"""Which errors are trouble of the whole share, and how long the pauses are."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from flatiron_tasks.contracts.errors import FlatironError, NotReadyError, ShareAwayError, ShareError, StaleLeaseError
from flatiron_tasks.contracts.layout import JobFolder
from flatiron_tasks.pipeline.share_trouble import share_pause, share_sentence, share_trouble

JOB = "20260131-142501-7f3a9c0d"
WHAT = "/bakes/a.tif cannot be written."


@pytest.fixture
def network(tmp_path: Path) -> Path:
    """A network folder with the job in it."""
    folder = JobFolder.of(tmp_path / "network", JOB)
    folder.path.mkdir(parents=True)
    folder.description.write_text("{}")
    return tmp_path / "network"


def found(network: Path, number: int, name: Path | None = None) -> ShareAwayError | None:
    cause = OSError(number, os.strerror(number), str(name) if name else None)
    error = ShareError(WHAT, why=str(cause), advice="Check the share")
    error.__cause__ = cause
    return share_trouble(error, error, JOB, [network])


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.ENOSPC, "room"),
        (errno.EDQUOT, "room"),
        (errno.EROFS, "account"),
        (errno.EIO, "Mount"),
        (errno.ESTALE, "Mount"),
        (errno.ENOTCONN, "Mount"),
        (errno.EHOSTDOWN, "Mount"),
        (errno.ETIMEDOUT, "Mount"),
    ],
)
def test_a_share_that_is_full_read_only_or_away_is_told_from_its_errno(network: Path, number: int, advice: str) -> None:
    trouble = found(network, number)
    assert trouble is not None
    assert (trouble.what, trouble.why) == (WHAT, os.strerror(number))
    assert advice in trouble.advice
    assert trouble.retryable
    assert trouble.patient


@pytest.mark.parametrize("number", [errno.ENOENT, errno.ENAMETOOLONG, errno.EISDIR, errno.EINVAL, errno.EMFILE])
def test_trouble_with_one_file_is_not_trouble_of_the_share(network: Path, number: int) -> None:
    assert found(network, number) is None


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM])
def test_a_missing_right_counts_in_network_folders_only(network: Path, number: int) -> None:
    assert found(network, number, network / "flatiron-x" / "layers" / "a") is not None
    assert found(network, number, network.parent / "textures" / "a.png") is None
    assert found(network, number) is None


def test_windows_own_numbers_are_understood(network: Path) -> None:
    cause = OSError(errno.EINVAL, "The network name is no longer available")
    cause.winerror = 64  # type: ignore[attr-defined]
    trouble = share_trouble(ShareError(WHAT), cause, JOB, [network])
    assert trouble is not None
    assert "Mount" in trouble.advice


def empty(network: Path) -> None:
    (network / f"flatiron-{JOB}").rename(network.parent / "away")


def remove(network: Path) -> None:
    network.rename(network.parent / "away")


@pytest.mark.parametrize("unmount", [empty, remove])
@pytest.mark.parametrize("error", [ShareError(WHAT), NotReadyError(WHAT)])
def test_whatever_goes_wrong_while_the_mount_is_gone_is_trouble_of_the_share(
    network: Path, unmount: Callable[[Path], None], error: FlatironError
) -> None:
    assert share_trouble(error, error, JOB, [network]) is None
    unmount(network)
    assert share_trouble(error, error, JOB, [network]) is not None


def test_a_job_folder_that_somebody_removed_is_not_an_unmounted_share(network: Path) -> None:
    empty(network)
    (network / "flatiron-another").mkdir()
    assert share_trouble(ShareError(WHAT), ShareError(WHAT), JOB, [network]) is None


def test_a_lost_lease_is_never_trouble_of_the_share(network: Path) -> None:
    remove(network)
    stale = StaleLeaseError("taken over")
    assert share_trouble(stale, stale, JOB, [network]) is None


def test_the_sentence_says_since_when_why_and_what() -> None:
    sentence = share_sentence(ShareAwayError(WHAT, why="No space left on device"), 1769869501.0)
    assert sentence == (
        "Merging and delivering wait since 14:25:01 UTC (No space left on device): /bakes/a.tif cannot be written."
    )


@pytest.mark.parametrize(("waited", "pause"), [(0, 30), (30, 30), (60, 60), (240, 240), (601, 600), (9e9, 600)])
def test_the_pauses_double_what_was_waited_up_to_a_bound(waited: float, pause: float) -> None:
    assert share_pause(waited, 30) == pause
    assert share_pause(waited, 900) == 900
