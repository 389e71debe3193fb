"""Contract of the scene port: what it reads."""

from __future__ import annotations

from max_submitter.scene.facts import Assignment, ElementOffer, UvTriangles
from max_submitter.testing.scene_under_test import SLOTS, SceneUnderTest, expect, expect_equal, expect_scene_error

_GONE = 987_654_321


def the_version_is_one_that_exists(scene: SceneUnderTest) -> None:
    """Year and internal number belong together."""
    version = scene.port.version()
    expect(version.year >= 2022, f"3ds Max {version.year} is older than any that is supported.")
    expect_equal(version.internal // 1000, version.year - 1998, "The internal number does not fit the year")


def an_object_tells_name_slots_and_channels(scene: SceneUnderTest) -> None:
    """Facts of a fresh object."""
    facts = scene.facts(scene.builder.add_object("Crate", "physical"))
    expect_equal((facts.name, facts.map_index, facts.has_shell), ("Crate", 0, False), "Facts of a fresh object")
    expect_equal(facts.uv_channels, (1,), "UV channels of a fresh object")
    expect(set(SLOTS["physical"]) <= set(facts.slots), f"The slots of a Physical material are {facts.slots}.")


def an_object_without_material_has_no_slots(scene: SceneUnderTest) -> None:
    """No slots is a fact, not an error."""
    expect_equal(scene.facts(scene.builder.add_object("Bare", None)).slots, (), "Slots without a material")


def objects_come_in_the_order_asked_without_the_ones_gone(scene: SceneUnderTest) -> None:
    """A deleted object is left out."""
    first, second, third = (scene.builder.add_object(name) for name in ("A", "B", "C"))
    scene.builder.delete(second)
    found = scene.port.objects((third, second, first, _GONE))
    expect_equal([item.name for item in found], ["C", "A"], "Objects that are there, in the order asked")


def the_selection_comes_in_scene_order(scene: SceneUnderTest) -> None:
    """Whatever was clicked first."""
    handles = [scene.builder.add_object(name) for name in ("A", "B", "C")]
    scene.builder.select((handles[2], handles[0]))
    group = scene.port.selection()
    expect_equal((group.name, [item.name for item in group.objects]), ("", ["A", "C"]), "The selection")


def groups_come_by_name(scene: SceneUnderTest) -> None:
    """With their objects, and without those that were deleted."""
    handles = [scene.builder.add_object(name) for name in ("A", "B", "C")]
    scene.builder.group("walls", handles[:2])
    scene.builder.group("booth", handles[1:])
    scene.builder.delete(handles[0])
    found = {group.name: [item.name for item in group.objects] for group in scene.port.groups()}
    expect_equal(list(found.items()), [("booth", ["B", "C"]), ("walls", ["B"])], "The groups")


def _uv(scene: SceneUnderTest, handle: int, channel: int, limit: int) -> UvTriangles:
    return UvTriangles.joined(scene.port.uv_slices(handle, channel, limit))


def texture_coordinates_are_corners_of_triangles(scene: SceneUnderTest) -> None:
    """Six numbers per triangle, from 0 to 1 on a plane."""
    uv = _uv(scene, scene.builder.add_object("Plane"), 1, 100)
    expect_equal((len(uv.corners), uv.is_complete), (12, True), "Numbers of two triangles")
    expect_equal(sorted(set(uv.corners)), [0.0, 1.0], "Coordinates of a plane that fills the map")


def texture_coordinates_stop_at_the_limit(scene: SceneUnderTest) -> None:
    """And say so."""
    handle = scene.builder.add_object("Plane")
    cut, whole = _uv(scene, handle, 1, 1), _uv(scene, handle, 1, 2)
    expect_equal((len(cut.corners), cut.is_complete), (6, False), "One triangle of two")
    expect(whole.is_complete, "All triangles were given and yet they are told to be incomplete.")


def an_empty_channel_has_no_coordinates(scene: SceneUnderTest) -> None:
    """Nothing is complete."""
    uv = _uv(scene, scene.builder.add_object("Plane"), 7, 100)
    expect_equal((len(uv.corners), uv.is_complete), (0, True), "A channel without coordinates")


def coordinates_of_an_object_that_is_gone_are_an_error(scene: SceneUnderTest) -> None:
    """No coordinates would look like an empty channel."""
    expect_scene_error(lambda: _uv(scene, _GONE, 1, 10), "An object that is gone has coordinates.")


def the_renderer_offers_elements_or_says_why_not(scene: SceneUnderTest) -> None:
    """One of both."""
    facts = scene.port.renderer()
    expect(bool(facts.name), "The renderer has no name.")
    expect_equal(facts.can_bake, not facts.reason, "A renderer bakes, or says why not")
    expect_equal(bool(facts.elements), facts.can_bake, "A renderer that bakes offers elements")
    odd = [item for item in facts.elements if not _is_known(item)]
    expect_equal(odd, [], "Elements without a known kind")


def removed_exposure_control_is_gone(scene: SceneUnderTest) -> None:
    """Also where there was none."""
    scene.port.remove_exposure_control()
    expect_equal(scene.port.renderer().exposure, "none", "Exposure control after removing it")


def the_time_line_holds_the_current_frame(scene: SceneUnderTest) -> None:
    """First, current, last."""
    frames = scene.port.frame_range()
    expect(frames.first <= frames.current <= frames.last, f"The time line is {frames}.")


def every_texture_is_a_file_that_the_scene_uses(scene: SceneUnderTest) -> None:
    """Whether it is there or not."""
    handle, gone, there = scene.builder.add_object("A"), scene.texture("gone.png"), scene.texture("there.png")
    slots = SLOTS["standard"]
    scene.port.assign(
        [Assignment(handle, slots[0], gone, 1, False), Assignment(handle, slots[1], there, 1, False)], "Show"
    )
    gone.unlink()
    names = [path.replace("\\", "/").rpartition("/")[2] for path in scene.port.used_files()]
    expect(names.count("gone.png") == names.count("there.png") == 1, f"The files of the scene are {names}.")


def _is_known(offer: ElementOffer) -> bool:
    return bool(offer.name) and offer.kind in ("color", "data", "normal")


READING = (
    the_version_is_one_that_exists,
    an_object_tells_name_slots_and_channels,
    an_object_without_material_has_no_slots,
    objects_come_in_the_order_asked_without_the_ones_gone,
    the_selection_comes_in_scene_order,
    groups_come_by_name,
    texture_coordinates_are_corners_of_triangles,
    texture_coordinates_stop_at_the_limit,
    an_empty_channel_has_no_coordinates,
    coordinates_of_an_object_that_is_gone_are_an_error,
    the_renderer_offers_elements_or_says_why_not,
    removed_exposure_control_is_gone,
    the_time_line_holds_the_current_frame,
    every_texture_is_a_file_that_the_scene_uses,
)
