"""What a TD has: real services with a Flower that may act, and merges that begin only when a test says so."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from flatiron_tasks.api import Desk
from max_submitter.submission import Submitted
from tests.acceptance.bakes import request, submit_to, wait_for_end
from tests.waiting import wait_until
from workers.embedded import readiness
from workers.embedded.ports import LOOPBACK, free_port
from workers.embedded.processes import environment_without_settings
from workers.embedded.stack import EmbeddedStack

BROKEN_PASS = 1
_LOGIN = "td:dashboard-password"


@dataclass(frozen=True)
class BrokenBake:
    """A bake that failed at one pass, because a piece was damaged on the disk after it was rendered."""

    job_id: str
    piece: Path
    whole: bytes
    """What the piece held before."""

    def repair(self) -> None:
        """Put the piece back as the node wrote it, for example from the share's snapshot."""
        self.piece.write_bytes(self.whole)


class TdDesk:
    """A context manager: a stack whose workers do everything but merge, and Flower with a login and `--control`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stack = EmbeddedStack(folder / "stack", workers=0, nodes=1, flower=False)
        self._flower_port = free_port()

    def __enter__(self) -> Self:
        with ExitStack() as opened:
            opened.enter_context(self.stack)
            roles = ("front-desk", "dispatch", "poll", "deliver")
            self._start("worker", "worker", *(f"--queues={role}" for role in roles), "--concurrency=1")
            self._start_flower()
            self._opened = opened.pop_all()
        self.desk = Desk.open(self.stack.settings)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._opened.close()

    @contextmanager
    def merges(self) -> Iterator[None]:
        """A worker merges as long as this is open."""
        child = self._start("merge", "worker", "--queues=merge", "--concurrency=1", "--hostname=merge@stack")
        try:
            yield
        finally:
            self.stack.processes.stop(child)

    def rendered_and_broken(self, name: str) -> BrokenBake:
        """Bake until everything is rendered, then damage one piece. No worker may merge meanwhile."""
        wanted = request(self.folder / name, self.stack.network_folder, self.stack.manager)
        submitted = submit_to(self.stack.settings, wanted)
        wait_until(lambda: self._is_rendered(submitted), timeout_s=90, what="all passes are rendered")
        (piece, *_) = sorted((submitted.job_folder / "pieces").glob(f"p{BROKEN_PASS:05d}-*.exr"))
        whole = piece.read_bytes()
        piece.write_bytes(whole[:-40])
        return BrokenBake(submitted.job_id, piece, whole)

    def failed(self, bake: BrokenBake) -> BrokenBake:
        """Wait until the merge has failed."""
        wait_for_end(self.desk, bake.job_id, state="failed")
        return bake

    def ask_flower(self, path: str, body: object = None) -> Any:
        """The answer of Flower's HTTP API. Raises HTTPError."""
        asked = urllib.request.Request(
            f"http://{LOOPBACK}:{self._flower_port}/td/api/{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Basic {base64.b64encode(_LOGIN.encode()).decode()}",
                "Content-Type": "application/json",
            },
        )
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return json.load(answer)

    def flatiron(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        """Run the command as a TD does."""
        command = [sys.executable, "-m", "workers.cli", "--config", str(self.stack.config), *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)

    def _is_rendered(self, submitted: Submitted) -> bool:
        if not self.desk.is_known(submitted.job_id):
            return False
        return all(item.state == "rendered" for item in self.desk.job(submitted.job_id).passes)

    def _start_flower(self) -> None:
        config = self.folder / "flower.toml"
        options = {
            "port": self._flower_port,
            "state_file": str(self.folder / "flower.db"),
            "basic_auth": _LOGIN,
            "url_prefix": "td",
        }
        lines = [f"{name} = {json.dumps(value)}" for name, value in options.items()]
        config.write_text(f"{self.stack.config.read_text('utf-8')}\n" + "\n".join(lines), "utf-8")  # [flower] is last
        command = ("flower", "--control")
        self._start("flower", *command, config=config)
        wait_until(
            lambda: readiness.flower_serves(LOOPBACK, self._flower_port, prefix="/td"),
            timeout_s=60,
            what="Flower serves",
        )

    def _start(self, name: str, *arguments: str, config: Path | None = None) -> Any:
        command = (sys.executable, "-m", "workers.cli", "--config", str(config or self.stack.config), *arguments)
        return self.stack.processes.start(name, command, env=environment_without_settings())
