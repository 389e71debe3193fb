"""What the artist reads: names, sums and next steps; and which checks are left out when they would be noise."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from max_submitter.preflight.run import worst_first
from max_submitter.preflight.space import pass_count, piece_bytes
from max_submitter.preflight.wording import amount, listed, named
from max_submitter.scene.facts import ObjectGroup
from tests.unit.preflight.scenes import (
    CASTLE,
    COLOUR,
    GOOD,
    NORMALS,
    Bench,
    World,
    an_object,
    findings,
    network,
    objects,
    scene,
    settings,
    the_finding,
)


def test_at_most_five_names_are_said() -> None:
    assert named(["A"]) == '"A"'
    assert named(["A", "B", "C"]) == '"A", "B" and "C"'
    assert listed("ABCDE") == "A, B, C, D and E"
    assert listed("ABCDEFGH") == "A, B, C, D, E and 3 more"
    assert listed([]) == ""


def test_sizes_are_said_as_windows_counts() -> None:
    assert [amount(size) for size in (0, 1023, 1024, 1536 << 20, 200 << 30, 5 << 50)] == [
        "0 bytes",
        "1023 bytes",
        "1.0 KB",
        "1.5 GB",
        "200 GB",
        "5120 TB",
    ]


def test_many_objects_without_uvs_are_named_shortly_with_a_way_out() -> None:
    crowd = objects(*(an_object(handle, f"Stone {handle}", channels=(1, 2)) for handle in range(8)))
    found = the_finding("uv-channel-missing", crowd)
    assert found.what == (
        'There are no UVs on channel 3 of "Stone 0", "Stone 1", "Stone 2", "Stone 3", "Stone 4" and 3 more.'
    )
    assert found.advice.endswith("All objects have UV channel 1: or bake into that one.")


def test_clashing_textures_are_told_with_their_owners() -> None:
    clash = settings(elements=(COLOUR, replace(NORMALS, stem="Complete", file_format="png", pixel_type="uint8")))
    assert the_finding("equal-file-names", clash).what == (
        'Several textures would get one name: "castle_Complete.png" '
        '(CompleteMap of "castle" and NormalsMap of "castle").'
    )


def test_groups_whose_prefix_and_stem_give_one_name_clash() -> None:
    """`a` + `b_c` and `a_b` + `c` are both `a_b_c`."""
    groups = (ObjectGroup("a", CASTLE.objects), ObjectGroup("a_b", (an_object(30, "Roof"),)))
    elements = (replace(COLOUR, stem="b_c"), replace(COLOUR, name="NormalsMap", stem="c"))
    clash = replace(scene(groups=groups), settings=replace(GOOD.settings, elements=elements))
    assert '"a_b_c.png" (CompleteMap of "a" and NormalsMap of "a_b")' in the_finding("equal-file-names", clash).what


def test_a_path_is_quoted_as_it_was_typed() -> None:
    assert the_finding("network-folder", network(network_folder=r"\\server")).what == (
        r'The Network Output Folder "\\server" names no share.'
    )


@given(st.booleans(), st.integers(1, 4), st.integers(1, 3), st.booleans())
def test_the_space_is_the_sum_over_all_passes(multi: bool, count: int, frames: int, deep: bool) -> None:
    crowd = objects(*(an_object(handle, f"o{handle}", handle % 2) for handle in range(count)))
    elements = (
        replace(COLOUR, width=32, height=16, pixel_type="uint16" if deep else "uint8"),
        replace(NORMALS, height=8),
    )
    changes = replace(
        crowd.settings,
        elements=elements,
        mode="multi" if multi else "single",
        use_range=True,
        last_frame=frames - 1,
    )
    passes = (count if multi else min(count, 2)) * frames
    assert pass_count(replace(crowd, settings=changes)) == passes
    assert piece_bytes(replace(crowd, settings=changes)) == passes * (32 * 16 + 256 * 8) * 4 * (4 if deep else 2)


def test_too_little_space_is_told_with_the_sum() -> None:
    assert the_finding("free-space", GOOD, World(free=1 << 20)).what == (
        r"The pieces may take up to 2.0 MB (2 passes of 2 elements, uncompressed half), "
        r"and \\server\share\bakes has 1.0 MB free."
    )


def test_a_folder_with_an_impossible_path_is_not_looked_at() -> None:
    world = World()
    findings(replace(network(network_folder="bakes"), flavour="windows"), world)
    assert [str(folder) for folder in world.probed] == [r"D:\textures"]


def test_a_bake_on_this_machine_asks_no_network() -> None:
    world = World(manager="No.", redis="No.", free=0, folders={r"\\server\share\bakes": False})
    assert findings(network(enabled=False), world) == []


def test_a_posix_machine_has_no_drive_letters() -> None:
    posix = replace(settings(output_folder="/textures"), flavour="posix")
    found = findings(
        replace(posix, settings=replace(posix.settings, network=network(network_folder="Z:/b").settings.network))
    )
    assert [(finding.check, finding.level) for finding in found] == [("network-folder", "fatal")]


def test_the_worst_findings_come_first() -> None:
    found = findings(
        scene(used_files=("a.png",)),
        World(redis="No.", gone=("a.png",), occupants={"castle_Complete.png": "foreign"}),
        Bench(),
    )
    assert [finding.level for finding in worst_first(found)] == ["fatal", "fixable", "warning"]
