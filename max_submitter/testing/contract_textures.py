"""Contract of the scene port: showing textures."""

from __future__ import annotations

from pathlib import Path

from max_submitter.scene.facts import Assignment
from max_submitter.scene.file_names import is_same_file
from max_submitter.testing.scene_under_test import (
    SLOTS,
    MaterialKind,
    SceneUnderTest,
    expect,
    expect_equal,
    expect_scene_error,
)

_SLOT, _OTHER_SLOT = SLOTS["standard"]


def an_assigned_texture_is_shown_on_its_channel(scene: SceneUnderTest) -> None:
    """In Standard and Physical materials."""
    texture = scene.texture("a.png")
    kinds: tuple[MaterialKind, ...] = ("standard", "physical")
    for kind in kinds:
        handle = scene.builder.add_object(kind, kind)
        told = scene.port.assign([Assignment(handle, SLOTS[kind][0], texture, 3, False)], "Show")
        expect_equal(told, (), f"What is told of an assignment to a {kind} material")
        _expect_shown(scene, handle, SLOTS[kind][0], texture, baked=False)
        shown = scene.builder.shown(handle, SLOTS[kind][0], baked=False)
        expect_equal(shown and shown.uv_channel, 3, "The UV channel of the bitmap")


def all_assignments_are_one_step_of_undo(scene: SceneUnderTest) -> None:
    """Of several objects and slots."""
    handles = [scene.builder.add_object(name) for name in ("A", "B")]
    texture = scene.texture("a.png")
    slots = (_SLOT, _OTHER_SLOT)
    wanted = [Assignment(handle, slot, texture, 1, handle == handles[1]) for handle in handles for slot in slots]
    scene.port.assign(wanted, "Bake: placeholders")
    scene.builder.undo()
    for handle in handles:
        expect(not scene.facts(handle).has_shell, "Undo left a Shell material behind.")
        for slot in slots:
            expect_equal(scene.builder.shown(handle, slot, baked=False), None, f"{slot} after undo")


def a_slot_is_found_whatever_its_case(scene: SceneUnderTest) -> None:
    """Renderers spell them differently."""
    handle, texture = scene.builder.add_object("A"), scene.texture("a.png")
    told = scene.port.assign([Assignment(handle, _SLOT.upper(), texture, 1, False)], "Show")
    expect_equal(told, (), "What is told of a slot in capitals")
    _expect_shown(scene, handle, _SLOT, texture, baked=False)


def what_cannot_be_assigned_is_told_and_the_rest_is_made(scene: SceneUnderTest) -> None:
    """A slot that is not there, no material, no object."""
    good, bare, gone = (scene.builder.add_object(name, kind) for name, kind in _GOOD_BARE_GONE)
    scene.builder.delete(gone)
    texture = scene.texture("a.png")
    places = ((good, "No Such Slot"), (bare, _SLOT), (gone, _SLOT), (good, _SLOT))
    told = scene.port.assign([Assignment(handle, slot, texture, 1, False) for handle, slot in places], "Show")
    expect_equal(len(told), 3, f"Sentences told, {told}")
    expect("No Such Slot" in told[0] and "Good" in told[0], f"The sentence names neither slot nor object: {told[0]}")
    expect("Bare" in told[1], f"The sentence does not name the object: {told[1]}")
    _expect_shown(scene, good, _SLOT, texture, baked=False)


def a_shell_keeps_the_original_and_takes_every_texture(scene: SceneUnderTest) -> None:
    """In one call and in the next."""
    handle, first, second = scene.builder.add_object("A"), scene.texture("a.png"), scene.texture("b.png")
    scene.port.assign([Assignment(handle, _SLOT, first, 1, True)], "Show")
    scene.port.assign([Assignment(handle, _OTHER_SLOT, second, 1, True)], "Show")
    expect(scene.facts(handle).has_shell, "There is no Shell material.")
    _expect_shown(scene, handle, _SLOT, first, baked=True)
    _expect_shown(scene, handle, _OTHER_SLOT, second, baked=True)
    expect_equal(scene.builder.shown(handle, _SLOT, baked=False), None, "The original side")


def an_object_that_is_not_baked_looks_as_before(scene: SceneUnderTest) -> None:
    """Although it shares the material of one that is."""
    for shell in (False, True):
        owner, other = (scene.builder.add_object(f"{name} {shell}") for name in ("Baked", "Not baked"))
        scene.builder.share_material(owner, other)
        texture = scene.texture("a.png")
        scene.port.assign([Assignment(owner, _SLOT, texture, 1, shell)], "Show")
        _expect_shown(scene, owner, _SLOT, texture, baked=shell)
        expect_equal(scene.builder.shown(other, _SLOT, baked=False), None, "A slot of an object that is not baked")
        expect(not scene.facts(other).has_shell, "An object that is not baked got a Shell material.")


