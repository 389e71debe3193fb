"""The command line belongs to the node, and its configuration is read strictly."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from flatiron_tasks.contracts.errors import SettingsError
from workers.node.built_in_profiles import MAX_BATCH, REFERENCE
from workers.node.configuration import BUILT_IN, CONFIGURATION_VARIABLE, NodeConfiguration, load_configuration

VALID: dict[str, Any] = {
    "schema_version": 1,
    "path_rules": [{"canonical": "//filer/bake", "local": "/mnt/bake"}],
    "renderers": [
        {
            "name": "3dsmax",
            "command": ["3dsmaxbatch", "bake.py", "-mxsString", "task:{task}"],
            "trust_exit_code": False,
            "clean_python_environment": True,
        }
    ],
    "environment": {"ADSK_LICENSE": "x"},
    "no_progress_seconds": 900,
}
SYMPTOM = {"pattern": "x", "failure_class": "node", "advice": "", "ends_renderer_after_seconds": 0}


def load(tmp_path: Path, data: object) -> NodeConfiguration:
    path = tmp_path / "node.json"
    path.write_text(json.dumps(data), "utf-8")
    return load_configuration({CONFIGURATION_VARIABLE: str(path)})


def changed(**changes: Any) -> dict[str, Any]:
    return VALID | changes


def test_without_a_file_the_built_in_profiles_are_known_and_nothing_else() -> None:
    assert load_configuration({}) is BUILT_IN
    assert [renderer.name for renderer in BUILT_IN.renderers] == ["reference", "3dsmaxbatch", "3dsmaxcmd"]


def test_a_file_from_before_the_profiles_keeps_its_meaning(tmp_path: Path) -> None:
    renderer = load(tmp_path, VALID).renderer("3dsmax")
    assert renderer.command == ("3dsmaxbatch", "bake.py", "-mxsString", "task:{task}")
    assert renderer == dataclasses.replace(
        REFERENCE,
        name=renderer.name,
        command=renderer.command,
        trust_exit_code=False,
        clean_python_environment=True,
    )
    assert load(tmp_path, VALID).no_progress_limit(renderer) == 900


def test_an_entry_takes_a_built_in_profile_and_changes_what_it_names(tmp_path: Path) -> None:
    entry = {"base": "3dsmaxbatch", "name": "max-nightly", "no_progress_seconds": 60}
    configuration = load(tmp_path, changed(renderers=[entry, {"base": "reference"}]))
    expected = dataclasses.replace(MAX_BATCH, name="max-nightly", no_progress_seconds=60)
    assert configuration.renderers == (expected, REFERENCE)
    assert configuration.no_progress_limit(expected) == 60
    assert NodeConfiguration.from_json(configuration.to_json(), source="x") == configuration


def test_variables_that_mislead_3ds_max_are_removed_where_the_node_says_so(tmp_path: Path) -> None:
    configuration = load(tmp_path, VALID)
    inherited = {"PATH": "/bin", "PYTHONPATH": "/x", "VIRTUAL_ENV": "/v", "PythonHome": "/h"}
    foreign = configuration.environment_for(configuration.renderer("3dsmax"), inherited)
    assert foreign == {"PATH": "/bin", "ADSK_LICENSE": "x"}
    assert BUILT_IN.environment_for(BUILT_IN.renderers[0], inherited) == inherited


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (changed(renderes=[]), "renderes"),
        (changed(renderers=[]), "renderers"),
        (changed(renderers=VALID["renderers"] * 2), "renderers"),
        (changed(renderers=[VALID["renderers"][0] | {"command": ["bake"]}]), "{task}"),
        (changed(environment={"A": 1}), "environment.A"),
        (changed(environment={"A=B": "1"}), "environment.A=B"),
        (changed(no_progress_seconds=0), "no_progress_seconds"),
        (changed(path_rules=[{"canonical": "filer", "local": "/mnt"}]), "canonical"),
        (changed(schema_version=2), "schema_version"),
        (changed(renderers=[{"base": "3dsmaxbatc"}]), "3dsmaxbatch"),
        (changed(renderers=[{"base": 1}]), "base"),
        (changed(renderers=[{"base": "reference", "hangs": 1}]), "hangs"),
        (changed(renderers=[{"base": "reference", "max_program": "3dsmaxcmd.exe"}]), "max_program"),
        (changed(renderers=[{"base": "reference", "progress_pattern": "("}]), "progress_pattern"),
        (changed(renderers=[{"base": "reference", "code_pages": ["cp9999"]}]), "cp9999"),
        (changed(renderers=[{"base": "reference", "symptoms": [SYMPTOM | {"pattern": "["}]}]), "pattern"),
        (changed(renderers=[{"base": "reference", "symptoms": [SYMPTOM | {"failure_class": "x"}]}]), "failure_class"),
        (changed(renderers=["reference"]), "renderers"),
    ],
)
def test_a_wrong_key_is_refused_by_name(tmp_path: Path, data: dict[str, Any], named: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, data)
    assert named in str(caught.value)


def test_a_key_that_stands_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "node.json"
    path.write_text(json.dumps(VALID).replace('"path_rules"', '"schema_version": 1, "path_rules"'), "utf-8")
    with pytest.raises(SettingsError, match="twice"):
        load_configuration({CONFIGURATION_VARIABLE: str(path)})


def test_a_file_that_is_not_there_is_refused_and_not_taken_for_the_built_in_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"gone\.json"):
        load_configuration({CONFIGURATION_VARIABLE: str(tmp_path / "gone.json")})
