"""A job on a share, a node that runs the fake renderer on it, and what came of it."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from flatiron_tasks.contracts.document import Scalar
from flatiron_tasks.contracts.job import JobDescription, Placeholder, Renderer, Scene
from flatiron_tasks.contracts.layout import SUBFOLDERS, JobFolder
from flatiron_tasks.contracts.receipt import AttemptResult, Receipt
from tests.unit.share.job_in_a_folder import HASH, small_job
from workers.node.attempt import Node
from workers.node.built_in_profiles import REFERENCE
from workers.node.configuration import CONFIGURATION_VARIABLE, NodeConfiguration
from workers.node.exit_codes import NodeExit
from workers.node.program import run_task

SCENE = b"scene"
FAKE_RENDERER = Path(__file__).with_name("fake_renderer.py")


class Bake:
    """A job of two tasks (strips) with two elements each."""

    def __init__(self, root: Path, **options: Scalar) -> None:
        self.root = root
        self.job = _job(options)
        self.folder = JobFolder.of(root / "share", self.job.job_id)
        for name in SUBFOLDERS:
            (self.folder.path / name).mkdir(parents=True)
        (self.folder.scene / "wall.glb").write_bytes(SCENE)
        self.folder.description.write_text(self.job.to_json(), "utf-8")
        self.configuration = root / "node.json"
        self.configure()

    def configure(
        self, *, name: str = "reference", trust_exit_code: bool = True, no_progress_seconds: int = 1800
    ) -> None:
        """Write the node's configuration."""
        command = (sys.executable, "-I", "-S", str(FAKE_RENDERER), "{task}")
        renderer = dataclasses.replace(
            REFERENCE, name=name, command=command, trust_exit_code=trust_exit_code, clean_python_environment=True
        )
        configuration = NodeConfiguration(1, (), (renderer,), {}, no_progress_seconds)
        self.configuration.write_text(configuration.to_json(), "utf-8")

    @property
    def environment(self) -> dict[str, str]:
        """The environment of the node program."""
        return {**os.environ, CONFIGURATION_VARIABLE: str(self.configuration)}

    def run(self, task: int = 1, *, clock: Clock | None = None, rerender: bool = False) -> NodeExit:
        """Run one task in this process; the renderer is a real one."""
        node = Node(host="node-7", environment=self.environment, clock=clock or Clock())
        return run_task(self.folder.description, task, node, rerender=rerender)

    def receipts(self) -> list[Receipt]:
        """All receipts, by name."""
        paths = sorted(self.folder.pieces.glob("*.json"))
        return [Receipt.from_json(path.read_bytes(), source=path.name) for path in paths]

    def result(self) -> AttemptResult:
        """The result of the only attempt."""
        (path,) = self.folder.logs.glob("*.json")
        return AttemptResult.from_json(path.read_bytes(), source=path.name)

    def log(self) -> str:
        """The renderer's log of the only attempt."""
        (path,) = self.folder.logs.glob("*.log")
        return path.read_text("utf-8")

    def has_no_piece(self) -> bool:
        """Whether nothing was published and no work is left."""
        return not list(self.folder.pieces.iterdir()) and not list(self.folder.work.iterdir())


class Clock:
    """A clock that stands still until a condition holds, and then jumps at every look."""

    def __init__(self, *, jump_s: float = 0, when: Callable[[], bool] = lambda: True) -> None:
        self._jump_s = jump_s
        self._when = when
        self._now = 0.0

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        self._now += self._jump_s if self._when() else 0
        return self._now


class Grandchild:
    """A process that a renderer leaves behind, at the other end of a named pipe."""

    def __init__(self, root: Path) -> None:
        self.fifo = root / "grandchild"
        os.mkfifo(self.fifo)
        self._runs = threading.Event()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def runs(self) -> bool:
        """Whether it has started, and so its parents have."""
        return self._runs.is_set()

    def wait_until_it_runs(self) -> None:
        assert self._runs.wait(60)

    def has_ended(self) -> bool:
        """Whether the last process that held the pipe ends within the next moments; a living one holds it for ever."""
        return self._ended.wait(10)

    def _listen(self) -> None:
        with self.fifo.open("rb") as pipe:
            if pipe.read(1):
                self._runs.set()
            pipe.read()
        self._ended.set()


def _job(options: dict[str, Scalar]) -> JobDescription:
    job = small_job()
    normals = dataclasses.replace(job.elements[0], name="NormalsMap", kind="normal", transfer="auto", stem="wall_n")
    return dataclasses.replace(
        job,
        scene=Scene("wall.glb", copied=True, size=len(SCENE), sha256=hashlib.sha256(SCENE).hexdigest()),
        renderer=Renderer("reference", options),
        strips=2,
        elements=(*job.elements, normals),
        placeholders=(*job.placeholders, Placeholder("wall_n.png", 10, HASH)),
    )
