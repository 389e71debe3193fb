"""What a job says about masks and colour reaches its textures, and a file that does not fit its hash stops them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from flatiron_tasks.contracts.errors import BadInputError, FlatironError, ShareError
from flatiron_tasks.contracts.job import Element
from flatiron_tasks.pipeline.files_on_share import read_finished
from flatiron_tasks.pipeline.manual_merge import merge_by_hand
from flatiron_tasks.pipeline.proof_check import Answer, check_by_pieces
from flatiron_tasks.pipeline.texture_finish import spec_of
from flatiron_tasks.settings import Settings
from tests.integration.pipeline.workshop import Workshop
from tests.synthetic_job import ELEMENTS, JOB_ID, SyntheticJob, make_job

PADDED, PLAIN = f"{JOB_ID}-padded", f"{JOB_ID}-plain"
COLOUR = ELEMENTS[0]
TINTED = """ocio_profile_version: 1
roles: {scene_linear: lin, default: lin}
displays: {}
active_displays: []
active_views: []
colorspaces:
  - !<ColorSpace> {name: lin}
  - !<ColorSpace>
    name: tinted
    to_reference: !<MatrixTransform> {matrix: [4, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1]}
"""


def bake(workshop: Workshop, job: SyntheticJob, *, padded: int = 0) -> dict[str, bytes]:
    """Render and merge as workers do. Returns the textures."""
    workshop.accept(job)
    workshop.work()
    job.render(padded=padded)
    workshop.live()
    assert workshop.errors == []
    assert workshop.desk.job(job.files.job.job_id).state == "done"
    return job.textures()


def merged_by_hand(folder: Path, job_id: str, element: Element, colour: Path | None = None) -> bytes:
    """The only texture of a job with this element."""
    job = make_job(folder, job_id=job_id, elements=(element,), colour=colour)
    job.render()
    merge_by_hand(job.files.folder.description, Settings())
    (texture,) = job.textures().values()
    return texture


@pytest.mark.parametrize("strips", [1, 3])
def test_a_mask_takes_away_what_the_renderer_padded(workshop: Workshop, tmp_path: Path, strips: int) -> None:
    plain = bake(workshop, make_job(tmp_path, job_id=PLAIN, masked=True, strips=strips))
    padded = bake(workshop, make_job(tmp_path, job_id=PADDED, masked=True, strips=strips), padded=3)
    assert padded == plain


def test_masks_that_fit_change_no_pixel_and_padding_without_masks_does(tmp_path: Path) -> None:
    pixels = []
    for number, (masked, padded) in enumerate(((False, 0), (True, 3), (False, 3))):
        job = make_job(tmp_path, job_id=f"{JOB_ID}-{number}", masked=masked, keep_pieces=True)
        job.render(padded=padded)
        merge_by_hand(job.files.folder.description, Settings())
        pixels.append([record(job, index) for index in range(len(ELEMENTS))])
    assert pixels[0] == pixels[1] != pixels[2]


def record(job: SyntheticJob, index: int) -> str:
    finished = read_finished(job.files, job.files.plan.textures[index])
    assert finished is not None
    return finished.pixels_sha256


@pytest.mark.parametrize(
    "changes", [{"dither": True}, {"transfer": "linear"}, {"transfer": "rec709"}, {"transfer": "gamma22"}], ids=str
)
def test_dither_and_transfer_change_a_texture_and_always_in_the_same_way(
    tmp_path: Path, changes: dict[str, object]
) -> None:
    changed = replace(COLOUR, **changes)  # type: ignore[arg-type]
    first = merged_by_hand(tmp_path, f"{JOB_ID}-first", changed)
    assert merged_by_hand(tmp_path, f"{JOB_ID}-second", changed) == first
    assert merged_by_hand(tmp_path, f"{JOB_ID}-as-ever", COLOUR) != first


def test_colour_is_converted_by_the_copy_in_the_job_folder(tmp_path: Path) -> None:
    config = tmp_path / "site.ocio"
    config.write_text(TINTED)
    managed = replace(COLOUR, transfer="ocio")
    job = make_job(tmp_path, elements=(managed,), colour=config)
    config.unlink()
    job.render()
    merge_by_hand(job.files.folder.description, Settings())
    (texture,) = job.textures().values()
    assert texture != merged_by_hand(tmp_path, f"{JOB_ID}-as-ever", COLOUR)
    spec = spec_of(job.files, job.files.plan.textures[0])
    assert spec.ocio is not None
    assert spec.ocio.config == str(job.files.folder.colour / "site.ocio")


def test_a_texture_is_verified_with_the_masks_and_the_configuration_of_its_job(tmp_path: Path) -> None:
    config = tmp_path / "site.ocio"
    config.write_text(TINTED)
    elements = (replace(COLOUR, transfer="ocio"), ELEMENTS[1])
    job = make_job(tmp_path, elements=elements, colour=config, masked=True, keep_pieces=True)
    job.render(padded=2)
    description = job.files.folder.description
    merge_by_hand(description, Settings())
    texture = job.output_folder / "CompleteMap.png"
    assert check_by_pieces(texture, description, [job.network_folder]).answer is Answer.EXACT


Damage = Callable[[Path], object]
DAMAGES = pytest.mark.parametrize(
    "damage",
    [
        Path.unlink,
        lambda path: path.write_bytes(b"other"),
        lambda path: path.write_bytes(path.read_bytes()[:-1] + b"?"),
    ],
    ids=["missing", "other size", "other hash"],
)


@DAMAGES
def test_a_mask_that_is_not_the_one_of_the_job_stops_the_merge_by_name(tmp_path: Path, damage: Damage) -> None:
    job = make_job(tmp_path, masked=True)
    job.render()
    damage(job.files.folder.masks / "o00002-48x48.png")
    stopped(job, (BadInputError, ShareError), "o00002-48x48.png")


@DAMAGES
def test_a_configuration_that_is_not_the_one_of_the_job_stops_the_merge_by_name(tmp_path: Path, damage: Damage) -> None:
    config = tmp_path / "site.ocio"
    config.write_text(f"{TINTED}# {tmp_path}\n")  # one that this process has no verified copy of yet
    job = make_job(tmp_path, elements=(replace(COLOUR, transfer="ocio"),), colour=config)
    job.render()
    damage(job.files.folder.colour / "site.ocio")
    stopped(job, (BadInputError,), "site.ocio")


def stopped(job: SyntheticJob, errors: tuple[type[FlatironError], ...], name: str) -> None:
    before = job.textures()
    with pytest.raises(errors, match=name):
        merge_by_hand(job.files.folder.description, Settings())
    assert job.textures() == before


def test_a_workers_record_names_the_mask_that_is_wrong(workshop: Workshop, tmp_path: Path) -> None:
    job = make_job(tmp_path, masked=True)
    workshop.accept(job)
    workshop.work()
    job.render()
    (job.files.folder.masks / "o00001-48x48.png").write_bytes(b"other")
    workshop.live()
    status = workshop.desk.job(JOB_ID)
    assert [item.state for item in status.passes] == ["merged", "failed", "merged", "merged"]
    assert "o00001-48x48.png" in status.passes[1].reason
