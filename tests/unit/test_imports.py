"""Imports go one way: contracts <- the rest of flatiron_tasks <- workers; max_submitter knows contracts and share."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeGuard

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ("flatiron_tasks", "workers", "max_submitter")
STANDARD_LIBRARY = frozenset(sys.stdlib_module_names)
OURS = frozenset(PROGRAMS)

# What the artist's machine and a node may import of ours.
PORTABLE = ("flatiron_tasks.contracts", "flatiron_tasks.share", "flatiron_tasks.pipeline.plan")
PYTHON_310 = ("flatiron_tasks/contracts", "flatiron_tasks/share", "max_submitter", "workers/node")

QT = ("PySide6", "PySide2", "qtmax", "shiboken6", "shiboken2")
"""Qt as 3ds Max has it: PySide6 from 2025, PySide2 before."""


@dataclass(frozen=True)
class Import:
    """One import: which file (relative to the root) wants which module."""

    file: str
    line: int
    module: str

    @property
    def top(self) -> str:
        return self.module.split(".")[0]

    def is_of(self, *packages: str) -> bool:
        return any(f"{self.module}.".startswith(f"{package}.") for package in packages)


@dataclass(frozen=True)
class Room:
    """What the files below a folder may import."""

    folder: str
    ours: tuple[str, ...]
    third_party: tuple[str, ...] | None = None
    """Top-level packages beside the standard library; None for any."""


# The first room that holds a file decides.
ROOMS = (
    Room("flatiron_tasks/contracts", ("flatiron_tasks.contracts",), ()),
    Room("flatiron_tasks/share", ("flatiron_tasks.contracts", "flatiron_tasks.share"), ()),
    Room("flatiron_tasks/pipeline/plan.py", ("flatiron_tasks.contracts",), ()),
    Room("flatiron_tasks", ("flatiron_tasks",)),
    Room("workers/node/max_bake", (*PORTABLE, "workers.node", "max_submitter.scene.runtime"), ()),
    Room("workers/node/build.py", (*PORTABLE, "workers.node", "max_submitter"), ()),
    Room("workers/node", (*PORTABLE, "workers.node"), ()),
    Room("workers", ("flatiron_tasks", "workers", "max_submitter")),
    Room("max_submitter/transport.py", (*PORTABLE, "max_submitter"), ("celery", "kombu")),
    Room("max_submitter/jobs", (*PORTABLE, "max_submitter"), ("redis",)),
    Room("max_submitter/session/redis_check.py", (*PORTABLE, "max_submitter"), ("redis",)),
    Room("max_submitter/scene/runtime.py", (*PORTABLE,), ("pymxs",)),
    Room("max_submitter/panel", (*PORTABLE, "max_submitter"), QT),
    Room("max_submitter", (*PORTABLE, "max_submitter"), ()),
)

# A package -> the only places that may import it.
HOMES = {
    "OpenImageIO": ("flatiron_tasks/imaging",),
    "numba": ("flatiron_tasks/imaging",),
    "zlib_ng": ("flatiron_tasks/imaging",),
    "pymxs": ("max_submitter/scene/runtime.py",),
    "PySide6": ("max_submitter/panel",),
    "PySide2": ("max_submitter/panel",),
    "celery": ("flatiron_tasks/tasks", "workers", "max_submitter/transport.py"),
    "kombu": ("flatiron_tasks/tasks", "workers", "max_submitter/transport.py"),
}


def imports_of(source: str, file: str) -> Iterator[Import]:
    """Every import in a file, also inside functions, under TYPE_CHECKING and by `import_module("…")`."""
    package = file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (Import(file, node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = _absolute(node, package, is_package=file.endswith("__init__.py"))
            yield from (Import(file, node.lineno, f"{origin}.{name.name}") for name in node.names)
        elif isinstance(node, ast.Call) and _called(node) in ("import_module", "__import__"):
            yield from (Import(file, node.lineno, str(name.value)) for name in node.args[:1] if _is_text(name))


def _absolute(node: ast.ImportFrom, module: str, *, is_package: bool) -> str:
    if not node.level:
        return node.module or ""
    parts = module.split(".")
    kept = parts[: len(parts) - node.level + is_package]
    return ".".join([*kept, node.module] if node.module else kept)


def _is_text(node: ast.expr) -> TypeGuard[ast.Constant]:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def complaint(item: Import) -> str | None:
    """Why an import breaks the rules, or None."""
    room = next(room for room in ROOMS if _is_below(item.file, room.folder))
    where = f"{item.file}:{item.line} imports {item.module}"
    if item.top in HOMES and not any(_is_below(item.file, home) for home in HOMES[item.top]):
        return f"{where}, which only {', '.join(HOMES[item.top])} may"
    if item.top in OURS or item.top in ("tests", "deploy"):
        own_top = item.module == item.top and any(name.startswith(f"{item.top}.") for name in room.ours)
        return None if own_top or item.is_of(*room.ours) else f"{where}: wrong way"
    if room.third_party is None or item.top in STANDARD_LIBRARY or item.top in room.third_party:
        return None
    return f"{where}: not in the standard library"


def _is_below(file: str, folder: str) -> bool:
    return file == folder or file.startswith(f"{folder}/")


def program_files() -> list[Path]:
    return [file for program in PROGRAMS for file in sorted((ROOT / program).rglob("*.py"))]


def test_imports_go_one_way() -> None:
    files = program_files()
    assert len(files) > 50
    found = [item for file in files for item in imports_of(file.read_text("utf-8"), file.relative_to(ROOT).as_posix())]
    assert [text for item in found if (text := complaint(item))] == []


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("flatiron_tasks/contracts/job.py", "import flatiron_tasks.share.atomic"),
        ("flatiron_tasks/contracts/job.py", "from flatiron_tasks import pipeline"),
        ("flatiron_tasks/contracts/job.py", "from ..pipeline import plan"),
        ("flatiron_tasks/contracts/schemas/__init__.py", "from ...pipeline import plan"),
        ("flatiron_tasks/contracts/job.py", "import numpy"),
        ("flatiron_tasks/share/atomic.py", "from flatiron_tasks.pipeline.plan import Plan"),
        ("flatiron_tasks/share/atomic.py", "def late():\n    import redis"),
        ("flatiron_tasks/pipeline/chain.py", "import OpenImageIO as oiio"),
        ("flatiron_tasks/pipeline/chain.py", "from celery import Celery"),
        ("flatiron_tasks/api.py", "from importlib import import_module\nimport_module('celery')"),
        ("flatiron_tasks/tasks/app.py", "import workers.cli"),
        ("flatiron_tasks/tasks/app.py", "import tests.unit"),
        ("flatiron_tasks/imaging/merge.py", "import max_submitter"),
        ("workers/cli/main.py", "import OpenImageIO"),
        ("workers/node/main.py", "import psutil"),
        ("workers/node/main.py", "from workers.farm import local"),
        ("workers/node/max_bake/main.py", "from max_submitter import submission"),
        ("max_submitter/submission.py", "import pymxs"),
        ("max_submitter/scene/max_scene.py", "def late():\n    import pymxs"),
        ("max_submitter/scene/max_scene.py", "from PySide6 import QtCore"),
        ("max_submitter/panel/window.py", "import pymxs"),
        ("max_submitter/panel/window.py", "import redis"),
        ("max_submitter/testing/fake_scene.py", "import pytest"),
        ("workers/cli/main.py", "import PySide2"),
        ("max_submitter/submission.py", "import celery"),
        ("max_submitter/submission.py", "from flatiron_tasks.pipeline import store"),
        ("max_submitter/submission.py", "import redis"),
        ("max_submitter/submission.py", "if TYPE_CHECKING:\n    import flatiron_tasks.api"),
        ("max_submitter/transport.py", "from workers import cli"),
    ],
)
def test_a_violation_is_caught(file: str, source: str) -> None:
    assert any(complaint(item) for item in imports_of(source, file))


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("flatiron_tasks/contracts/job.py", "from . import naming\nfrom .errors import ContractError"),
        ("flatiron_tasks/contracts/schemas/__init__.py", "from ..job import JobDescription"),
        ("flatiron_tasks/imaging/merge.py", "import OpenImageIO\nimport numpy"),
        ("workers/node/main.py", "from flatiron_tasks.pipeline.plan import Plan\nimport json"),
        ("max_submitter/transport.py", "from celery import Celery"),
        ("max_submitter/scene/runtime.py", "def late():\n    import pymxs"),
        ("max_submitter/panel/qt.py", "try:\n    from PySide6 import QtCore\nexcept ImportError:\n    import PySide2"),
    ],
)
def test_what_is_allowed_is_not_caught(file: str, source: str) -> None:
    assert not [text for item in imports_of(source, file) if (text := complaint(item))]


BLOCKED = ("celery", "kombu", "redis", "numpy", "OpenImageIO", *QT, "pymxs", "pydantic", "psutil", "yaml")
NEEDS_QT = ("max_submitter.panel",)
IMPORT_EVERYTHING = """
import importlib, pkgutil, sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {blocked!r}:
            raise ModuleNotFoundError(f"{{name}} is blocked", name=name)

