"""What pressing Bake would make follows from settings and scene alone, by the names that the workers build too."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from flatiron_tasks.contracts.errors import BadInputError, SceneError
from flatiron_tasks.contracts.job import BakeObject
from flatiron_tasks.share.path_mapping import PathMapping
from max_submitter.artist_configuration import NOT_SET_UP
from max_submitter.bake_settings import BakeSettings
from max_submitter.scene.facts import ObjectGroup, SceneObject
from max_submitter.session.plan import GroupPlan, job_name, plan_groups, request_for
from max_submitter.session.sticky import DEFAULTS


def scene_object(handle: int, map_index: int) -> SceneObject:
    return SceneObject(handle, f"object {handle}", map_index, (1,), ("Diffuse Color",), has_shell=False)


BOOTH = ObjectGroup("booth", (scene_object(1, 0), scene_object(2, 1), scene_object(3, 0)))
SELECTION = ObjectGroup("", (scene_object(4, 0),))


def settings(**changes: object) -> BakeSettings:
    element = dataclasses.replace(DEFAULTS.elements[0], slot="Diffuse Color")
    off = dataclasses.replace(element, name="NormalsMap", stem="NormalsMap", kind="normal", enabled=False)
    network = dataclasses.replace(DEFAULTS.network, manager="manager")
    base = dataclasses.replace(
        DEFAULTS, elements=(element, off), output_folder="/out", groups=("booth",), network=network
    )
    return dataclasses.replace(base, **changes)  # type: ignore[arg-type]


def plan(chosen: BakeSettings, frame: int = 7) -> GroupPlan:
    (found,) = plan_groups(chosen, [BOOTH], SELECTION, frame)
    return found


def test_textures_are_named_by_group_map_and_frame_only_where_there_are_several() -> None:
    assert [item.path.name for item in plan(settings()).textures()] == [
        "booth_CompleteMap_0.png",
        "booth_CompleteMap_1.png",
    ]
    ranged = plan(settings(use_range=True, first_frame=1, last_frame=2)).textures()
    assert [item.path.name for item in ranged][:2] == ["booth_CompleteMap_0_0001.png", "booth_CompleteMap_0_0002.png"]
    alone = plan(settings(groups=()))
    assert [item.path for item in alone.textures()] == [Path("/out/CompleteMap.png")]


def test_every_object_shows_the_texture_of_its_own_map_and_the_frame_that_is_looked_at() -> None:
    shown = list(plan(settings(use_range=True, first_frame=1, last_frame=9)).assignments(5))
    assert [(item.handle, item.path.name) for item in shown] == [
        (1, "booth_CompleteMap_0_0005.png"),
        (3, "booth_CompleteMap_0_0005.png"),
        (2, "booth_CompleteMap_1_0005.png"),
    ]
    beyond = list(plan(settings(use_range=True, first_frame=1, last_frame=9)).assignments(50))
    assert beyond[0].path.name == "booth_CompleteMap_0_0001.png"


def test_an_element_without_a_slot_is_baked_and_shown_nowhere() -> None:
    assert not list(plan(settings(elements=DEFAULTS.elements)).assignments(0))


@pytest.mark.parametrize(("pixel_type", "piece_type"), [("uint8", "half"), ("uint16", "float")])
def test_pieces_hold_as_many_bits_as_the_textures_need(pixel_type: str, piece_type: str) -> None:
    element = dataclasses.replace(DEFAULTS.elements[0], pixel_type=pixel_type)
    request = request_for(
        plan(settings(elements=(element,))),
        NOT_SET_UP,
        scene=Path("/tmp/copy/booth.max"),
        scene_name="booth scene",
        network_folder=Path("/share"),
        mapping=PathMapping(),
    )
    assert request.piece_type == piece_type
    assert request.map_count == 2
    assert request.objects[1] == BakeObject("object 2", 1, 1)
    assert request.job_name == "booth scene – booth"
    assert (request.frames.first, request.frames.is_range) == (7, False)


def test_a_group_that_the_scene_does_not_have_is_refused_by_name() -> None:
    with pytest.raises(SceneError, match="no group 'roof'"):
        plan_groups(settings(groups=("booth", "roof")), [BOOTH], SELECTION, 0)


def test_a_mistyped_frame_range_is_refused_before_a_million_names_are_made() -> None:
    with pytest.raises(BadInputError, match="2000000 textures"):
        plan(settings(use_range=True, first_frame=0, last_frame=999_999)).textures()


@pytest.mark.parametrize(("scene", "group"), [("a" * 300, ""), ("tab\there", "b"), ("", ""), ("x" * 119, "y")])
def test_the_name_of_a_job_always_fits_the_contract(scene: str, group: str) -> None:
    name = job_name(scene, group)
    assert name.strip()
    assert len(name) <= 120
    assert name.isprintable()
