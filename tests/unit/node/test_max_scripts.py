"""The scripts for 3ds Max, to the letter, and the grammar of everything that its Python runs."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import max_submitter
import workers
from tests.unit.node.maxscript_lint import complaints
from workers.node.max_bake.assumptions import QUIT_AFTER_FAILURE
from workers.node.max_scripts import BAKE_SCRIPT, PRE_RENDER_SCRIPT

VERSIONS_OF_MAX = [(3, 9), (3, 10), (3, 11), (3, 13)]
BAKE_FOLDER = Path(workers.__path__[0]) / "node/max_bake"
RUNTIME = Path(max_submitter.__path__[0]) / "scene/runtime.py"


def test_the_bake_script_to_the_letter() -> None:
    assert BAKE_SCRIPT == (
        '"""Bakes one task of Flatiron inside 3ds Max. Written by the node program for one attempt."""\n'
        "\n"
        "import os\n"
        "import sys\n"
        "\n"
        'sys.path.insert(0, os.environ["FLATIRON_PROGRAM"])\n'
        "\n"
        "from workers.node.max_bake.main import main\n"
        "\n"
        "main()\n"
    )


def test_the_pre_render_script_to_the_letter() -> None:
    assert PRE_RENDER_SCRIPT == (
        "-- Bakes one task of Flatiron before 3dsmaxcmd renders. Written by the node program for one attempt.\n"
        "(\n"
        '    local script = systemTools.getEnvVariable "FLATIRON_BAKE_SCRIPT"\n'
        "    try\n"
        "    (\n"
        '        if script == undefined do throw "FLATIRON_BAKE_SCRIPT is not set"\n'
        "        python.ExecuteFile script\n"
        "    )\n"
        "    catch\n"
        "    (\n"
        '        logsystem.logEntry ("flatiron: " + (getCurrentException())) error:true broadcast:true\n'
        "    )\n"
        ")\n"
    )


@pytest.mark.parametrize("source", [PRE_RENDER_SCRIPT, QUIT_AFTER_FAILURE])
def test_generated_maxscript_has_closed_brackets_and_no_paths(source: str) -> None:
    assert complaints(source) == []


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("(a", "( is not closed"),
        ("a)", "closes nothing"),
        ("(a]", "closes nothing"),
        ('a = "x', "a text is not closed"),
        ('a = "x\\"', "a text is not closed"),
        ('load "c:\\\\scenes\\\\wall.max"', "a path stands in the script"),
        ('load "//filer/scenes/wall.max"', "a path stands in the script"),
    ],
)
def test_the_lint_finds_what_breaks_a_script(source: str, complaint: str) -> None:
    assert any(complaint in found for found in complaints(source))


def test_the_lint_leaves_comments_and_escaped_quotes_alone() -> None:
    assert complaints('-- it (is\n/* " */ (format "a \\" (" #(1, [2, 3]))') == []


@pytest.mark.parametrize("version", VERSIONS_OF_MAX)
def test_what_runs_inside_3ds_max_keeps_to_the_grammar_of_its_python(version: tuple[int, int]) -> None:
    files = sorted(BAKE_FOLDER.glob("*.py"))
    assert len(files) >= 10
    sources = [
        (file.name, file.read_text("utf-8")) for file in [*files, RUNTIME, BAKE_FOLDER.parent / "max_scripts.py"]
    ]
    for name, source in [*sources, ("flatiron_bake.py", BAKE_SCRIPT)]:
        compile(ast.parse(source, name, feature_version=version), name, "exec")