sys.meta_path.insert(0, Blocker())
count = 0
for package in {packages!r}:
    module = importlib.import_module(package)
    for found in pkgutil.walk_packages(module.__path__, package + "."):
        if not found.name.endswith("__main__") and not found.name.startswith({left_out!r}):
            importlib.import_module(found.name)
            count += 1
print(count)
"""


def test_the_artists_machine_needs_nothing_but_python() -> None:
    """Contracts, share and the submitter but for its panel import in a Python that has no third-party package.

    Not even pymxs: it is imported when 3ds Max is asked for, not before.
    """
    script = IMPORT_EVERYTHING.format(
        blocked=BLOCKED,
        left_out=NEEDS_QT,
        packages=("flatiron_tasks.contracts", "flatiron_tasks.share", "max_submitter"),
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=ROOT, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 25


def test_what_runs_elsewhere_is_written_in_python_3_10() -> None:
    """3ds Max 2024 has Python 3.10; the grammar of the files is checked here, their imports above."""
    files = [file for folder in PYTHON_310 for file in sorted((ROOT / folder).rglob("*.py"))]
    assert len(files) > 30
    for file in [*files, ROOT / "flatiron_tasks/__init__.py", ROOT / "flatiron_tasks/pipeline/plan.py"]:
        ast.parse(file.read_text("utf-8"), filename=str(file), feature_version=(3, 10))


def test_a_newer_grammar_is_caught() -> None:
    with pytest.raises(SyntaxError):
        ast.parse("try:\n    pass\nexcept* OSError:\n    pass\n", feature_version=(3, 10))
