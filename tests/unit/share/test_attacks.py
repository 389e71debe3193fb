"""Invariant I5 against somebody who may write to the share: links and swaps, at the worst moment, lead nowhere."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flatiron_tasks.contracts import paths
from flatiron_tasks.contracts.errors import BadInputError, ContractError, FlatironError, OwnershipError
from flatiron_tasks.contracts.layout import JobFolder, folder_name
from flatiron_tasks.contracts.mark import placeholder_mark
from flatiron_tasks.pipeline.files_on_share import final_path
from flatiron_tasks.pipeline.job_files import check_network_folder, open_job, read_job
from flatiron_tasks.share import delivery, held_folder
from flatiron_tasks.share.cleanup import remove_job_folder
from flatiron_tasks.share.delivery import deliver
from flatiron_tasks.share.path_mapping import PathMapping
from tests.unit.share.job_in_a_folder import JOB_ID, job_folder

PLACEHOLDER = b"\x89PNG\r\n\x1a\n" + placeholder_mark(JOB_ID, "wall.png").encode()
RESULT = b"finished texture"
PRECIOUS = b"of somebody else"


@pytest.fixture
def network(tmp_path: Path) -> Path:
    path = tmp_path / "share"
    path.mkdir()
    return path


@pytest.fixture
def folder(network: Path) -> JobFolder:
    return job_folder(network)


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    """A folder elsewhere, with files whose names the job could own."""
    path = tmp_path / "victim"
    path.mkdir()
    for name in ("wall.png", "wall.glb", "job.desc", "node.pyz"):
        (path / name).write_bytes(PRECIOUS)
    return path


def untouched(victim: Path) -> bool:
    return sorted(path.name for path in victim.iterdir()) == ["job.desc", "node.pyz", "wall.glb", "wall.png"] and all(
        path.read_bytes() == PRECIOUS for path in victim.iterdir()
    )


def swap(folder: Path, victim: Path) -> None:
    """Put a link to the victim in the place of a folder."""
    folder.rename(folder.with_name(folder.name + "-away"))
    folder.symlink_to(victim, target_is_directory=True)


SWAPPED: dict[str, Callable[[JobFolder], Path]] = {
    "the job folder": lambda folder: folder.path,
    "scene": lambda folder: folder.scene,
    "textures": lambda folder: folder.textures,
    "the network folder": lambda folder: folder.path.parent,
}


@pytest.mark.parametrize("name", SWAPPED)
@pytest.mark.parametrize("moment", range(6))
def test_a_folder_that_is_swapped_for_a_link_while_it_is_cleaned_leads_nowhere(
    folder: JobFolder, network: Path, victim: Path, monkeypatch: pytest.MonkeyPatch, name: str, moment: int
) -> None:
    """Whichever listing comes first, between that look and the next deletion the folder is another one."""
    listings = 0
    honest = held_folder._names

    def names_then_swap(place: Path | int) -> list[str]:
        nonlocal listings
        found = honest(place)
        if listings == moment:
            swap(SWAPPED[name](folder), victim)
        listings += 1
        return found

    monkeypatch.setattr(held_folder, "_names", names_then_swap)
    with contextlib.suppress(FlatironError):  # a refusal is as good
        remove_job_folder(folder.path, job_id=JOB_ID, network_folders=[network])
    assert untouched(victim)


def _deliver(finished: Path, final: Path) -> delivery.Delivery:
    placeholder, result = (hashlib.sha256(data).hexdigest() for data in (PLACEHOLDER, RESULT))
    return deliver(
        finished, final, job_id=JOB_ID, placeholder_sha256=placeholder, finished_sha256=result, create_missing=False
    )


@pytest.mark.parametrize("step", ["look", "rename"])
def test_an_output_folder_that_is_swapped_for_a_link_while_a_texture_is_delivered_overwrites_nothing(
    tmp_path: Path, victim: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    finished, final = tmp_path / "wall.png", tmp_path / "out" / "wall.png"
    final.parent.mkdir()
    finished.write_bytes(RESULT)
    final.write_bytes(PLACEHOLDER)
    swapped = False

    def swapping(honest: Callable[..., Any], *, before: bool) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            nonlocal swapped
            answer = None if before else honest(*arguments)
            if not swapped:
                swapped = True
                swap(final.parent, victim)
            return honest(*arguments) if before else answer

        return call

    if step == "look":
        monkeypatch.setattr(delivery._Order, "_look", swapping(delivery._Order._look, before=False))
    else:
        monkeypatch.setattr(delivery, "_rename", swapping(delivery._rename, before=True))
    outcome = _deliver(finished, final).outcome
    assert swapped
    assert outcome == "beside"  # a file more, under a name of this job, is all that the link can bring about
    assert all((victim / name).read_bytes() == PRECIOUS for name in ("wall.png", "wall.glb", "job.desc", "node.pyz"))
    assert {path.name for path in victim.iterdir()} - {"wall.png", "wall.glb", "job.desc", "node.pyz"} == {
        f"wall.flatiron-{JOB_ID}.png"
    }


@pytest.mark.parametrize("name", ["scene", "pieces", "layers", "textures", "logs", "work", "previews", "masks"])
def test_a_job_folder_with_a_link_in_it_is_not_even_opened(folder: JobFolder, victim: Path, name: str) -> None:
    swap(folder.path / name, victim)
    with pytest.raises(OwnershipError):
        read_job(folder.description)


def test_a_job_folder_that_is_a_link_to_another_job_is_not_opened(folder: JobFolder, network: Path) -> None:
    other = network / folder_name("another-job-0001")
    other.symlink_to(folder.path, target_is_directory=True)
    with pytest.raises(ContractError, match="describes job"):
        open_job("another-job-0001", [network])


@pytest.mark.parametrize(
    "job_id", ["../victim", "..", "a/../../victim", "con", "20260131\\..\\x", "UPPERCASE-JOB", "job-0001:stream", ""]
)
def test_no_id_leads_out_of_the_network_folder(network: Path, job_id: str) -> None:
    with pytest.raises(FlatironError):
        remove_job_folder(network / folder_name(job_id), job_id=job_id, network_folders=[network / "elsewhere"])


@pytest.mark.skipif(os.name == "nt", reason="names differ by case here only")
def test_a_folder_that_differs_by_case_alone_is_another_one(folder: JobFolder, network: Path) -> None:
    upper = network / folder.path.name.upper()
    folder.path.rename(upper)
    with pytest.raises(OwnershipError):
        remove_job_folder(upper, job_id=JOB_ID, network_folders=[network])
    assert (upper / "job.desc").is_file()


@pytest.mark.parametrize(
    "written",
    [
        r"\\.\pipe\flatiron",
        r"\\.\PhysicalDrive0",
        r"\\?\C:\Windows",
        r"\\?\UNC\server\share",
        r"\\server\share\NUL",
        "//server/share/con.txt/x",
        "C:/textures/COM1",
        "C:/textures/lpt1 .png",
        "//server/share/wall.png:stream",
        "C:/textures:stream/x",
        "//server/share/folder./x",
        "//server/share/folder /x",
        "//server/share/../other",
        "//server/share/a\\..\\..\\b",
    ],
)
def test_a_path_of_windows_that_means_something_else_than_it_says_is_refused(written: str) -> None:
    with pytest.raises(BadInputError):
        paths.canonical_path(written)


def test_a_network_folder_on_another_server_is_refused_without_asking_that_server(
    folder: JobFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows would tell it who asks, and its answer could be any folder."""
    asked: list[str] = []

    def ask(path: Path, *_: object) -> bool:
        asked.append(str(path))
        return True

    monkeypatch.setattr(Path, "is_dir", ask)
    monkeypatch.setattr(Path, "samefile", ask)
    with pytest.raises(BadInputError, match="its description names"):
        check_network_folder(_named(folder, "//evil.example/share"), PathMapping(flavour="windows"))
    assert asked == []


