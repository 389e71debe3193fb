"""The table: every check of the registry fires on a fault, at its level, and is silent where a fault is close."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from flatiron_tasks.share.path_mapping import PathRule
from max_submitter.preflight.checks import QUICK_CHECKS, SLOW_CHECKS
from max_submitter.preflight.finding import Level
from max_submitter.preflight.inputs import PreflightInput
from max_submitter.scene.facts import Exposure, ObjectGroup, SceneFile, UvTriangles
from tests.unit.preflight.scenes import (
    CASTLE,
    COLOUR,
    FACTS,
    GOOD,
    NORMALS,
    RENDERER,
    TOWER,
    UVS,
    World,
    an_object,
    configuration,
    element,
    findings,
    network,
    objects,
    scene,
    settings,
    square,
)

UNC = r"\\server\share\bakes"
EMPTY_GROUP = ObjectGroup("castle", ())
OTHER = ObjectGroup("CASTLE", (an_object(21, "Roof"),))
MOAT = ObjectGroup("moat", (an_object(21, "Roof"),))
RAMP = an_object(13, "Ramp", 2)


def exposed(control: Exposure) -> PreflightInput:
    return scene(renderer=replace(RENDERER, exposure=control))


def uvs(tower: UvTriangles, wall: UvTriangles = UVS[12]) -> PreflightInput:
    return scene(uvs={11: tower, 12: wall})


def in_mode(given: PreflightInput, mode: str, **changes: object) -> PreflightInput:
    return replace(given, settings=replace(given.settings, mode=mode, **changes))  # type: ignore[arg-type]


def with_long_name(last_frame: int) -> PreflightInput:
    """File names of exactly 200 bytes, as long as frames have four digits."""
    return settings(elements=(replace(COLOUR, stem="é" * 92),), use_range=True, last_frame=last_frame)


SINGLE = in_mode(exposed("linear"), "single")

FIRES: list[tuple[str, Level, PreflightInput, World]] = [
    ("scene-unsaved", "fatal", scene(file=SceneFile(None, is_modified=True)), World()),
    ("scene-unsaved", "warning", scene(file=replace(FACTS.file, is_modified=True)), World()),
    ("groups-gone", "fatal", scene(missing_groups=("tower",)), World()),
    ("nothing-to-bake", "fatal", scene(groups=(EMPTY_GROUP,)), World()),
    ("nothing-to-bake", "fatal", replace(settings(groups=()), scene=replace(FACTS, groups=(EMPTY_GROUP,))), World()),
    ("map-without-objects", "fatal", objects(TOWER, RAMP), World()),
    ("no-elements", "fatal", settings(elements=(replace(COLOUR, enabled=False),)), World()),
    ("renderer-cannot-bake", "fatal", scene(renderer=replace(RENDERER, can_bake=False, reason="Too old.")), World()),
    ("element-not-offered", "fixable", element(name="Corona_Beauty"), World()),
    ("element-repeated", "fatal", settings(elements=(COLOUR, replace(COLOUR, stem="Other"))), World()),
    ("element-alpha", "fixable", element(file_format="jpeg", alpha=True), World()),
    ("element-pixel-type", "fixable", element(pixel_type="half"), World()),
    ("element-size", "fatal", element(file_format="jpeg", width=65_501), World()),
    ("element-size", "fatal", settings(elements=(replace(COLOUR, height=4),), strips=5), World()),
    ("slot-missing", "warning", element(slot="Opacity"), World()),
    ("strips-not-possible", "fixable", settings(strips=2), World()),
    ("single-pass-not-possible", "fixable", settings(mode="single"), World()),
    ("exposure", "fixable", exposed("linear"), World()),
    ("exposure", "fixable", exposed("automatic"), World()),
    ("exposure", "fixable", in_mode(exposed("linear"), "single", strips=2), World()),
    ("name-duplicate", "fixable", objects(TOWER, an_object(12, "tower")), World()),
    ("name-duplicate", "fixable", scene(groups=(CASTLE, ObjectGroup("moat", (an_object(21, "Wall"),)))), World()),
    ("name-impossible", "fatal", objects(an_object(11, "Tow\ner")), World()),
    ("name-impossible", "fatal", objects(an_object(11, "T" * 251)), World()),
    ("uv-channel-missing", "fatal", objects(TOWER, an_object(12, "Wall", channels=(1,))), World()),
    ("frame-range", "fatal", settings(use_range=True, first_frame=2, last_frame=1), World()),
    ("frame-range", "fatal", settings(use_range=True, first_frame=0, last_frame=10_000), World()),
    ("file-name-impossible", "fatal", element(stem="a:b"), World()),
    ("file-name-impossible", "fatal", element(stem="é" * 110), World()),
    ("file-name-impossible", "fatal", with_long_name(last_frame=10_000), World()),
    (
        "equal-file-names",
        "fatal",
        settings(elements=(COLOUR, replace(NORMALS, stem="complete", file_format="png"))),
        World(),
    ),
    ("equal-file-names", "fatal", scene(groups=(CASTLE, OTHER)), World()),
    ("output-folder", "fatal", settings(output_folder=" "), World()),
    ("output-folder", "fatal", settings(output_folder="textures"), World()),
    ("network-folder", "fatal", network(network_folder=""), World()),
    ("network-folder", "fatal", network(network_folder=r"\\server"), World()),
    ("not-set-up", "fatal", configuration(redis_url=""), World()),
    ("not-set-up", "fatal", network(manager=" "), World()),
    (
        "not-set-up",
        "fatal",
        replace(network(enabled=False), configuration=replace(GOOD.configuration, local_command=())),
        World(),
    ),
    ("farm-impossible", "fatal", network(manager="http://farm"), World()),
    ("farm-impossible", "fatal", network(server_group="a;b"), World()),
    ("missing-files", "warning", scene(used_files=(r"D:\wood.png",)), World(gone=(r"D:\wood.png",))),
    ("missing-files", "warning", scene(used_files=(r"X:\maps\wood.png",)), World(silent=(r"X:\maps",))),
    ("uv-outside", "warning", uvs(square(-0.1, 0.0, 0.45, 1.0)), World()),
    ("uv-outside", "fatal", uvs(square(1.2, 0.0, 1.45, 1.0)), World()),
    ("uv-empty", "warning", uvs(square(0.2, 0.2, 0.2, 0.2)), World()),
    ("uv-overlap", "warning", uvs(square(0.0, 0.0, 0.6, 1.0)), World()),
    ("uv-gutter", "warning", uvs(square(0.0, 0.0, 0.53, 1.0)), World()),
    ("uv-unchecked", "warning", uvs(replace(UVS[11], is_complete=False)), World()),
    ("output-folder-usable", "fixable", GOOD, World(folders={r"D:\textures": False})),
    ("output-folder-usable", "fatal", GOOD, World(refuses={r"D:\textures": "Access is denied."})),
    ("output-folder-usable", "fatal", GOOD, World(silent=(r"D:\textures",))),
    ("files-in-the-way", "fixable", GOOD, World(occupants={"castle_Complete.png": "foreign"})),
    ("files-in-the-way", "fatal", settings(overwrite=True), World(occupants={"castle_Normals.exr": "folder"})),
    ("network-drive-letter", "fixable", network(network_folder=r"Z:\bakes"), World(drives={"Z:": r"\\server\share"})),
    ("network-drive-letter", "fatal", network(network_folder=r"C:\bakes"), World()),
    ("network-folder-usable", "fatal", GOOD, World(folders={UNC: False})),
    ("network-folder-usable", "fatal", GOOD, World(refuses={UNC: "Access is denied."})),
    ("network-folder-usable", "fatal", GOOD, World(silent=(UNC,))),
    ("free-space", "warning", GOOD, World(free=2_097_151)),
    ("free-space", "warning", GOOD, World(free=209_716)),
    ("free-space", "fatal", GOOD, World(free=209_715)),
    ("redis-unreachable", "fatal", GOOD, World(redis="Redis at {url} does not answer.")),
    ("manager-unreachable", "warning", GOOD, World(manager="{host}:{port} does not answer.")),
]

SILENT: list[tuple[str, PreflightInput, World]] = [
    ("scene-unsaved", GOOD, World()),
    ("groups-gone", GOOD, World()),
    ("nothing-to-bake", scene(groups=(ObjectGroup("castle", (TOWER,)),)), World()),
    ("map-without-objects", objects(TOWER, an_object(12, "Wall", 1), RAMP), World()),
    ("no-elements", settings(elements=(replace(COLOUR, enabled=False), NORMALS)), World()),
    ("renderer-cannot-bake", GOOD, World()),
    ("element-not-offered", element(name="Corona_Beauty", enabled=False), World()),
    ("element-repeated", settings(elements=(COLOUR, replace(COLOUR, enabled=False))), World()),
    ("element-alpha", element(file_format="jpeg"), World()),
    ("element-pixel-type", element(pixel_type="uint16"), World()),
    ("element-size", settings(elements=(replace(COLOUR, height=5),), strips=5), World()),
    ("slot-missing", element(slot="diffuse"), World()),
    (
        "slot-missing",
        replace(element(slot="Opacity"), settings=replace(element(slot="Opacity").settings, shell=True)),
        World(),
    ),
    (
        "strips-not-possible",
        replace(settings(strips=2), configuration=configuration(renderer="reference").configuration),
        World(),
    ),
    ("single-pass-not-possible", in_mode(objects(TOWER, an_object(12, "Wall", 1)), "single"), World()),
    ("exposure", exposed("logarithmic"), World()),
    ("exposure", SINGLE, World()),
    (
        "exposure",
        replace(exposed("linear"), scene=replace(exposed("linear").scene, groups=(ObjectGroup("castle", (TOWER,)),))),
        World(),
    ),
    ("name-duplicate", scene(groups=(CASTLE, ObjectGroup("moat", (TOWER,)))), World()),
    ("name-impossible", objects(an_object(11, "塔 " + "T" * 248)), World()),
    ("uv-channel-missing", GOOD, World()),
    ("frame-range", settings(use_range=True, first_frame=2, last_frame=2), World()),
    ("file-name-impossible", with_long_name(last_frame=9_999), World()),
    ("equal-file-names", settings(elements=(COLOUR, replace(NORMALS, stem="complete"))), World()),
    ("equal-file-names", scene(groups=(CASTLE, MOAT)), World()),
    ("output-folder", GOOD, World()),
    ("network-folder", network(network_folder="", enabled=False), World()),
    (
        "not-set-up",
        replace(network(enabled=False, manager=""), configuration=configuration(redis_url="").configuration),
        World(),
    ),
    ("farm-impossible", network(manager="10.0.0.7", server_group="fast ones"), World()),
    ("missing-files", GOOD, World()),
    ("uv-outside", uvs(square(-0.00005, 0.0, 0.45, 1.00005)), World()),
    ("uv-empty", uvs(square(0.2, 0.2, 0.21, 0.21)), World()),
    ("uv-overlap", uvs(square(0.0, 0.0, 0.55, 1.0)), World()),
    ("uv-overlap", uvs(UvTriangles([*UVS[11].corners, *UVS[11].corners], is_complete=True)), World()),
    ("uv-gutter", uvs(square(0.0, 0.0, 132 / 256, 1.0), square(140 / 256, 0.0, 1.0, 1.0)), World()),
    ("uv-gutter", in_mode(uvs(square(0.0, 0.0, 0.53, 1.0)), "multi", fill_all=True), World()),
    ("uv-unchecked", scene(uvs={}, has_uvs=False), World()),
    ("output-folder-usable", GOOD, World()),
    ("files-in-the-way", GOOD, World(occupants={"castle_Complete.png": "ours", "Complete.png": "foreign"})),
    ("files-in-the-way", settings(overwrite=True), World(occupants={"castle_Complete.png": "foreign"})),
    (
        "network-drive-letter",
        replace(
            network(network_folder=r"Z:\bakes"),
            configuration=configuration(path_rules=(PathRule("//server/share", "Z:/"),)).configuration,
        ),
        World(),
    ),
    ("network-folder-usable", network(enabled=False), World(folders={UNC: False})),
    ("free-space", GOOD, World(free=2_097_152)),
    ("redis-unreachable", network(enabled=False), World(redis="No.")),
    ("manager-unreachable", network(enabled=False), World(manager="No.")),
]


def names(rows: Iterable[tuple[object, ...]]) -> list[str]:
    return [str(row[0]) for row in rows]


def test_every_check_has_a_fault_and_a_near_miss() -> None:
    registry = [*QUICK_CHECKS, *SLOW_CHECKS]
    assert sorted(set(names(FIRES))) == sorted(registry)
    assert sorted(set(names(SILENT))) == sorted(registry)


def test_a_bake_without_faults_has_no_findings() -> None:
    assert findings(GOOD) == []


@pytest.mark.parametrize(("check", "level", "given", "world"), FIRES, ids=names(FIRES))
def test_a_fault_is_found_at_its_level(check: str, level: Level, given: PreflightInput, world: World) -> None:
    found = [finding for finding in findings(given, world) if finding.check == check]
    assert [finding.level for finding in found] == [level]
    assert all(finding.what.endswith(".") and finding.advice.endswith(".") for finding in found)
    assert all((finding.fix is not None) == bool(finding.fix_label) for finding in found)
    assert all(finding.fix is not None for finding in found if finding.level == "fixable")


@pytest.mark.parametrize(("check", "given", "world"), SILENT, ids=names(SILENT))
def test_a_near_miss_is_not_reported(check: str, given: PreflightInput, world: World) -> None:
    assert [finding for finding in findings(given, world) if finding.check == check] == []


@pytest.mark.parametrize(("given", "world"), [row[2:] for row in FIRES], ids=names(FIRES))
def test_no_fault_breaks_another_check(given: PreflightInput, world: World) -> None:
    """Every check runs on every fault, and every finding carries the name of a check."""
    assert {finding.check for finding in findings(given, world)} <= {*QUICK_CHECKS, *SLOW_CHECKS}
