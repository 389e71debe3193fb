"""What a job description implies: passes, strips, pieces, textures, farm tasks, and the order of all of them."""

from __future__ import annotations

import dataclasses
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flatiron_tasks.contracts.errors import BadInputError
from flatiron_tasks.contracts.job import BakeObject, Frames, JobDescription
from flatiron_tasks.pipeline.plan import Plan, strip_rows
from tests.unit.contracts.document_examples import description, descriptions, element, mask

WALL, FLOOR, LAMP = BakeObject("wall", 0, 1), BakeObject("floor", 1, 1), BakeObject("lamp", 0, 1)
TWO_MAPS: dict[str, Any] = {"objects": (WALL, FLOOR, LAMP), "map_count": 2}
COLOUR, AO = element(), element(name="AmbientOcclusion", stem="AO", kind="data", width=32, height=32)


def passes(job: JobDescription) -> list[tuple[int, int, tuple[str, ...]]]:
    return [(item.frame, item.map_index, tuple(one.name for one in item.objects)) for item in Plan(job).passes]


def test_single_pass_renders_all_objects_of_a_map_at_once() -> None:
    assert passes(description(mode="single", **TWO_MAPS)) == [(0, 0, ("wall", "lamp")), (0, 1, ("floor",))]


def test_multi_pass_renders_every_object_alone_in_the_order_of_the_job() -> None:
    assert passes(description(mode="multi", **TWO_MAPS)) == [(0, 0, ("wall",)), (0, 0, ("lamp",)), (0, 1, ("floor",))]


def test_a_piece_is_cut_with_the_mask_of_its_object_for_its_size() -> None:
    masks = (mask(2, 64, 48), mask(2, 32, 32), mask(1, 32, 32), mask(1, 64, 48))
    plan = Plan(description(elements=(COLOUR, AO), masks=masks, strips=1, **TWO_MAPS))
    found = [[plan.uv_mask(piece) for piece in plan.pieces(item.index)] for item in plan.passes]
    assert [item.label for item in plan.passes] == ["wall", "lamp", "floor"]
    assert found == [[None, None], [masks[0], masks[1]], [masks[3], masks[2]]]


def test_passes_are_ordered_by_frame_then_map_then_object() -> None:
    job = description(mode="multi", frames=Frames(-1, 0, is_range=True), **TWO_MAPS)
    assert passes(job) == [
        (-1, 0, ("wall",)),
        (-1, 0, ("lamp",)),
        (-1, 1, ("floor",)),
        (0, 0, ("wall",)),
        (0, 0, ("lamp",)),
        (0, 1, ("floor",)),
    ]
    assert [item.index for item in Plan(job).passes] == list(range(6))


def test_textures_are_ordered_by_element_then_map_then_frame_and_know_their_passes() -> None:
    job = description(mode="multi", elements=(COLOUR, AO), frames=Frames(56, 57, is_range=True), **TWO_MAPS)
    plan = Plan(job)
    assert [(texture.file_name, texture.passes) for texture in plan.textures] == [
        ("booth_CompleteMap_0_0056.png", (0, 1)),
        ("booth_CompleteMap_0_0057.png", (3, 4)),
        ("booth_CompleteMap_1_0056.png", (2,)),
        ("booth_CompleteMap_1_0057.png", (5,)),
        ("booth_AO_0_0056.png", (0, 1)),
        ("booth_AO_0_0057.png", (3, 4)),
        ("booth_AO_1_0056.png", (2,)),
        ("booth_AO_1_0057.png", (5,)),
    ]
    assert [texture.index for texture in plan.textures] == list(range(8))
    assert plan.element(plan.textures[4]) == AO


def test_a_pass_is_called_by_its_object_or_its_map() -> None:
    assert [item.label for item in Plan(description(mode="multi")).passes] == ["wall", "floor"]
    assert [item.label for item in Plan(description(mode="single")).passes] == ["map 0"]


def test_tasks_are_numbered_from_one_by_pass_then_strip() -> None:
    plan = Plan(description(mode="multi", strips=3))
    assert [(task.number, task.pass_index, task.strip) for task in plan.tasks] == [
        (1, 0, 0), (2, 0, 1), (3, 0, 2), (4, 1, 0), (5, 1, 1), (6, 1, 2)
    ]  # fmt: skip
    assert [plan.task(number).number for number in range(1, 7)] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("number", [-1, 0, 5])
