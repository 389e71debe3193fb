"""The probe asks everything, never stops, and never takes its own mistakes for facts about 3ds Max."""

from __future__ import annotations

import ast
import json
import os
import re
import site
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from max_submitter.node_program import VARIABLE
from max_submitter.scene.assumptions import ASSUMPTIONS
from max_submitter.testing.fake_runtime_artist import FakeArtistPymxs, FakeArtistRuntime
from max_submitter.testing.fake_runtime_baking import BakedImage
from tests.unit.node.exr_files import exr_bytes
from tests.unit.package.deployed import DEPLOY, load, probe_module
from workers.node.build import build_node_program
from workers.node.max_bake.beliefs import BELIEFS

hands = probe_module("hands")
asking = probe_module("asking")
run = probe_module("run")
ALL = [belief.id for belief in (*ASSUMPTIONS, *BELIEFS, *hands.PACKAGE, *hands.OPEN)]

CONFIRMED_BY_THE_FAKE = {
    *(f"MAX-{number:02}" for number in (1, 2, 3, 4, 5, 6, 7, 12, 13, 14, 15, 19, 20)),
    *("BAKE-03", "BAKE-06", "BAKE-07", "BAKE-09", "BAKE-13", "BAKE-14"),
    *("PACK-08", "OPEN-08"),
}
"""What the fake models as we believe it; if one of these is not confirmed, the question itself is wrong."""


def write_image(image: BakedImage) -> None:
    pixel_type = "float" if image.exr.layer_format == 0 else "half"
    image.path.write_bytes(exr_bytes(image.width, image.height, 0, image.height, pixel_type=pixel_type))


@pytest.fixture
def pymxs() -> FakeArtistPymxs:
    runtime = FakeArtistRuntime()
    runtime.is_batch = True
    runtime.write_image = write_image
    return FakeArtistPymxs(runtime)


@pytest.fixture(autouse=True)
def node_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    program = tmp_path / "node.pyz"
    program.write_bytes(build_node_program())
    monkeypatch.setenv(VARIABLE, str(program))
    monkeypatch.setattr(sys, "path", list(sys.path))
    return iter([None])


def answers(pymxs: FakeArtistPymxs, folder: Path) -> dict[str, Any]:
    path = run.main(pymxs, folder, contents=None, python_path=(site.getusersitepackages(),))
    document = json.loads(path.read_text("utf-8"))
    assert isinstance(document, dict)
    return document


def test_every_belief_is_answered_and_none_is_refuted_by_the_fake(pymxs: FakeArtistPymxs, tmp_path: Path) -> None:
    found = answers(pymxs, tmp_path)["answers"]
    assert list(found) == ALL
    assert {name: answer for name, answer in found.items() if answer["verdict"] == "refuted"} == {}
    confirmed = {name for name, answer in found.items() if answer["verdict"] == "confirmed"}
    assert {name: found[name]["evidence"] for name in CONFIRMED_BY_THE_FAKE - confirmed} == {}
    assert all(answer["evidence"] for answer in found.values())


def test_the_contract_of_the_scene_port_is_in_the_answers(pymxs: FakeArtistPymxs, tmp_path: Path) -> None:
    outcomes = answers(pymxs, tmp_path)["scene_contract"]
    assert len(outcomes) > 30
    assert [item for item in outcomes if item["sentence"]] == []


def test_what_3ds_max_does_not_know_is_no_answer_and_stops_nothing(
    pymxs: FakeArtistPymxs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object, **__: object) -> None:
        raise SystemError("Unknown exception")

    monkeypatch.setattr(pymxs.runtime, "Plane", breaks, raising=False)
    document = answers(pymxs, tmp_path)
    assert document["answers"]["MAX-01"]["verdict"] == "unknown"
    assert "SystemError: Unknown exception" in document["answers"]["MAX-01"]["evidence"]
    assert list(document["answers"]) == ALL


def test_a_belief_that_is_wrong_is_refuted_with_evidence(pymxs: FakeArtistPymxs, tmp_path: Path) -> None:
    pymxs.runtime.copy = lambda material: material  # type: ignore[method-assign]
    answer = answers(pymxs, tmp_path)["answers"]["MAX-06"]
    assert answer["verdict"] == "refuted"
    assert "both have" in answer["evidence"]


@pytest.mark.parametrize("agrees", [True, False])
def test_a_scene_with_changes_is_reset_only_if_the_artist_agrees(
    pymxs: FakeArtistPymxs, tmp_path: Path, agrees: bool
) -> None:
    runtime: Any = pymxs.runtime
    runtime.is_batch = False
    runtime.add_node("Work")
    runtime.queryBox = lambda text: agrees and "Lose them?" in text
    path = run.main(pymxs, tmp_path, contents=None, python_path=())
    assert (path is not None) is agrees
    assert ([node.name for node in runtime.nodes] == ["Work"]) is not agrees


def test_no_question_is_asked_twice_and_each_belongs_to_a_belief() -> None:
    assert set(asking.QUESTIONS) <= set(ALL)
    assert len(ALL) == len(set(ALL))
    with pytest.raises(ValueError, match="asked twice"):
        asking.settles("MAX-01")(lambda _: None)


def test_the_lists_of_the_package_are_numbered_and_say_how_to_find_out() -> None:
    for prefix, listed in (("PACK", hands.PACKAGE), ("OPEN", hands.OPEN)):
        assert [belief.id for belief in listed] == [f"{prefix}-{n:02}" for n in range(1, len(listed) + 1)]
        assert all(belief.sentence.endswith(".") and belief.verify.endswith(".") for belief in listed)


def test_the_page_for_the_first_person_with_3ds_max_says_what_the_lists_say() -> None:
    """If this fails: python deploy/3dsmax/verification_page.py"""
    page = load("verification_page")
    text = (DEPLOY.parents[1] / "docs/max-verification.md").read_text("utf-8")
    assert text == page.page()
    assert re.findall(r"^\| ([A-Z]+-\d\d) \|", text, re.M) == ALL


FAKE_MAX = """
import runpy, sys, types
from max_submitter.testing.fake_runtime_artist import FakeArtistPymxs, FakeArtistRuntime
runtime = FakeArtistRuntime()
runtime.is_batch = True
sys.modules["pymxs"] = FakeArtistPymxs(runtime)
runpy.run_path(sys.argv[1], run_name="__main__")
"""


def test_the_script_runs_as_it_lies_in_the_bundle_and_prints_where_the_answers_are(
    bundle: Path, tmp_path: Path
) -> None:
    environment = {**os.environ, "FLATIRON_PROBE_FOLDER": str(tmp_path), "PYTHONPATH": str(bundle / "Contents/python")}
    environment.pop(VARIABLE, None)
    script = bundle / "Contents/probe/flatiron_max_probe.py"
    done = subprocess.run(
        [sys.executable, "-S", "-c", FAKE_MAX, str(script)],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        cwd=tmp_path,
        timeout=100,
    )
    found = re.search(r"the answers are in (.+)", done.stdout)
    assert found, done.stdout + done.stderr
    document = json.loads(Path(found[1]).read_text("utf-8"))
    assert list(document["answers"]) == ALL
    assert document["answers"]["BAKE-03"]["verdict"] == "confirmed"
    assert document["answers"]["PACK-08"]["verdict"] == "confirmed"


def test_the_probe_is_written_in_the_python_of_3ds_max_2024() -> None:
    files = [DEPLOY / "flatiron_max_probe.py", *(DEPLOY / "max_probe").glob("*.py")]
    assert len(files) >= 7
    for file in files:
        ast.parse(file.read_text("utf-8"), filename=str(file), feature_version=(3, 10))
