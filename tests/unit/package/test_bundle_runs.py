"""The bundle works with nothing but itself, in the Pythons of 3ds Max 2024 (3.10), 2025/26 (3.11) and 2027 (3.13)."""

from __future__ import annotations

import base64
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from flatiron_tasks.contracts import channels
from tests.unit.transport.real_redis import administrator, redis_server

JOB_ID = "20260131-142501-7f3a9c0d"
PATH = """
import sys
contents = sys.argv[1]
sys.path.insert(0, contents + "/python")
sys.path.append(contents + "/vendored")
"""
SEND = """
from max_submitter.transport import CeleryTransport
CeleryTransport(sys.argv[2]).send(sys.argv[3])
import celery, redis
for module in (celery, redis):
    assert module.__file__.startswith(contents + "/vendored"), module.__file__
print("sent")
"""
IMPORT_ALL = """
import importlib, pkgutil
import flatiron_tasks.contracts, flatiron_tasks.share, max_submitter
for package in (flatiron_tasks.contracts, flatiron_tasks.share, max_submitter):
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if not found.name.startswith("max_submitter.panel"):
            importlib.import_module(found.name)
from max_submitter.node_program import packaged_node_program
print(len(packaged_node_program()))
"""
SHOW = """
sys.path.append(sys.argv[2])  # where 3ds Max has its Qt
from max_submitter.panel.qt import QtWidgets
application = QtWidgets.QApplication([])
window = QtWidgets.QMainWindow()
window.show()
from max_submitter.panel.dock import destroy_panel, show_panel
from max_submitter.testing import fake_session_scenarios
from max_submitter.testing.fake_session import FakeSession
dock = show_panel(lambda: FakeSession(fake_session_scenarios.filled_in()), window=window)
application.processEvents()
assert dock.isVisible() and dock.panel.isVisible()
destroy_panel()
application.processEvents()
assert not [name for name in sys.modules if name.split(".")[0] in ("celery", "redis", "kombu")]
print("shown")
"""


def pythons() -> list[str]:
    """This Python, and the others of 3ds Max that can be started here or that FLATIRON_TEST_PYTHONS names."""
    found = [shutil.which(f"python{version}") for version in ("3.10", "3.13")]
    named = os.environ.get("FLATIRON_TEST_PYTHONS", "").split(os.pathsep)
    return [sys.executable, *(path for path in (*found, *named) if path and answers(path))]


def answers(python: str) -> bool:
    return subprocess.run([python, "-I", "-S", "-c", ""], capture_output=True, check=False).returncode == 0


def run(python: str, script: str, bundle: Path, *arguments: str) -> str:
    """Run a script with the bundle alone on the path. Returns what it printed."""
    command = [python, "-I", "-S", "-W", "error::SyntaxWarning", "-c", PATH + script, str(bundle / "Contents")]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [*command, *arguments], capture_output=True, text=True, check=False, timeout=100, env=environment
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with redis_server(tmp_path_factory.mktemp("redis")) as port:
        yield port


@pytest.mark.parametrize("python", pythons())
def test_a_job_is_announced_with_the_vendored_celery_alone(python: str, bundle: Path, port: int) -> None:
    redis = administrator(port)
    redis.flushall()
    assert run(python, SEND, bundle, f"redis://127.0.0.1:{port}/0", JOB_ID) == "sent"
    (queue,) = redis.keys("*")
    assert channels.FRONT_DESK_QUEUE in str(queue)
    (message,) = redis.lrange(queue, 0, -1)
    arguments, *_ = json.loads(base64.b64decode(json.loads(message)["body"]))
    assert arguments == [JOB_ID]


@pytest.mark.parametrize("python", pythons())
def test_everything_but_the_panel_imports_with_the_bundle_alone(python: str, bundle: Path) -> None:
    assert int(run(python, IMPORT_ALL, bundle)) > 100_000


def test_the_panel_shows_with_qt_and_the_bundle_alone_and_loads_no_celery(bundle: Path, tmp_path: Path) -> None:
    for name in ("PySide6", "shiboken6"):
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        (tmp_path / name).symlink_to(Path(spec.origin).parent, target_is_directory=True)
    assert run(sys.executable, SHOW, bundle, str(tmp_path)) == "shown"
