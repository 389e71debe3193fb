"""Collecting brings verified textures home, once or often, and touches nothing that is not the job's."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from flatiron_tasks.contracts.errors import ContractError, ShareError, TransportError
from flatiron_tasks.contracts.finished import FinishedTexture
from flatiron_tasks.contracts.job import Frames
from max_submitter.collect import CollectReport, collect
from max_submitter.submission import Submitted, submit
from tests.unit.submission.bake_requests import NODE_PROGRAM, bake_request, clock


class Home:
    """A submitted job with three textures, its output folder and what was acknowledged."""

    def __init__(self, folder: Path) -> None:
        request = bake_request(folder, frames=Frames(1, 3, is_range=True), elements=bake_request(folder).elements[:1])
        self.submitted: Submitted = submit(request, node_program=NODE_PROGRAM, send=lambda _: None, clock=clock)
        self.output_folder = request.output_folder
        self.finals = self.submitted.placeholders
        self.acknowledged: list[tuple[int, Path]] = []

    def waiting(self, index: int) -> Path:
        return self.submitted.job_folder / "textures" / self.finals[index].name

    def finish(self, *indices: int) -> None:
        """What the workers do when they cannot reach the output folder."""
        for index in indices:
            file, data = self.waiting(index), b"texture %d" % index * 100
            file.write_bytes(data)
            record = FinishedTexture(
                schema_version=2,
                job_id=self.submitted.job_id,
                texture=index,
                file_name=file.name,
                size=len(data),
                sha256=hashlib.sha256(data).hexdigest(),
                pixels_sha256="0" * 64,
                layers=(),
                notes=(),
            )
            self.record(index).write_text(record.to_json(), "utf-8")

    def record(self, index: int) -> Path:
        return self.waiting(index).with_name(f"{self.finals[index].name}.json")

    def collect(self) -> CollectReport:
        return collect(
            self.submitted.job_folder, self.output_folder, lambda index, path: self.acknowledged.append((index, path))
        )

    def outcomes(self) -> list[str]:
        return [texture.outcome for texture in self.collect().textures]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_finished_textures_replace_their_placeholders_and_are_acknowledged(home: Home) -> None:
    home.finish(0, 1, 2)
    report = home.collect()
    assert report.job_id == home.submitted.job_id
    assert report.is_complete
    assert [(texture.index, texture.outcome) for texture in report.textures] == [(i, "delivered") for i in range(3)]
    assert [path.read_bytes() for path in home.finals] == [home.waiting(i).read_bytes() for i in range(3)]
    assert home.acknowledged == list(enumerate(home.finals))


def test_what_is_not_finished_is_left_alone_and_reported(home: Home) -> None:
    placeholder = home.finals[0].read_bytes()
    home.finish(1)
    home.waiting(2).write_bytes(b"a texture whose document is not written yet")
    report = home.collect()
    assert [texture.outcome for texture in report.textures] == ["not finished", "delivered", "not finished"]
    assert not report.is_complete
    assert home.finals[0].read_bytes() == placeholder
    assert [index for index, _ in home.acknowledged] == [1]


def test_collecting_twice_has_the_same_end_and_acknowledges_again(home: Home) -> None:
    home.finish(0, 1, 2)
    home.collect()
    assert home.outcomes() == ["already"] * 3
    assert home.acknowledged == [*enumerate(home.finals), *enumerate(home.finals)]


def test_a_texture_whose_acknowledgement_was_lost_is_acknowledged_next_time(home: Home) -> None:
    home.finish(0, 1, 2)

    def lost(index: int, path: Path) -> None:
        raise TransportError("Redis is away.")

    with pytest.raises(TransportError):
        collect(home.submitted.job_folder, home.output_folder, lost)
    assert home.outcomes() == ["already", "delivered", "delivered"]
    assert [index for index, _ in home.acknowledged] == [0, 1, 2]


def test_the_artists_own_file_stays_and_the_texture_stands_beside_it(home: Home) -> None:
    home.finals[0].write_bytes(b"painted for three days")
    home.finish(0)
    beside = home.collect().textures[0]
    assert beside.outcome == "beside"
    assert home.finals[0].read_bytes() == b"painted for three days"
    assert Path(beside.path).read_bytes() == home.waiting(0).read_bytes()
    assert home.acknowledged == [(0, Path(beside.path))]


def test_a_placeholder_that_was_deleted_does_not_lose_the_texture(home: Home) -> None:
    for path in home.finals:
        path.unlink()
    home.output_folder.rmdir()
    home.finish(0, 1, 2)
    assert home.outcomes() == ["delivered"] * 3
    assert home.finals[2].read_bytes() == home.waiting(2).read_bytes()


@pytest.mark.parametrize("damage", ["shorter", "changed", "missing"])
def test_a_broken_texture_is_named_never_delivered_and_does_not_stop_the_others(home: Home, damage: str) -> None:
    placeholder = home.finals[1].read_bytes()
    home.finish(0, 1, 2)
    file = home.waiting(1)
    whole = file.read_bytes()
    if damage == "missing":
        file.unlink()
    else:
        file.write_bytes(whole[:-1] if damage == "shorter" else b"X" + whole[1:])
    with pytest.raises(ShareError, match=file.name):
        home.collect()
    assert home.finals[1].read_bytes() == placeholder
    assert [index for index, _ in home.acknowledged] == [0, 2]
    file.write_bytes(whole)
    assert home.outcomes() == ["already", "delivered", "already"]


def test_a_document_of_another_texture_or_job_is_refused(home: Home) -> None:
    home.finish(0)
    record = FinishedTexture.from_json(home.record(0).read_bytes(), source="record")
    others = (
        replace(record, texture=1),
        replace(record, job_id="another-job-id"),
        replace(record, file_name=home.finals[1].name),
    )
    for other in others:
        home.record(0).write_text(other.to_json(), "utf-8")
        with pytest.raises(ShareError, match="another texture"):
            home.collect()
    home.record(0).write_text("{", "utf-8")
    with pytest.raises(ContractError, match=home.record(0).name):
        home.collect()
    assert home.acknowledged == []


def test_a_job_folder_that_is_gone_is_an_error_that_names_it(home: Home) -> None:
    with pytest.raises(ShareError, match=r"job\.desc"):
        collect(home.submitted.job_folder / "gone", home.output_folder, lambda index, path: None)


def test_collecting_deletes_nothing_from_the_job_folder(home: Home) -> None:
    home.finish(0, 1, 2)
    before = sorted(home.submitted.job_folder.rglob("*"))
    home.collect()
    assert sorted(home.submitted.job_folder.rglob("*")) == before
