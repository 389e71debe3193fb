"""Command lines and environments of the built-in profiles, to the letter."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from flatiron_tasks.contracts.node_task import NodeTask, TaskObject, TaskOutput
from tests.unit.node.test_max_installations import machine
from tests.unit.share.job_in_a_folder import ATTEMPT, JOB_ID
from workers.node.built_in_profiles import MAX_BATCH, MAX_CMD, REFERENCE
from workers.node.configuration import BUILT_IN
from workers.node.launch import Launch, prepare, program_root
from workers.node.max_scripts import BAKE_SCRIPT, PRE_RENDER_SCRIPT
from workers.node.profile import NodeRenderer

MAX = "C:/Program Files/Autodesk/3ds Max 2026"


def task(work: Path) -> NodeTask:
    output = TaskOutput("CompleteMap", "color", 8, 8, 0, 8, "half", str(work / "a.exr"))
    objects = (TaskObject("Wall", 1),)
    scene = "//filer/a b/{task}.max"
    return NodeTask(1, JOB_ID, 1, 0, 0, ATTEMPT, scene, objects, 0, 17, (output,), {"max_version": 2026})


def launch(renderer: NodeRenderer, work: Path) -> Launch:
    inherited = {"PATH": "x", "PYTHONPATH": "y", "VIRTUAL_ENV": "z"}
    lookup = machine(2025, 2026, programs=("3dsmaxbatch.exe", "3dsmaxcmd.exe"))
    lookup.variables["LOCALAPPDATA"] = "C:/Users/render/AppData/Local"
    return prepare(renderer, BUILT_IN, task(work), work=work, inherited=inherited, lookup=lookup)


def test_the_command_line_of_3dsmaxbatch(tmp_path: Path) -> None:
    started = launch(MAX_BATCH, tmp_path)
    assert started.command == (
        f"{MAX}/3dsmaxbatch.exe",
        f"{tmp_path}/flatiron_bake.py",
        "-dm",
        "on",
        "-v",
        "5",
        "-mxsString",
        f"flatiron_task:{tmp_path}/task.json",
        "-listenerLog",
        f"{tmp_path}/listener.log",
        "-log",
        f"{tmp_path}/max.log",
    )
    assert started.logs == (tmp_path / "listener.log", tmp_path / "max.log")
    assert started.environment == {
        "PATH": "x",
        "FLATIRON_PROGRAM": str(program_root()),
        "FLATIRON_TASK": f"{tmp_path}/task.json",
        "FLATIRON_BAKE_SCRIPT": f"{tmp_path}/flatiron_bake.py",
    }
    assert (tmp_path / "flatiron_bake.py").read_text("utf-8") == BAKE_SCRIPT
    assert NodeTask.from_json((tmp_path / "task.json").read_bytes(), source="task") == task(tmp_path)


def test_the_command_line_of_3dsmaxcmd(tmp_path: Path) -> None:
    started = launch(MAX_CMD, tmp_path)
    assert started.command == (
        f"{MAX}/3dsmaxcmd.exe",
        f"-preRenderScript:{tmp_path}/flatiron_pre_render.ms",
        "-start:17",
        "-end:17",
        "-w:16",
        "-h:16",
        f"-outputName:{tmp_path}/unused.tga",
        "//filer/a b/{task}.max",
    )
    assert started.logs == (Path("C:/Users/render/AppData/Local/Autodesk/3dsMax/2026 - 64bit/ENU/Network/Max.log"),)
    assert started.environment["FLATIRON_SCENE_IS_OPEN"] == "1"
    assert (tmp_path / "flatiron_pre_render.ms").read_text("utf-8") == PRE_RENDER_SCRIPT
    assert (tmp_path / "flatiron_bake.py").read_text("utf-8") == BAKE_SCRIPT


def test_the_reference_renderer_gets_its_task_and_an_unchanged_environment(tmp_path: Path) -> None:
    started = launch(REFERENCE, tmp_path)
    assert started.command[1:] == ("-m", "workers.reference_renderer", f"{tmp_path}/task.json")
    assert started.environment == {"PATH": "x", "PYTHONPATH": "y", "VIRTUAL_ENV": "z"}
    assert started.logs == ()


@pytest.mark.parametrize("text", ["{nothing}", "a{", "}{task", '{"json": {}}'])
def test_braces_that_are_no_placeholder_stay(tmp_path: Path, text: str) -> None:
    renderer = dataclasses.replace(REFERENCE, command=("x", "{task}", text))
    assert launch(renderer, tmp_path).command[-1] == text
