"""The packed node program needs nothing but Python, and its bytes depend on its sources alone."""

from __future__ import annotations

import ast
import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.contract.node.bake import Bake
from workers.node.build import build_node_program
from workers.node.configuration import CONFIGURATION_VARIABLE
from workers.node.exit_codes import NodeExit


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("program") / "node.pyz"
    path.write_bytes(build_node_program())
    return path


def run(program: Path, *arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run it isolated: no site-packages, no variables of Python, no current folder on the path."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    command = [sys.executable, "-I", "-S", str(program), *arguments]
    return subprocess.run(command, env=kept | environment, cwd=cwd, capture_output=True, text=True, check=False)


def test_the_packed_program_renders_a_task_with_the_standard_library_alone(program: Path, tmp_path: Path) -> None:
    bake = Bake(tmp_path)
    configuration = {CONFIGURATION_VARIABLE: str(bake.configuration)}
    arguments = ("--job", str(bake.folder.description), "--task", "1")
    (tmp_path / "elsewhere").mkdir()
    first = run(program, *arguments, cwd=tmp_path / "elsewhere", **configuration)
    assert first.returncode == NodeExit.DONE, first.stderr
    assert len(bake.receipts()) == 2
    second = run(program, *arguments, cwd=tmp_path / "elsewhere", **configuration)
    assert second.returncode == NodeExit.DONE
    assert "already done" in second.stderr


def test_every_module_in_it_can_be_imported_without_any_installed_package(program: Path, tmp_path: Path) -> None:
    names = [
        name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for name in zipfile.ZipFile(program).namelist()
        if name != "__main__.py"
    ]
    code = f"""
import importlib, sys
sys.path.insert(0, {str(program)!r})
for name in {names!r}:
    importlib.import_module(name)
"""
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def test_its_sources_keep_to_the_syntax_of_python_3_10(program: Path) -> None:
    with zipfile.ZipFile(program) as archive:
        for name in archive.namelist():
            ast.parse(archive.read(name), name, feature_version=(3, 10))


def test_building_twice_gives_the_same_bytes(program: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from workers.node.build import build_node_program; sys.stdout.buffer.write(build_node_program())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "PYTHONPATH": os.pathsep.join(sys.path)}
    again = subprocess.run([sys.executable, "-c", code], env=environment, cwd=tmp_path, capture_output=True, check=True)
    assert again.stdout == program.read_bytes()
    with zipfile.ZipFile(io.BytesIO(again.stdout)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}


def test_the_help_lists_every_exit_code(program: Path, tmp_path: Path) -> None:
    text = run(program, "--help", cwd=tmp_path).stdout
    for code in NodeExit:
        assert f"{code.value:2}  {code.meaning}" in text
    assert CONFIGURATION_VARIABLE in text


def test_wrong_arguments_end_with_the_code_for_usage(program: Path, tmp_path: Path) -> None:
    assert run(program, "--job", "x", cwd=tmp_path).returncode == NodeExit.USAGE
    assert run(program, "--job", "x", "--task", "one", cwd=tmp_path).returncode == NodeExit.USAGE
