"""A small studio of real processes that can each be broken, and mended again where it was.

Redis, a farm manager with nodes, one worker, the sweep. Each listens where its predecessor did, so that what is killed
can come back. While a drill waits, worker and sweep are started again as by a service manager.
The nodes' renderer is a stand-in that waits, fails or works as ordered.
"""

from __future__ import annotations

import fcntl
import json
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import redis

import workers.chaos.renderer
from flatiron_tasks.api import Desk, JobStatus
from flatiron_tasks.backburner.client import ManagerClient
from flatiron_tasks.settings import Settings, load_settings
from max_submitter.submission import Submitted
from max_submitter.transport import CeleryTransport
from tests.acceptance.bakes import send_nothing, submit_bake
from tests.waiting import wait_until
from workers.chaos.shapes import SCENE, Shape, bake_request
from workers.embedded import readiness
from workers.embedded.guard import kill_tree
from workers.embedded.ports import LOOPBACK, free_port
from workers.embedded.processes import Child, ProcessGroup, environment_without_settings
from workers.embedded.redis_server import answers, connect, find_server
from workers.embedded.stack_files import write_settings
from workers.node.configuration import BUILT_IN

SIMPLE = Shape(0, "multi", 2, 1, 1, 32, 32, (("CompleteMap", "color", "png", "uint8"),))
TEXTURE = "CompleteMap.png"
NODE = "node-1"
_QUICK: Mapping[str, object] = {
    "poll_seconds": 0.5,
    "poll_idle_seconds": 1.0,
    "step_stalled_seconds": 1.0,
    "lease_seconds": 3.0,
    "farm_timeout_seconds": 2.0,
    "stuck_seconds": 1.0,
    "unassigned_seconds": 2.0,
    "share_probe_minutes": 0.0,
    "farm_notifications": False,
    "merge_threads": 1,
}


