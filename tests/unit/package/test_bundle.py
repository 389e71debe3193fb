"""What is in the bundle: everything that is needed, nothing twice, nothing compiled, the same bytes every time."""

from __future__ import annotations

import hashlib
import re
import zipfile
from pathlib import Path

import pytest
from defusedxml import ElementTree

from flatiron_tasks import __version__
from flatiron_tasks.contracts.errors import BadInputError
from max_submitter.maxscript import flatiron_ms
from tests.unit.package.deployed import DEPLOY, build_package
from workers.node.build import build_node_program

ROLES = {"macroscripts parts": ".mcr", "post-start-up scripts parts": ".ms"}
GUID = r"\{[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12}\}"


def files_of(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_the_package_file_keeps_autodesks_rules(bundle: Path) -> None:
    """help.autodesk.com, MAXDEV-Developer, "PackageContents.xml format"."""
    package = ElementTree.fromstring((bundle / "PackageContents.xml").read_bytes())
    assert package.tag == "ApplicationPackage"
    assert package.get("AutodeskProduct") == "3ds Max"
    assert package.get("ProductType") == "Application"
    assert package.get("AppVersion") == __version__
    assert re.fullmatch(GUID, package.get("UpgradeCode") or "")
    assert package.find("CompanyDetails") is not None
    parts = package.findall("Components")
    assert {part.get("Description") for part in parts} == set(ROLES)
    for part in parts:
        needs = part.find("RuntimeRequirements")
        assert needs is not None
        assert needs.attrib == {"OS": "Win64", "Platform": "3ds Max", "SeriesMin": "2024", "SeriesMax": "2027"}
        (entry,) = part.findall("ComponentEntry")
        name = entry.get("ModuleName") or ""
        assert name.startswith("./Contents/")
        assert name.endswith(ROLES[part.get("Description") or ""])
        assert (bundle / name).is_file()


def test_the_id_under_which_later_versions_replace_this_one_never_changes(bundle: Path) -> None:
    text = (bundle / "PackageContents.xml").read_text("utf-8")
    assert 'UpgradeCode="{836F3158-B26E-40A1-8245-C18BB71A5DBF}"' in text


def test_everything_that_the_panel_needs_is_there(bundle: Path) -> None:
    assert (bundle / "Contents/python/max_submitter/node.pyz").read_bytes() == build_node_program()
    assert (bundle / "Contents/startup/flatiron.ms").read_text("ascii") == flatiron_ms()
    for name in ("flatiron_tasks/pipeline/plan.py", "max_submitter/start.py", "max_submitter/panel/dock.py"):
        assert (bundle / "Contents/python" / name).is_file()
    assert (bundle / "Contents/probe/flatiron_max_probe.py").is_file()
    assert (bundle / "LICENSE").is_file()


def test_pythons_first_folder_holds_our_packages_alone(bundle: Path) -> None:
    """It stands before everything of 3ds Max on the path: another name in it would hide one of theirs."""
    assert {path.name for path in (bundle / "Contents/python").iterdir()} == {"flatiron_tasks", "max_submitter"}


def test_workers_and_imaging_stay_on_the_farm(bundle: Path) -> None:
    tops = {path.name for path in (bundle / "Contents/python/flatiron_tasks").iterdir()}
    assert tops == {"__init__.py", "contracts", "pipeline", "share"}


def test_every_vendored_package_is_pinned_with_its_licence_and_in_the_bundle(bundle: Path) -> None:
    text = (DEPLOY / "vendored.txt").read_text("utf-8")
    pinned = dict(re.findall(r"^([a-z-]+)==(\S+) --hash=sha256:[0-9a-f]{64}$", text, re.M))
    assert len(pinned) == len([line for line in text.splitlines() if line and not line.startswith("#")])
    infos = sorted((bundle / "Contents/vendored").glob("*.dist-info"))
    shipped = {info.name.removesuffix(".dist-info").replace("_", "-").rsplit("-", 1)[0] for info in infos}
    assert shipped == set(pinned)
    for info in infos:
        assert [path for path in info.rglob("*") if path.name.startswith("LICENSE")], info.name
    for name in pinned:
        assert re.search(rf"^# {name} +(MIT|BSD-3-Clause|Apache-2\.0)", text, re.M), name


def test_the_versions_are_those_that_the_workers_run(bundle: Path) -> None:
    project = (DEPLOY.parents[1] / "pyproject.toml").read_text("utf-8")
    pins = dict(re.findall(r"^(celery|kombu|redis)==(\S+) ", (DEPLOY / "vendored.txt").read_text("utf-8"), re.M))
    assert f'"celery=={pins["celery"]}"' in project
    assert f'"kombu[redis]=={pins["kombu"]}"' in project
    assert f'"redis>={pins["redis"].rsplit(".", 1)[0]},' in project


def test_nothing_is_compiled_and_no_name_is_too_long_for_windows(bundle: Path) -> None:
    names = files_of(bundle)
    assert not [name for name in names if Path(name).suffix in {".so", ".pyd", ".dll", ".exe", ".pyc"}]
    longest = max(len(name) for name in names)
    assert longest + len(r"C:\Users\somebody.with.a.long.name\AppData\Roaming\Autodesk\ApplicationPlugins\x") < 250


def test_equal_sources_give_equal_bytes(bundle: Path, wheels: Path, tmp_path: Path) -> None:
    again, zipped = build_package().build(tmp_path, wheels)
    assert files_of(again) == files_of(bundle)
    assert {name: (again / name).read_bytes() for name in files_of(again)} == {
        name: (bundle / name).read_bytes() for name in files_of(bundle)
    }
    assert (
        hashlib.sha256(zipped.read_bytes()).digest()
        == hashlib.sha256((bundle.parent / zipped.name).read_bytes()).digest()
    )


def test_the_zip_holds_the_folder_and_its_installer(bundle: Path) -> None:
    (zipped,) = bundle.parent.glob("*.zip")
    with zipfile.ZipFile(zipped) as archive:
        assert archive.testzip() is None
        names = set(archive.namelist())
    inside = {f"FlatironNetworkRendering/{name}" for name in files_of(bundle)}
    assert names == inside | {"README.md", "install.ps1", "uninstall.ps1"}


def test_building_again_leaves_nothing_of_an_older_build(wheels: Path, tmp_path: Path) -> None:
    stale = tmp_path / "FlatironNetworkRendering/Contents/python/gone.py"
    stale.parent.mkdir(parents=True)
    stale.write_text("old", "utf-8")
    build_package().build(tmp_path, wheels)
    assert not stale.exists()


@pytest.mark.parametrize(
    ("name", "inside"),
    [
        ("fast-1.0-cp311-cp311-win_amd64.whl", "fast/__init__.py"),
        ("fast-1.0-py3-none-any.whl", "fast/_speedups.pyd"),
        ("fast-1.0-py3-none-any.whl", "fast-1.0.data/scripts/fast"),
    ],
)
def test_a_wheel_that_is_not_pure_python_is_refused(tmp_path: Path, name: str, inside: str) -> None:
    with zipfile.ZipFile(tmp_path / name, "w") as archive:
        archive.writestr(inside, "")
    with pytest.raises(BadInputError):
        list(build_package().wheel_files(tmp_path / name))


def test_two_packages_with_one_file_are_refused(tmp_path: Path) -> None:
    for name in ("a-1.0-py3-none-any.whl", "b-1.0-py3-none-any.whl"):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr("shared.py", "")
    with pytest.raises(BadInputError, match=r"shared\.py"):
        build_package().bundle_files(sorted(tmp_path.glob("*.whl")))