def objects_that_share_a_material_show_their_own_maps(scene: SceneUnderTest) -> None:
    """Two objects on two atlases."""
    handles = [scene.builder.add_object(name) for name in ("A", "B")]
    scene.builder.share_material(*handles)
    textures = [scene.texture(name) for name in ("map_0.png", "map_1.png")]
    wanted = [Assignment(handle, _SLOT, path, 1, False) for handle, path in zip(handles, textures, strict=True)]
    expect_equal(scene.port.assign(wanted, "Show"), (), "What is told of two maps")
    for handle, path in zip(handles, textures, strict=True):
        _expect_shown(scene, handle, _SLOT, path, baked=False)


def a_relinked_bitmap_shows_the_other_file(scene: SceneUnderTest) -> None:
    """Wherever it was shown; the scene differs from its file then."""
    handles = [scene.builder.add_object(name) for name in ("A", "B")]
    old, new = scene.texture("old.png"), scene.texture("new.png")
    for handle in handles:
        scene.port.assign([Assignment(handle, _SLOT, old, 1, False)], "Show")
    scene.builder.save_as(scene.folder / "scene.max")
    expect_equal(scene.port.relink(old, new), 2, "Bitmaps relinked")
    expect_equal(
        (scene.port.bitmaps_showing(old), scene.port.bitmaps_showing(new)), (0, 2), "Bitmaps showing old and new"
    )
    expect(scene.port.scene_file().is_modified, "The scene does not count as modified.")
    for handle in handles:
        _expect_shown(scene, handle, _SLOT, new, baked=False)


def relinking_is_no_step_of_undo(scene: SceneUnderTest) -> None:
    """Undo takes back what the artist did before."""
    handle, old, new = scene.builder.add_object("A"), scene.texture("old.png"), scene.texture("new.png")
    scene.port.assign([Assignment(handle, _SLOT, old, 1, False)], "Show")
    scene.port.rename(handle, "B")
    scene.port.relink(old, new)
    scene.builder.undo()
    expect_equal(scene.facts(handle).name, "A", "The name after undo")
    _expect_shown(scene, handle, _SLOT, new, baked=False)


def nothing_is_relinked_to_a_file_that_is_not_there(scene: SceneUnderTest) -> None:
    """3ds Max would show black."""
    handle, old = scene.builder.add_object("A"), scene.texture("old.png")
    scene.port.assign([Assignment(handle, _SLOT, old, 1, False)], "Show")
    gone = scene.folder / "gone.png"
    expect_scene_error(lambda: scene.port.relink(old, gone), "A bitmap was relinked to a file that is not there.")
    _expect_shown(scene, handle, _SLOT, old, baked=False)


def a_path_is_found_in_another_spelling(scene: SceneUnderTest) -> None:
    """Windows ignores case and takes both slashes."""
    handle, texture = scene.builder.add_object("A"), scene.texture("a.png")
    scene.port.assign([Assignment(handle, _SLOT, texture, 1, False)], "Show")
    spelt = Path(str(texture).replace("\\", "/").upper())
    expect_equal(scene.port.bitmaps_showing(spelt), 1, "Bitmaps showing a path in capitals")


def reloading_and_releasing_keep_the_bitmap(scene: SceneUnderTest) -> None:
    """Also of a file that nothing shows."""
    handle, texture = scene.builder.add_object("A"), scene.texture("a.png")
    scene.port.assign([Assignment(handle, _SLOT, texture, 1, False)], "Show")
    expect_equal(scene.port.reload(texture), 1, "Bitmaps reloaded")
    scene.port.release(texture)
    scene.port.release(scene.folder / "unknown.png")
    expect_equal(scene.port.reload(texture), 1, "Bitmaps reloaded after letting go")
    expect_equal(scene.port.reload(scene.folder / "unknown.png"), 0, "Bitmaps of a file that nothing shows")
    _expect_shown(scene, handle, _SLOT, texture, baked=False)


def _expect_shown(scene: SceneUnderTest, handle: int, slot: str, path: Path, *, baked: bool) -> None:
    shown = scene.builder.shown(handle, slot, baked=baked)
    expect(shown is not None and is_same_file(shown.path, path), f"{slot} shows {shown} instead of {path}.")


_GOOD_BARE_GONE: tuple[tuple[str, MaterialKind | None], ...] = (
    ("Good", "standard"),
    ("Bare", None),
    ("Gone", "standard"),
)

TEXTURES = (
    an_assigned_texture_is_shown_on_its_channel,
    all_assignments_are_one_step_of_undo,
    a_slot_is_found_whatever_its_case,
    what_cannot_be_assigned_is_told_and_the_rest_is_made,
    a_shell_keeps_the_original_and_takes_every_texture,
    an_object_that_is_not_baked_looks_as_before,
    objects_that_share_a_material_show_their_own_maps,
    a_relinked_bitmap_shows_the_other_file,
    relinking_is_no_step_of_undo,
    nothing_is_relinked_to_a_file_that_is_not_there,
    a_path_is_found_in_another_spelling,
    reloading_and_releasing_keep_the_bitmap,
)
