"""What a node refuses before it starts anything, and that the answer says what to do."""

from __future__ import annotations

import dataclasses
import errno
import json
import shutil
from pathlib import Path
from unittest import mock

import pytest

from flatiron_tasks.contracts.job import Scene
from flatiron_tasks.contracts.layout import SUBFOLDERS
from tests.contract.node.bake import SCENE, Bake
from tests.unit.share.job_in_a_folder import HASH
from workers.node.exit_codes import NodeExit


def test_a_renderer_that_the_node_does_not_know_is_named_with_those_it_knows(tmp_path: Path) -> None:
    bake = Bake(tmp_path)
    bake.configure(name="3dsmax")
    assert bake.run() is NodeExit.RENDERER_UNKNOWN
    assert "'reference'" in bake.result().reason
    assert "3dsmax" in bake.result().reason
    assert "FLATIRON_NODE_CONFIG" in bake.result().advice


def test_a_job_cannot_bring_its_own_command(tmp_path: Path) -> None:
    bake = Bake(tmp_path)
    description = json.loads(bake.folder.description.read_text("utf-8"))
    description["renderer"]["command"] = ["sh", "-c", "id"]
    bake.folder.description.write_text(json.dumps(description), "utf-8")
    assert bake.run() is NodeExit.JOB_DESCRIPTION
    assert bake.has_no_piece()


def test_a_renderer_that_is_not_installed_is_the_nodes_fault(tmp_path: Path) -> None:
    bake = Bake(tmp_path)
    configuration = json.loads(bake.configuration.read_text("utf-8"))
    configuration["renderers"][0]["command"][0] = str(tmp_path / "no-such-program")
    bake.configuration.write_text(json.dumps(configuration), "utf-8")
    assert bake.run() is NodeExit.NODE_CONFIGURATION
    assert bake.result().failure_class == "node"
    assert bake.has_no_piece()


@pytest.mark.parametrize("text", ["", "{}", '{"schema_version": 1, "renderer": []}'])
def test_a_wrong_configuration_is_refused_by_name(tmp_path: Path, text: str) -> None:
    bake = Bake(tmp_path)
    bake.configuration.write_text(text)
    assert bake.run() is NodeExit.NODE_CONFIGURATION
    assert str(bake.configuration) in bake.result().reason + bake.result().advice


def test_a_task_number_that_the_job_does_not_have_is_refused(tmp_path: Path) -> None:
    bake = Bake(tmp_path)
    assert [bake.run(task=number) for number in (0, 3, -1)] == [NodeExit.USAGE] * 3
    assert bake.has_no_piece()


def test_a_copy_of_a_job_under_another_name_is_not_a_job(tmp_path: Path) -> None:
    bake = Bake(tmp_path)
    bake.folder.path.rename(tmp_path / "share" / "copy")
    bake.folder = type(bake.folder)(tmp_path / "share" / "copy")
    assert bake.run() is NodeExit.JOB_DESCRIPTION


def test_a_job_that_is_gone_and_a_share_that_is_gone_are_told_apart(tmp_path: Path) -> None:
    bake = Bake(tmp_path)
    shutil.rmtree(bake.folder.path)
    assert bake.run() is NodeExit.REVOKED
    shutil.rmtree(tmp_path / "share")
    assert bake.run() is NodeExit.SHARE
    assert not (tmp_path / "share").exists()


def test_a_scene_that_is_missing_or_changed_since_submission_is_refused(tmp_path: Path) -> None:
    bake = Bake(tmp_path)
    (bake.folder.scene / "wall.glb").write_bytes(b"another scene")
    assert bake.run() is NodeExit.SCENE
    assert bake.result().failure_class == "scene"


def test_a_scene_that_changed_but_kept_its_size_is_refused_before_anything_starts(tmp_path: Path) -> None:
    bake = Bake(tmp_path)
    (bake.folder.scene / "wall.glb").write_bytes(b"SCENE")
    assert bake.run() is NodeExit.SCENE
    assert "SHA-256" in bake.result().reason
    assert not list(bake.folder.logs.glob("*.log"))


def test_a_scene_outside_the_job_folder_that_changed_but_kept_its_size_is_refused(tmp_path: Path) -> None:
    bake = Bake(tmp_path)
    scene = tmp_path / "wall.glb"
    scene.write_bytes(b"SCENE")
    job = dataclasses.replace(bake.job, scene=dataclasses.replace(bake.job.scene, path=str(scene), copied=False))
    bake.folder.description.write_text(job.to_json(), "utf-8")
    assert bake.run() is NodeExit.SCENE
    scene.write_bytes(SCENE)
    assert bake.run() is NodeExit.DONE


@pytest.mark.parametrize("name", SUBFOLDERS)
def test_a_node_writes_nothing_through_a_link_in_the_job_folder(tmp_path: Path, name: str) -> None:
    bake = Bake(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    shutil.rmtree(bake.folder.path / name)
    (bake.folder.path / name).symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    assert bake.run() is NodeExit.SHARE
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_scene_on_a_share_without_a_path_rule_is_refused_with_the_setting_to_change(tmp_path: Path) -> None:
    bake = Bake(tmp_path)
    job = dataclasses.replace(bake.job, scene=Scene("//filer/scenes/wall.max", copied=False, size=5, sha256=HASH))
    bake.folder.description.write_text(job.to_json(), "utf-8")
    assert bake.run() is NodeExit.NODE_CONFIGURATION
    assert "path_rules" in bake.result().reason + bake.result().advice


def test_a_share_that_cannot_be_written_is_reported_and_not_a_fault(tmp_path: Path) -> None:
    bake = Bake(tmp_path)
    with mock.patch("os.mkdir", side_effect=OSError(errno.ENOSPC, "No space left on device")):
        assert bake.run() is NodeExit.SHARE
    assert bake.result().failure_class == "share"