def test_a_task_that_the_plan_does_not_have_is_refused(number: int) -> None:
    with pytest.raises(BadInputError, match="It has 4 tasks"):
        Plan(description(mode="multi", strips=2)).task(number)


@given(st.integers(1, 65536), st.integers(1, 99))
def test_strips_cover_every_row_exactly_once(height: int, strips: int) -> None:
    rows = [strip_rows(height, strips, strip) for strip in range(strips)]
    assert rows[0][0] == 0
    assert rows[-1][1] == height
    assert all(end == begin for (_, end), (begin, _) in pairwise(rows))
    sizes = {end - begin for begin, end in rows}
    assert max(sizes) - min(sizes) <= 1
    assert height < strips or min(sizes) >= 1


@settings(max_examples=40, deadline=None)
@given(descriptions())
def test_every_texture_is_composed_of_every_object_of_its_map_once(job: JobDescription) -> None:
    plan = Plan(job)
    for texture in plan.textures:
        used = [item for index in texture.passes for item in plan.passes[index].objects]
        assert used == [item for item in job.objects if item.map_index == texture.map_index]
        assert {plan.passes[index].frame for index in texture.passes} == {texture.frame}


@settings(max_examples=40, deadline=None)
@given(descriptions())
def test_textures_and_passes_agree_about_each_other(job: JobDescription) -> None:
    plan = Plan(job)
    pairs = {(texture.index, index) for texture in plan.textures for index in texture.passes}
    place = {item.index: (item.map_index, item.frame) for item in plan.passes}
    assert pairs == {
        (t.index, index) for t in plan.textures for index in place if place[index] == (t.map_index, t.frame)
    }
    for item in plan.passes:
        shown = [texture.element_index for texture in plan.textures if item.index in texture.passes]
        assert shown == list(range(len(job.elements)))


@settings(max_examples=30, deadline=None)
@given(descriptions())
def test_every_expected_piece_has_one_name_and_belongs_to_one_task(job: JobDescription) -> None:
    plan = Plan(job)
    pieces = [piece for item in plan.passes for piece in plan.pieces(item.index)]
    assert len({piece.stem for piece in pieces}) == len(pieces)
    by_task = [piece for task in plan.tasks for piece in plan.pieces_of_strip(task.pass_index, task.strip)]
    assert by_task == pieces
    assert len(pieces) == len(plan.tasks) * len(job.elements)


def test_two_plans_of_equal_descriptions_are_equal_in_every_part() -> None:
    job = description(elements=(COLOUR, AO), **TWO_MAPS)
    one, other = Plan(job), Plan(JobDescription.from_json(job.to_json(), source="job.desc"))
    assert (one.passes, one.textures, one.tasks, one.hash) == (other.passes, other.textures, other.tasks, other.hash)


def test_the_plans_hash_does_not_depend_on_people_and_places() -> None:
    job = description()
    assert Plan(dataclasses.replace(job, job_name="Other", output_folder="/x", keep_pieces=True)).hash == Plan(job).hash
    assert Plan(dataclasses.replace(job, strips=3)).hash != Plan(job).hash


def test_a_texture_has_one_hash_however_its_work_is_cut() -> None:
    hashes = {
        tuple(plan.texture_hash(texture) for texture in plan.textures)
        for mode in ("single", "multi")
        for strips in (1, 2, 5)
        for plan in (Plan(description(mode=mode, strips=strips, elements=(COLOUR, AO), **TWO_MAPS)),)
    }
    assert len(hashes) == 1
    assert len(set(hashes.pop())) == 4


def test_a_large_job_is_planned_completely() -> None:
    objects = tuple(BakeObject(f"object {index}", index % 2, 1) for index in range(100))
    job = description(objects=objects, map_count=2, frames=Frames(1, 100, is_range=True), elements=(COLOUR, AO))
    plan = Plan(job)
    assert (len(plan.passes), len(plan.textures)) == (10_000, 400)
    assert sum(len(texture.passes) for texture in plan.textures) == 2 * 10_000