class Studio:
    """A context manager: when it is entered, all services answer. `changes` are settings of the farm side."""

    def __init__(self, folder: Path, *, changes: Mapping[str, object] | None = None) -> None:
        self.folder, self.network_folder = folder, folder / "network"
        self.orders, self.config = folder / "orders", folder / "flatiron.toml"
        self.password = secrets.token_urlsafe(12)
        self._ports = {name: free_port() for name in ("redis", "manager")}
        self._changes = changes or {}
        self._group = ProcessGroup(folder / "logs")
        self._children: dict[str, Child] = {}
        self._lives = 0

    def __enter__(self) -> Self:
        for item in (self.network_folder, self.orders, self.folder / "redis", self.folder / "temporary"):
            item.mkdir(parents=True, exist_ok=True)
        (self.orders / "gate").touch()
        self.scene = self.folder / "scene.max"
        self.scene.write_bytes(SCENE)
        self.configure(**self._changes)
        self._configure_nodes()
        self._group.__enter__()
        try:
            self.start("redis", "manager", NODE, "worker", "sweep")
        except BaseException as error:
            self._group.__exit__(type(error), error, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.kill(*self._children)
        self._group.__exit__(kind, error, traceback)

    @property
    def redis_url(self) -> str:
        return f"redis://:{self.password}@{LOOPBACK}:{self._ports['redis']}/0"

    @property
    def manager(self) -> tuple[str, int]:
        return LOOPBACK, self._ports["manager"]

    @property
    def settings(self) -> Settings:
        return load_settings(self.config, use_environment=False)

    @property
    def desk(self) -> Desk:
        return Desk.open(self.settings)

    def configure(self, **changes: object) -> None:
        """Write the settings of the farm side; who runs has read the earlier ones."""
        write_settings(
            self.config,
            redis_url=self.redis_url,
            network_folder=self.network_folder,
            flower_port=None,
            flower_state=self.folder / "flower.db",
            changes={**_QUICK, **changes},
        )

    def start(self, *names: str, options: tuple[str, ...] = (), variables: Mapping[str, str] | None = None) -> None:
        """Start services, each where it was; returns when all answer. A name of no service is that of a node."""
        for name in names:
            self._start(name, options, variables)
            if name == "redis":
                wait_until(lambda: answers(self.redis_url), what="Redis answers")
            if name == "manager":
                wait_until(lambda: readiness.manager_greets(*self.manager), what="the manager greets")
        if "worker" in names:
            wait_until(lambda: "worker@drill ready." in self.log("worker"), timeout_s=60, what="the worker is ready")

    def kill(self, *names: str) -> None:
        """SIGKILL for services and everything that they have started."""
        for child in [self._children.pop(name) for name in names]:
            kill_tree([child.process, *child.process.children(recursive=True)])
            self._group.stop(child)

    def _start(self, name: str, options: tuple[str, ...] = (), variables: Mapping[str, str] | None = None) -> None:
        self._lives += 1
        stdin = f"requirepass {self.password}\n" if name == "redis" else ""
        command, environment = [*self._command(name), *options], {**self._environment(), **(variables or {})}
        self._children[name] = self._group.start(f"{name}.{self._lives}", command, env=environment, stdin=stdin)

    def _revive(self) -> None:
        for name in self._children.keys() & {"worker", "sweep"}:
            child = self._children[name]
            if child.process.poll() is not None:
                self._group.stop(child)
                self._start(name)

    @contextmanager
    def frozen(self, name: str) -> Iterator[None]:
        """The service hangs as long as this is open."""
        process = self._children[name].process
        process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            process.send_signal(signal.SIGCONT)

    def log(self, name: str) -> str:
        """What the service has written in its present life."""
        return self._children[name].log.read_text("utf-8", errors="replace")

    @contextmanager
    def held_renders(self) -> Iterator[None]:
        """No render ends as long as this is open."""
        for begun in self.orders.glob("begun.*"):
            begun.unlink()
        with (self.orders / "gate").open("rb") as gate:
            fcntl.flock(gate, fcntl.LOCK_EX)
            yield

    @contextmanager
    def trouble(self, text: str) -> Iterator[None]:
        """Every render prints this and fails as long as this is open."""
        (self.orders / "trouble").write_text(text, "utf-8")
        try:
            yield
        finally:
            (self.orders / "trouble").unlink()

    def wait_for_pieces(self, job: Submitted, count: int = 2) -> None:
        """Wait until nodes have left so many receipts, whatever the farm side knows of them."""
        pieces = job.job_folder / "pieces"
        wait_until(lambda: len(list(pieces.glob("*.json"))) >= count, what=f"{count} pieces are rendered")

    def misrender(self, fault: str) -> None:
        """The next render goes wrong as the renderer of the chaos runs can: die, garbage, truncate."""
        (self.orders / f"{fault}.{secrets.token_hex(2)}").touch()

    def submit(self, name: str, *, server_group: str = "", send: bool = True) -> Submitted:
        """Bake a small map of two objects, as the panel does; without `send` the workers are not told."""
        output, network = self.output(name), self.network_folder
        output.mkdir(parents=True)
        wanted = bake_request(SIMPLE, job=0, scene=self.scene, output=output, network=network, manager=self.manager)
        wanted = replace(wanted, farm=replace(wanted.farm, server_group=server_group))
        return submit_bake(wanted, CeleryTransport(self.redis_url).send if send else send_nothing)

    def output(self, name: str) -> Path:
        return self.folder / "textures" / name

    def flatiron(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command as a person does."""
        command = [sys.executable, "-m", "workers.cli", "--config", str(self.config), *arguments]
        return subprocess.run(
            command, capture_output=True, text=True, timeout=60, check=False, env=environment_without_settings()
        )

    def status(self, job_id: str) -> dict[str, Any]:
        """What `flatiron status JOB --json` shows."""
        shown: dict[str, Any] = json.loads(self.flatiron("status", job_id, "--json").stdout)
        return shown

    def doctor(self) -> dict[str, str]:
        """What `flatiron doctor` finds wrong or doubtful: name of the check -> finding and advice."""
        report = json.loads(self.flatiron("doctor", "--json").stdout)
        found = [item for item in report["findings"] if item["state"] in ("wrong", "warning")]
        return {item["check"]: f"{item['sentence']} {item['advice']}" for item in found}

    def wait_for(self, job_id: str, state: str, sentence: str = "") -> JobStatus:
        """Wait until the job is in this state and its sentence contains a text."""
        desk = self.desk

        def reached() -> JobStatus | None:
            self._revive()
            job = desk.job(job_id) if desk.is_known(job_id) else None
            return job if job and job.state == state and sentence in job.sentence else None

        found = wait_until(reached, timeout_s=40, what=f"{job_id} is {state} and says {sentence!r}")
        assert found is not None
        return found

    def wait_for_renders(self, count: int = 1) -> None:
        """Wait until so many renders have begun since they were held up."""
        wait_until(lambda: len(list(self.orders.glob("begun.*"))) >= count, what=f"{count} renders have begun")

    def client(self) -> redis.Redis:
        return connect(self.redis_url)

    def client_with(self, password: str) -> redis.Redis:
        """A client with another password than the studio's."""
        return connect(self.redis_url.replace(self.password, password))

    def farm(self) -> ManagerClient:
        """What the farm's monitor does."""
        return ManagerClient(*self.manager)

    def _command(self, name: str) -> list[str]:
        python, flatiron = sys.executable, [sys.executable, "-m", "workers.cli", "--config", str(self.config)]
        farm = [python, "-m", "workers.farm"]
        if name == "redis":
            return self._redis_command()
        if name == "manager":
            port = ["--port", str(self._ports["manager"]), "--state-dir", str(self.folder / "state")]
            return [*farm, "manager", *port, "--retry-interval-s", "1", "--absent-after-s", "3", "--part-gap-ms", "0"]
        if name == "worker":
            return [*flatiron, "worker", "--concurrency=2", "--hostname=worker@drill"]
        if name == "sweep":
            return [*flatiron, "sweep"]
        return [*farm, "server", "--manager", ":".join(map(str, self.manager)), "--name", name]

    def _redis_command(self) -> list[str]:
        options = {
            "bind": LOOPBACK,
            "port": str(self._ports["redis"]),
            "dir": str(self.folder / "redis"),
            "appendonly": "yes",
            "save": "",
            "maxmemory-policy": "noeviction",
        }
        return [
            str(find_server().path),
            "-",
            *(text for name, value in options.items() for text in (f"--{name}", value)),
        ]

    def _environment(self) -> dict[str, str]:
        return {
            **environment_without_settings(),
            "FLATIRON_NODE_CONFIG": str(self.folder / "node.json"),
            "DRILL_ORDERS": str(self.orders),
            "CHAOS_ORDERS": str(self.orders),
            "DRILL_RENDERER": str(workers.chaos.renderer.__file__),
            **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(self.folder / "temporary")),
        }

    def _configure_nodes(self) -> None:
        command = [sys.executable, "-I", "-S", str(Path(__file__).with_name("renderer.py")), "{task}"]
        entry = {"name": "chaos", "base": "reference", "command": command}
        (self.folder / "node.json").write_text(
            json.dumps({**json.loads(BUILT_IN.to_json()), "renderers": [entry]}), "utf-8"
        )
