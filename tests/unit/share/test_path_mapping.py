"""A path is turned into a local one by an explicit table, the same on every machine that computes it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flatiron_tasks.contracts.errors import ContractError, PathMappingError
from flatiron_tasks.share.path_mapping import Flavour, PathMapping, PathRule

NAMES = st.text("abcXYZ019 _-.äß", min_size=1, max_size=8).filter(lambda name: name.strip(" .") == name)
TAILS = st.lists(NAMES, max_size=4)

LINUX = PathMapping(
    [
        PathRule("//filer/bake", "/mnt/bake"),
        PathRule("//filer/bake/archive", "/mnt/archive"),
        PathRule("P:/", "/mnt/p"),
        PathRule("/projects", "/net/projects"),
    ],
    flavour="posix",
)
WINDOWS = PathMapping(
    [PathRule("/projects", r"\\filer\projects"), PathRule("//old/share", "S:\\")],
    flavour="windows",
)


@pytest.mark.parametrize(
    ("mapping", "canonical", "local"),
    [
        (LINUX, "//filer/bake/a/b.exr", "/mnt/bake/a/b.exr"),
        (LINUX, "//filer/bake", "/mnt/bake"),
        (LINUX, "//filer/bake/archive/x", "/mnt/archive/x"),
        (LINUX, "//filer/bake/archives/x", "/mnt/bake/archives/x"),
        (LINUX, "P:/scene.max", "/mnt/p/scene.max"),
        (LINUX, "/projects/x", "/net/projects/x"),
        (LINUX, "/elsewhere/x", "/elsewhere/x"),
        (LINUX, "/projectsx/y", "/projectsx/y"),
        (LINUX, "/Projects/x", "/Projects/x"),
        (WINDOWS, "/projects/x", r"\\filer\projects\x"),
        (WINDOWS, "//old/share/x", r"S:\x"),
        (WINDOWS, "//old/share", "S:\\"),
        (WINDOWS, "//other/share/x", r"\\other\share\x"),
        (WINDOWS, "C:/textures/x", r"C:\textures\x"),
    ],
)
def test_the_longest_rule_at_a_folder_border_decides_in_both_directions(
    mapping: PathMapping, canonical: str, local: str
) -> None:
    assert mapping.to_local(canonical) == local
    assert mapping.to_canonical(local) == canonical


def test_windows_paths_compare_without_case_and_keep_their_own_spelling_below_the_rule() -> None:
    assert LINUX.to_local("//FILER/Bake/Stone.EXR") == "/mnt/bake/Stone.EXR"
    assert WINDOWS.to_canonical(r"\\Filer\PROJECTS\Stone") == "/projects/Stone"
    assert WINDOWS.to_canonical(r"s:\Stone") == "//old/share/Stone"


def test_sharp_s_is_not_taken_for_two_letters_as_unicode_case_folding_would() -> None:
    mapping = PathMapping([PathRule("//filer/strasse", "/mnt/strasse")], flavour="posix")
    with pytest.raises(PathMappingError):
        mapping.to_local("//filer/straße/x")


@pytest.mark.parametrize("flavour", ["posix", "windows"])
@given(tail=TAILS, data=st.data())
def test_a_canonical_path_survives_the_way_to_a_machine_and_back(
    flavour: Flavour, tail: list[str], data: st.DataObject
) -> None:
    root = data.draw(st.sampled_from(["//filer/bake", "/projects", "P:/"]))
    local = {"//filer/bake": "one", "/projects": "two", "P:/": "three"}
    start = "/mnt/" if flavour == "posix" else "D:\\mnt\\"
    mapping = PathMapping([PathRule(canonical, start + name) for canonical, name in local.items()], flavour=flavour)
    canonical = "/".join([root.rstrip("/"), *tail]) if tail else root
    assert mapping.to_canonical(mapping.to_local(canonical)) == canonical


@given(tail=TAILS)
def test_without_rules_a_path_of_the_own_flavour_is_itself(tail: list[str]) -> None:
    for flavour, root in (("posix", "/data"), ("windows", "//filer/data"), ("windows", "C:/data")):
        mapping = PathMapping(flavour=flavour)  # type: ignore[arg-type]
        canonical = "/".join([root, *tail])
        assert mapping.to_canonical(mapping.to_local(canonical)) == canonical


@pytest.mark.parametrize("canonical", ["//filer/bake/x", "C:/x"])
def test_a_windows_path_without_a_rule_is_refused_on_posix_with_the_setting_to_change(canonical: str) -> None:
    with pytest.raises(PathMappingError, match="path_rules"):
        PathMapping([PathRule("//filer/other", "/mnt/other")], flavour="posix").to_local(canonical)


def test_a_posix_path_without_a_rule_is_refused_on_windows() -> None:
    with pytest.raises(PathMappingError, match="path_rules"):
        WINDOWS.to_local("/elsewhere/x")


def test_a_name_that_the_machine_cannot_have_is_refused_instead_of_becoming_two_folders() -> None:
    for name in ("a\\b", "what?", "dot."):
        with pytest.raises(PathMappingError):
            WINDOWS.to_local(f"/projects/{name}")


def test_a_share_that_another_rule_hides_is_refused_instead_of_reading_the_wrong_files() -> None:
    mapping = PathMapping([PathRule("//a/one", "/mnt"), PathRule("//a/two", "/mnt/sub")], flavour="posix")
    assert mapping.to_local("//a/one/file") == "/mnt/file"
    with pytest.raises(PathMappingError, match="sub"):
        mapping.to_local("//a/one/sub/file")


def test_two_names_of_one_share_are_allowed_and_the_first_one_comes_back() -> None:
    mapping = PathMapping([PathRule("//filer/x", "/mnt/x"), PathRule("//filer.lan/x", "/mnt/x")], flavour="posix")
    assert mapping.to_local("//filer.lan/x/f") == "/mnt/x/f"
    assert mapping.to_canonical("/mnt/x/f") == "//filer/x/f"


def test_one_canonical_folder_at_two_places_is_refused() -> None:
    with pytest.raises(PathMappingError, match="two local folders"):
        PathMapping([PathRule("//filer/x", "/mnt/x"), PathRule("//FILER/X", "/mnt/y")], flavour="posix")


@pytest.mark.parametrize("local", ["relative/x", r"\\filer\x", "C:\\x", "/mnt/../x"])
def test_a_local_path_of_another_flavour_or_not_absolute_is_refused(local: str) -> None:
    with pytest.raises(PathMappingError):
        LINUX.to_canonical(local)


def test_a_path_that_is_not_canonical_is_refused() -> None:
    for path in (r"\\filer\bake\x", "/projects//x", "/projects/../x", "x"):
        with pytest.raises(PathMappingError):
            LINUX.to_local(path)


def test_a_rule_with_a_relative_side_is_refused() -> None:
    with pytest.raises(ContractError, match="local"):
        PathRule("//filer/x", "mnt/x")