def _named(folder: JobFolder, network_folder: str) -> Any:
    files = read_job(folder.description)
    return dataclasses.replace(files, job=dataclasses.replace(files.job, network_folder=network_folder))


def test_an_output_folder_outside_the_configured_ones_is_never_looked_at(folder: JobFolder) -> None:
    files, mapping = read_job(folder.description), PathMapping()
    texture = files.plan.textures[0]
    assert final_path(mapping, files, texture) == Path("/textures/wall.png")
    assert final_path(mapping, files, texture, roots=["/textures"]) == Path("/textures/wall.png")
    for roots in (["/texture"], ["/textures/below"], ["//server/textures"]):
        assert final_path(mapping, files, texture, roots=roots) is None


@pytest.mark.parametrize(
    ("path", "folder", "inside"),
    [
        ("//fs/tex/a", "//FS/Tex", True),
        ("//fs/tex", "//fs/tex", True),
        ("//fs/texture", "//fs/tex", False),
        ("//evil/tex", "//fs/tex", False),
        ("/Tex/a", "/tex", False),
        ("/a", "/", True),
        ("C:/a", "C:/", True),
        ("D:/a", "C:/", False),
    ],
)
def test_a_folder_ends_at_a_border_of_names(path: str, folder: str, *, inside: bool) -> None:
    assert paths.is_inside(path, folder) is inside
