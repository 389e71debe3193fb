"""What a job says never becomes part of a command line: it stands in the task file, which renderers read as data."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flatiron_tasks.contracts.node_task import NodeTask, TaskObject, TaskOutput
from tests.contract.node.bake import Bake
from workers.node import launch
from workers.node.built_in_profiles import REFERENCE
from workers.node.configuration import BUILT_IN
from workers.node.exit_codes import NodeExit

EVIL = ("--help", "-o/etc/passwd", "; id", "$(id)", "{task}", "{scene}", "%TEMP%", "`id`", '"', "' -x '", "\n-x")
texts = st.one_of(st.sampled_from(EVIL), st.text(max_size=20))


class BareMachine:
    """Implements `Lookup`: nothing is installed."""

    def variable(self, name: str) -> str:
        del name
        return ""

    def registry(self, key: str, value: str) -> str:
        del key, value
        return ""

    def is_file(self, path: Path) -> bool:
        del path
        return False


def _task(name: str, element: str, options: dict[str, object]) -> NodeTask:
    return NodeTask(
        schema_version=1,
        job_id="20260131-142501-7f3a9c0d",
        task=1,
        pass_index=0,
        strip=0,
        attempt="019c1234abcd-0a1b2c3d",
        scene="/share/scene.glb",
        objects=(TaskObject(name, 1),),
        map_index=0,
        frame=0,
        outputs=(TaskOutput(element, "color", 8, 8, 0, 8, "half", "/share/out.exr"),),
        options=options,  # type: ignore[arg-type]
    )


@settings(max_examples=40)
@given(name=texts, element=texts, key=texts, value=st.one_of(texts, st.integers(), st.booleans()))
def test_the_command_line_is_the_same_whatever_a_job_asks_for(
    tmp_path_factory: pytest.TempPathFactory, name: str, element: str, key: str, value: object
) -> None:
    work = tmp_path_factory.mktemp("work")
    start = launch.prepare(
        REFERENCE, BUILT_IN, _task(name, element, {key: value}), work=work, inherited={}, lookup=BareMachine()
    )
    assert start.command == tuple(
        argument.replace("{task}", str(work / launch.TASK_FILE)) for argument in REFERENCE.command
    )


@pytest.mark.parametrize("key", ["command", "executable", "environment", "path", "arguments", "renderers"])
def test_an_option_with_the_name_of_a_profiles_key_changes_no_profile(tmp_path: Path, key: str) -> None:
    plain = Bake(tmp_path / "plain")
    assert plain.run() is NodeExit.DONE
    asking = Bake(tmp_path / "asking", **{key: f"touch {tmp_path / 'owned'}"})
    assert asking.run() is NodeExit.DONE
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize("renderer", ["../reference", "reference; id", "/bin/sh", "REFERENCE", "", "a" * 200])
def test_a_renderer_is_a_profile_of_the_node_or_nothing(tmp_path: Path, renderer: str) -> None:
    bake = Bake(tmp_path)
    description = json.loads(bake.folder.description.read_text("utf-8"))
    description["renderer"]["name"] = renderer
    bake.folder.description.write_text(json.dumps(description), "utf-8")
    assert bake.run() in (NodeExit.JOB_DESCRIPTION, NodeExit.RENDERER_UNKNOWN)
    assert bake.has_no_piece()
