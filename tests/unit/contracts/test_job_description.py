"""What several keys of `job.desc` decide together, and what the two hashes depend on."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from flatiron_tasks.contracts.errors import ContractError
from flatiron_tasks.contracts.job import BakeObject, FarmTarget, Frames, JobDescription, Scene, Submitter
from flatiron_tasks.contracts.job_hashes import plan_hash, texture_hash
from flatiron_tasks.contracts.merge_files import ColourConfig, UvMask
from tests.unit.contracts.document_examples import HASH, description, element, mask


def refused(match: str, **changes: Any) -> None:
    with pytest.raises(ContractError, match=match):
        description(**changes)


@pytest.mark.parametrize(
    "path", ["", ".", "..", "../x.max", "a/b.max", "a\\b.max", "C:x.max", "x:y", "nul.max", "x.max "]
)
def test_a_copied_scene_cannot_leave_the_job_folder(path: str) -> None:
    with pytest.raises(ContractError, match="path"):
        Scene(path, copied=True, size=1, sha256=HASH)


@pytest.mark.parametrize("path", ["x.max", "//server", "//server/share/../x.max", "\\\\server\\share\\x.max"])
def test_a_scene_that_is_not_copied_has_a_canonical_path(path: str) -> None:
    with pytest.raises(ContractError, match="path"):
        Scene(path, copied=False, size=1, sha256=HASH)
    assert Scene("//server/share/x.max", copied=False, size=1, sha256=HASH)


@pytest.mark.parametrize("folder", ["Z:/bakes", "bakes", "\\\\server\\share", "//server/share/", "/a/../b"])
def test_a_network_folder_means_one_place_on_every_machine(folder: str) -> None:
    refused("network_folder", network_folder=folder)


def test_a_network_folder_with_a_drive_letter_says_what_to_write_instead() -> None:
    refused(r"drive letter.*\\\\server\\share\\folder", network_folder="Z:/bakes")


def test_an_output_folder_may_be_local_but_has_one_spelling() -> None:
    assert description(output_folder="D:/textures")
    refused("output_folder", output_folder="textures")


def test_every_map_has_an_object_and_every_object_a_map() -> None:
    refused("map 1 has no object", map_count=2)
    refused("map 1 is not one of 1", objects=(BakeObject("a", 0, 1), BakeObject("b", 1, 1)))
    refused("at least 1", objects=())


def test_one_object_or_element_is_not_baked_twice() -> None:
    refused("'a' twice", objects=(BakeObject("a", 0, 1), BakeObject("a", 0, 1)))
    refused("'AO' twice", elements=(element(name="AO", stem="x"), element(name="AO", stem="y")))


def test_two_elements_cannot_share_a_file_even_by_case() -> None:
    refused(
        "same file name", elements=(element(name="A", stem="Map"), element(name="B", stem="map")), placeholders=(P, P)
    )


def test_index_and_frame_cannot_make_two_names_equal() -> None:
    both = (element(name="A", stem="Map"), element(name="B", stem="Map_0"))
    maps = (BakeObject("a", 0, 1), BakeObject("b", 1, 1))
    assert len(description(elements=both, map_count=2, objects=maps).placeholders) == 4
    clash = (element(name="A", stem="Map"), element(name="B", stem="Map_0001"))
    frames = Frames(1, 1, is_range=True)
    assert len(description(elements=clash, frames=frames).placeholders) == 2


def test_a_strip_has_at_least_one_row() -> None:
    assert description(elements=(element(height=2),), strips=2)
    refused("fewer than strips", elements=(element(height=1),), strips=2)


def test_a_range_runs_forward_and_a_single_frame_is_one() -> None:
    for first, last, is_range in ((5, 4, True), (5, 6, False)):
        with pytest.raises(ContractError, match="last"):
            Frames(first, last, is_range=is_range)
    assert [p.file_name for p in description(frames=Frames(5, 5, is_range=True)).placeholders] == [
        "booth_CompleteMap_0005.png"
    ]
    assert [p.file_name for p in description(frames=Frames(5, 5, is_range=False)).placeholders] == [
        "booth_CompleteMap.png"
    ]


def test_placeholders_name_every_texture_once_in_plan_order() -> None:
    job = description(frames=Frames(1, 3, is_range=True))
    refused("placeholders", frames=job.frames, placeholders=job.placeholders[:2])
    refused("placeholders", frames=job.frames, placeholders=job.placeholders[::-1])
    refused("placeholders", frames=job.frames, placeholders=(*job.placeholders, job.placeholders[0]))


def test_a_mistyped_range_of_millions_of_frames_is_refused_at_once() -> None:
    refused("for 10000000 texture", frames=Frames(0, 9_999_999, is_range=True), placeholders=(P,))


def test_a_format_must_be_able_to_hold_the_pixels() -> None:
    for changes in ({"file_format": "jpeg"}, {"pixel_type": "half"}, {"file_format": "tga", "pixel_type": "uint16"}):
        with pytest.raises(ContractError, match="file_format"):
            element(**changes)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"kind": "normal", "transfer": "srgb"}, "`transfer`.*normal map"),
        ({"kind": "normal", "transfer": "ocio"}, "`transfer`.*normal map"),
        ({"file_format": "exr", "pixel_type": "half", "transfer": "gamma22"}, "`transfer`.*stay linear"),
        ({"file_format": "exr", "pixel_type": "float", "transfer": "rec709"}, "`transfer`.*stay linear"),
        ({"pixel_type": "uint16", "dither": True}, "`dither`.*8-bit"),
        ({"transfer": "sRGB"}, "`transfer` must be one of auto"),
    ],
)
def test_a_transfer_or_dither_that_spoils_the_numbers_is_refused(changes: dict[str, Any], match: str) -> None:
    with pytest.raises(ContractError, match=match):
        element(**changes)


@pytest.mark.parametrize(("file_format", "longest"), [("jpeg", 65500), ("tga", 65535)])
@pytest.mark.parametrize("side", ["width", "height"])
def test_a_side_that_the_format_cannot_hold_is_refused_before_rendering(
    file_format: str, longest: int, side: str
) -> None:
    known = {"file_format": file_format, "pixel_type": "uint8", "alpha": False}
    assert element(**known, **{side: longest})
    with pytest.raises(ContractError, match=f"`width` and `height`.*cannot hold.*longest side is {longest}") as refused:
        element(**known, **{side: longest + 1})
    assert "another file format" in refused.value.advice


SITE = ColourConfig("site.ocio", 9, HASH, "lin", "srgb")


def test_a_managed_element_and_a_colour_configuration_need_each_other() -> None:
    managed = (element(transfer="ocio"),)
    assert description(elements=managed, colour=SITE)
    refused("CompleteMap has the transfer 'ocio'.*missing", elements=managed)
    refused("no element has the transfer 'ocio'", colour=SITE)


@pytest.mark.parametrize("name", ["", "..", "../x", "a/b.ocio", "C:x", "nul"])
def test_a_colour_configuration_or_mask_cannot_leave_its_folder(name: str) -> None:
    with pytest.raises(ContractError, match="file_name"):
        ColourConfig(name, 9, HASH, "lin", "srgb")
    with pytest.raises(ContractError, match="file_name"):
        UvMask(0, 64, 48, name, 9, HASH)


def test_masks_fit_the_objects_and_the_sizes_of_the_elements() -> None:
    two_sizes = (element(), element(name="AO", stem="AO", width=32))
    assert description(masks=(mask(1, 64, 48),))
    assert description(elements=two_sizes, masks=(mask(1, 64, 48), mask(1, 32, 48)))
    refused("object 2 is not one of 2", masks=(mask(2, 64, 48),))
    refused("two masks of 64x48 for wall", masks=(mask(0, 64, 48), mask(0, 64, 48, file_name="other.png")))
    refused("48x64, the mask of wall, is the size of no element", masks=(mask(0, 48, 64),))
    refused("wall has no mask of 32x48", elements=two_sizes, masks=(mask(0, 64, 48),))
    refused("one file name", masks=(mask(0, 64, 48), mask(1, 64, 48, file_name="O00000-64X48.PNG")))


def test_single_pass_refuses_masks_and_says_what_takes_them() -> None:
    refused("Single Pass.*Use Multi Pass", mode="single", masks=(mask(0, 64, 48),))


@pytest.mark.parametrize("manager", ["", "-x", "a b", "host;rm", "host\n"])
def test_a_manager_is_a_host_name_or_an_address(manager: str) -> None:
    with pytest.raises(ContractError, match="manager"):
        FarmTarget(manager, 3234, 50, "", 60)
    assert FarmTarget("fe80::1", 3234, 50, "", 60)


def test_the_plan_hash_ignores_people_places_and_times() -> None:
    job = description()
    other = dataclasses.replace(
        job,
        job_name="Other",
        submitted_at="2027-01-01T00:00:00Z",
        submitted_by=Submitter("bob", "ws-1", "flatiron"),
        keep_pieces=True,
        output_folder="/elsewhere",
        network_folder="//other/share",
        farm=FarmTarget("manager2", 1, 0, "gpu", 5),
        placeholders=tuple(dataclasses.replace(item, sha256="f" * 64) for item in job.placeholders),
    )
    assert plan_hash(other) == plan_hash(job)


@pytest.mark.parametrize(
    "changes",
    [
        {"job_id": "another-job-id"},
        {"strips": 3},
        {"mode": "single"},
        {"piece_type": "float"},
        {"allow_non_finite": True},
        {"elements": (element(dither=True),)},
        {"elements": (element(transfer="linear"),)},
        {"elements": (element(transfer="ocio"),), "colour": SITE},
        {"masks": (mask(0, 64, 48),)},
    ],
    ids=str,
)
def test_the_plan_hash_holds_everything_that_a_piece_depends_on(changes: dict[str, Any]) -> None:
    assert plan_hash(description(**changes)) != plan_hash(description())


def test_the_texture_hash_does_not_depend_on_how_the_work_was_cut() -> None:
    def of(**changes: Any) -> str:
        job = description(**changes)
        return texture_hash(job, job.elements[0], 0, 0)

    assert len({of(mode=mode, strips=strips) for mode in ("single", "multi") for strips in (1, 2, 7)}) == 1
    assert of(job_id="another-job-id", network_folder="//other/share") == of()
    assert of(objects=description().objects[::-1]) != of()
    assert of(piece_type="float") != of()
    assert of(scene=Scene("other.max", copied=True, size=5, sha256=HASH)) == of()
    assert of(scene=Scene("booth.max", copied=True, size=5, sha256="f" * 64)) != of()


def hash_of(job: JobDescription, element_index: int = 0, map_index: int = 0) -> str:
    return texture_hash(job, job.elements[element_index], map_index, 0)


def test_the_texture_hash_depends_on_the_conversion_of_a_managed_element_only() -> None:
    elements = (element(transfer="ocio"), element(name="AO", stem="AO", kind="data"))
    job = description(elements=elements, colour=SITE)
    for colour in (
        dataclasses.replace(SITE, sha256="f" * 64),
        dataclasses.replace(SITE, from_space="acescg"),
        dataclasses.replace(SITE, to_space="rec709"),
    ):
        other = dataclasses.replace(job, colour=colour)
        assert hash_of(other) != hash_of(job)
        assert hash_of(other, 1) == hash_of(job, 1)
    renamed = dataclasses.replace(job, colour=dataclasses.replace(SITE, file_name="other.ocio"))
    assert hash_of(renamed) == hash_of(job)


def test_the_texture_hash_depends_on_transfer_and_dither() -> None:
    jobs = [description(elements=(element(**changes),)) for changes in ({}, {"transfer": "linear"}, {"dither": True})]
    assert len({hash_of(job) for job in jobs}) == 3


def test_the_texture_hash_depends_on_the_masks_of_its_own_map_and_size_only() -> None:
    elements = (element(), element(name="AO", stem="AO", width=32))
    objects = (BakeObject("wall", 0, 1), BakeObject("floor", 1, 1))
    plain = description(elements=elements, objects=objects, map_count=2)
    masked = dataclasses.replace(plain, masks=(mask(0, 64, 48), mask(0, 32, 48)))
    other = dataclasses.replace(plain, masks=(mask(0, 64, 48), mask(0, 32, 48, sha256="f" * 64)))
    assert hash_of(masked) != hash_of(plain)
    assert hash_of(masked, map_index=1) == hash_of(plain, map_index=1)
    assert (hash_of(other), hash_of(other, 1) != hash_of(masked, 1)) == (hash_of(masked), True)


P = description().placeholders[0]
