"""The node program with the built-in profile of 3dsmaxbatch, as it stands, and a stand-in of that program."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from flatiron_tasks.contracts.document import Scalar
from flatiron_tasks.contracts.job import BakeObject
from tests.contract.node.bake import Bake, Clock
from workers.node.attempt import Node
from workers.node.build import build_node_program
from workers.node.configuration import CONFIGURATION_VARIABLE
from workers.node.exit_codes import NodeExit
from workers.node.program import run_task

STAND_IN = Path(__file__).with_name("stand_in_3dsmaxbatch.py")
CLEAN_RUN = -130 & 0xFF  # as POSIX shows it


class MaxBake(Bake):
    """A job for 3ds Max: one strip, and a node with 3ds Max 2026."""

    def __init__(self, root: Path, **options: Scalar) -> None:
        super().__init__(root)
        renderer = dataclasses.replace(self.job.renderer, name="3dsmaxbatch", options={"max_version": 2026, **options})
        self.change(strips=1, renderer=renderer)
        self.configuration.write_text(
            json.dumps(
                {
                    "schema_version": 1,
                    "path_rules": [],
                    "renderers": [{"base": "3dsmaxbatch"}],
                    "environment": {},
                    "no_progress_seconds": 60,
                }
            ),
            "utf-8",
        )
        self.max_folder = root / "3ds Max 2026"
        self.install("3dsmaxbatch.exe")

    def change(self, **changes: object) -> None:
        self.job = dataclasses.replace(self.job, **changes)  # type: ignore[arg-type]
        self.folder.description.write_text(self.job.to_json(), "utf-8")

    def install(self, program: str) -> None:
        self.max_folder.mkdir(exist_ok=True)
        path = self.max_folder / program
        path.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{STAND_IN}" "$@"\n')
        path.chmod(0o755)

    @property
    def environment(self) -> dict[str, str]:
        misleading = {"PYTHONHOME": "/nowhere", "VIRTUAL_ENV": "/nowhere"}
        return {**super().environment, "ADSK_3DSMAX_x64_2026": str(self.max_folder), **misleading}

    def run_while(self, condition: Callable[[], bool], *, jump_s: float) -> NodeExit:
        """Run with a clock that jumps as soon as the condition holds."""
        node = Node(host="node-7", environment=self.environment, clock=Clock(jump_s=jump_s, when=condition))
        return run_task(self.folder.description, 1, node)

    def has_said(self, text: str) -> bool:
        """Whether a log in the work folder holds a text."""
        return any(text in path.read_bytes().decode("cp932") for path in self.folder.work.glob("*/max.log"))


def test_pieces_and_receipts_appear_in_spite_of_an_exit_code_that_means_nothing(tmp_path: Path) -> None:
    bake = MaxBake(tmp_path)
    assert bake.run() is NodeExit.DONE, bake.result()
    assert [(receipt.element, receipt.renderer, receipt.exit_code) for receipt in bake.receipts()] == [
        ("CompleteMap", "3dsmaxbatch", CLEAN_RUN),
        ("NormalsMap", "3dsmaxbatch", CLEAN_RUN),
    ]
    assert list(bake.folder.work.iterdir()) == []


def test_the_log_holds_what_3ds_max_wrote_in_utf_16_and_in_its_code_page(tmp_path: Path) -> None:
    bake = MaxBake(tmp_path)
    bake.run()
    log = bake.log()
    assert "--- listener.log ---\n3ds Max Batch" in log
    assert "INF: マテリアル" in log
    assert "INF: flatiron: 0/1 Wall: CompleteMap, NormalsMap" in log
    assert "\x00" not in log


def test_it_works_from_the_packed_program(tmp_path: Path) -> None:
    bake = MaxBake(tmp_path)
    bake.folder.node_program.write_bytes(build_node_program())
    kept = {name: os.environ[name] for name in ("PATH",) if name in os.environ}
    environment = kept | {name: bake.environment[name] for name in (CONFIGURATION_VARIABLE, "ADSK_3DSMAX_x64_2026")}
    command = [sys.executable, "-I", "-S", str(bake.folder.node_program)]
    arguments = ["--job", str(bake.folder.description), "--task", "1"]
    done = subprocess.run([*command, *arguments], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == NodeExit.DONE, done.stderr
    assert len(bake.receipts()) == 2


def test_3dsmaxcmd_bakes_before_it_renders_an_image_that_nobody_reads(tmp_path: Path) -> None:
    bake = MaxBake(tmp_path)
    bake.install("3dsmaxcmd.exe")
    bake.change(renderer=dataclasses.replace(bake.job.renderer, name="3dsmaxcmd"))
    configuration = bake.configuration.read_text("utf-8").replace("3dsmaxbatch", "3dsmaxcmd")
    bake.configuration.write_text(configuration, "utf-8")
    assert bake.run() is NodeExit.DONE, bake.result()
    assert [receipt.renderer for receipt in bake.receipts()] == ["3dsmaxcmd"] * 2


def test_a_plug_in_that_waits_for_a_licence_is_killed_and_named(tmp_path: Path) -> None:
    bake = MaxBake(tmp_path, trouble="licence")
    assert bake.run_while(lambda: bake.has_said("waiting"), jump_s=250) is NodeExit.NO_PROGRESS
    assert bake.result().failure_class == "licence"
    assert "Could not obtain a license" in bake.result().reason
    assert bake.has_no_piece()


def test_a_dialog_that_nobody_sees_ends_as_no_progress(tmp_path: Path) -> None:
    bake = MaxBake(tmp_path, trouble="hang")
    assert bake.run_while(lambda: bake.has_said("マテリアル"), jump_s=50) is NodeExit.NO_PROGRESS
    assert bake.result().failure_class == "no-progress"
    assert "60 seconds" in bake.result().reason
    assert bake.has_no_piece()


def test_a_traceback_with_exit_code_0_is_a_failure(tmp_path: Path) -> None:
    bake = MaxBake(tmp_path, trouble="traceback")
    assert bake.run() is NodeExit.RENDERER_FAILED
    result = bake.result()
    assert (result.succeeded, result.exit_code) == (False, 0)
    assert "without a result" in result.reason
    assert "There is no 3ds Max" in bake.log()
    assert bake.has_no_piece()


def test_an_error_inside_3ds_max_comes_out_as_its_own_words(tmp_path: Path) -> None:
    bake = MaxBake(tmp_path, trouble="traceback in render")
    assert bake.run() is NodeExit.RENDERER_FAILED
    assert "RuntimeError inside 3ds Max: an exception in the renderer" in bake.result().reason
    assert bake.has_no_piece()


def test_images_without_a_result_are_no_success(tmp_path: Path) -> None:
    bake = MaxBake(tmp_path, trouble="result is lost")
    assert bake.run() is NodeExit.RENDERER_FAILED
    assert "without a result" in bake.result().reason
    assert bake.has_no_piece()


def test_a_scene_failure_keeps_its_class(tmp_path: Path) -> None:
    bake = MaxBake(tmp_path, renderer_class="Default")
    bake.change(objects=(BakeObject("Floor", 0, 1),), masks=())
    assert bake.run() is NodeExit.RENDERER_FAILED
    assert (bake.result().failure_class, bake.result().reason) == ("scene", "There is no object 'Floor' in the scene.")


def test_strips_are_refused_with_the_reason_before_3ds_max_starts(tmp_path: Path) -> None:
    bake = MaxBake(tmp_path)
    bake.change(strips=2)
    assert bake.run() is NodeExit.JOB_DESCRIPTION
    assert "whole maps" in bake.result().reason
    assert "one strip" in bake.result().advice
    assert not list(bake.folder.logs.glob("*.log"))


def test_several_objects_in_one_image_are_refused_with_the_way_out(tmp_path: Path) -> None:
    bake = MaxBake(tmp_path)
    bake.change(mode="single", objects=(BakeObject("Wall", 0, 1), BakeObject("Floor", 0, 1)), masks=())
    assert bake.run() is NodeExit.JOB_DESCRIPTION
    assert "2 objects" in bake.result().reason
    assert "Multi Pass" in bake.result().advice


def test_a_single_pass_of_one_object_is_not_refused(tmp_path: Path) -> None:
    bake = MaxBake(tmp_path)
    bake.change(mode="single", masks=())
    assert bake.run() is NodeExit.DONE


def test_a_node_without_3ds_max_says_where_it_looked(tmp_path: Path) -> None:
    bake = MaxBake(tmp_path, max_version=2027)
    assert bake.run() is NodeExit.NODE_CONFIGURATION
    assert "3ds Max 2027 or later is not on this node" in bake.result().reason
    assert "Versions found: 2026" in bake.result().reason
    assert bake.result().failure_class == "node"
