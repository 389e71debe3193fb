"""Fix buttons: after pressing one, its check is content, and nothing else was touched."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from max_submitter.bake_settings import BakeSettings
from max_submitter.preflight.inputs import PreflightInput
from max_submitter.preflight.names import new_names
from tests.unit.preflight.scenes import (
    COLOUR,
    FACTS,
    GOOD,
    NORMALS,
    RENDERER,
    SETTINGS,
    TOWER,
    Bench,
    World,
    an_object,
    element,
    findings,
    network,
    objects,
    scene,
    settings,
    the_finding,
)

ZED = World(drives={"Z:": r"\\server\share"}, occupants={"castle_Complete.png": "foreign"})


def fixed(check: str, given_: PreflightInput, world: World | None = None) -> BakeSettings:
    """The settings after the fix; its check must be content with them."""
    bench = Bench(given_.settings)
    fix = the_finding(check, given_, world, bench).fix
    assert fix is not None
    fix()
    mended = replace(given_, settings=bench.settings)
    assert check not in {finding.check for finding in findings(mended, world)}
    return bench.settings


def test_an_element_that_nobody_offers_is_switched_off() -> None:
    before = element(name="Corona_Beauty")
    after = fixed("element-not-offered", before)
    assert after.elements == (replace(before.settings.elements[0], enabled=False), NORMALS)


def test_alpha_is_switched_off_where_the_format_has_none() -> None:
    after = fixed("element-alpha", element(file_format="jpeg", alpha=True))
    assert after.elements == (replace(COLOUR, file_format="jpeg"), NORMALS)


def test_rows_that_are_switched_off_stay_as_they_are() -> None:
    row = replace(COLOUR, file_format="jpeg", alpha=True)
    off = replace(row, enabled=False)
    assert fixed("element-alpha", settings(elements=(off, row))).elements == (off, replace(row, alpha=False))


def test_the_deepest_type_of_the_format_is_chosen() -> None:
    assert fixed("element-pixel-type", element(pixel_type="float")).elements == (
        replace(COLOUR, pixel_type="uint16"),
        NORMALS,
    )


def test_strips_and_single_pass_are_given_up() -> None:
    assert fixed("strips-not-possible", settings(strips=3)) == SETTINGS
    assert fixed("single-pass-not-possible", settings(mode="single")) == SETTINGS


def test_overwriting_is_allowed() -> None:
    assert fixed("files-in-the-way", GOOD, ZED) == replace(SETTINGS, overwrite=True)


@pytest.mark.parametrize(
    ("typed", "unc"),
    [
        ("Z:\\bakes", r"\\server\share\bakes"),
        ("Z:/bakes/anna/", r"\\server\share\bakes\anna"),
        ("Z:\\", r"\\server\share"),
    ],
)
def test_a_drive_letter_becomes_the_share_behind_it(typed: str, unc: str) -> None:
    assert fixed("network-drive-letter", network(network_folder=typed), ZED).network.network_folder == unc


def test_a_fix_changes_the_settings_as_they_are_when_it_is_pressed() -> None:
    bench = Bench(settings(strips=3).settings)
    fix = the_finding("strips-not-possible", settings(strips=3), None, bench).fix
    bench.settings = replace(bench.settings, padding=16)
    assert fix is not None
    fix()
    assert bench.settings == replace(SETTINGS, padding=16)


def test_the_scene_is_mended_through_the_session() -> None:
    faults = {
        "scene-unsaved": (scene(file=replace(FACTS.file, is_modified=True)), ("save_scene",)),
        "exposure": (scene(renderer=replace(RENDERER, exposure="linear")), ("remove_exposure",)),
        "name-duplicate": (objects(TOWER, an_object(12, "Tower")), ("rename", 12, "Tower_2")),
        "output-folder-usable": (GOOD, ("make_folder", Path(r"D:\textures"))),
    }
    for check, (given_, call) in faults.items():
        bench = Bench()
        fix = the_finding(check, given_, World(folders={r"D:\textures": False}), bench).fix
        assert fix is not None
        fix()
        assert bench.done == [call]


def test_a_new_name_is_one_that_nobody_has() -> None:
    items = (an_object(1, "Box"), an_object(2, "box"), an_object(3, "BOX_2"), an_object(4, "Box"))
    assert new_names(items) == ((2, "box_3"), (4, "Box_4"))


@given(st.lists(st.sampled_from(["a", "A", "a_2", "A_2", "a_2_2", "b" * 250, "B" * 250, "b" * 248 + "_2"]), max_size=9))
def test_after_renaming_all_names_differ_and_first_ones_keep_theirs(names: list[str]) -> None:
    items = [an_object(handle, name) for handle, name in enumerate(names)]
    after = {item.handle: item.name for item in items} | dict(new_names(items))
    assert len({name.casefold() for name in after.values()}) == len(items)
    assert all(len(name) <= 250 for name in after.values())
    for handle, name in enumerate(names):
        if name.casefold() not in [other.casefold() for other in names[:handle]]:
            assert after[handle] == name
