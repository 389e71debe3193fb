"""All services on this machine, as real processes, in one private folder: what `flatiron demo` and the tests run.

Redis, the local farm's manager and render servers, Celery workers, the sweep, Flower and the page of jobs. Everything
listens on loopback. Nothing is left when the context ends, however it ends; the folder belongs to the caller.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from flatiron_tasks.settings import Settings, load_settings
from workers.embedded import readiness
from workers.embedded.borrowed_redis import borrowed
from workers.embedded.ports import LOOPBACK, free_port
from workers.embedded.processes import Child, ProcessGroup, environment_without_settings
from workers.embedded.redis_server import start_redis
from workers.embedded.stack_files import write_node_config, write_settings

_DEADLINE_S = 60.0


class EmbeddedStack:
    """A context manager: when it is entered, all services answer. Raises EmbeddedError otherwise."""

    def __init__(
        self,
        folder: Path,
        *,
        workers: int = 1,
        nodes: int = 2,
        flower: bool = True,
        web: bool = False,
        concurrency: int = 2,
        network_folder: Path | None = None,
        changes: Mapping[str, object] | None = None,
    ) -> None:
        """`folder` is private and holds all data; `network_folder` (below it by default) plays the share.

        `changes` are settings that differ from those of a demo.
        """
        self.folder = folder.resolve()
        self.network_folder = (network_folder or self.folder / "network").resolve()
        self.log_folder = self.folder / "logs"
        self.config = self.folder / "flatiron.toml"
        self.processes = ProcessGroup(self.log_folder)
        self._temporary = self.folder / "temporary"
        self._changes = dict(changes or {})
        self._workers, self._nodes, self._concurrency = workers, nodes, concurrency
        self._flower_port = free_port() if flower else None
        self._web_port = free_port() if web else None
        self._environment = {
            **environment_without_settings(),
            "FLATIRON_NODE_CONFIG": str(self.folder / "node.json"),
            # What a killed service could not remove goes with the private folder.
            **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(self._temporary)),
        }

    def __enter__(self) -> Self:
        for folder in (self.network_folder, self._temporary):
            folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as opened:
            redis_url = self._open_redis(opened)
            write_node_config(self.folder / "node.json")
            write_settings(
                self.config,
                redis_url=redis_url,
                network_folder=self.network_folder,
                flower_port=self._flower_port,
                flower_state=self.folder / "flower.db",
                web_port=self._web_port,
                changes=self._changes,
            )
            self._start_services()
            self._opened = opened.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._opened.close()

    @property
    def settings(self) -> Settings:
        """The settings that all services of this stack read."""
        return load_settings(self.config, use_environment=False)

    @property
    def manager(self) -> tuple[str, int]:
        """Host and port of the farm manager."""
        port = readiness.port_in(self.folder / "manager.port")
        return LOOPBACK, port or 0

    @property
    def flower_url(self) -> str | None:
        """Address of the dashboard, None without one."""
        return None if self._flower_port is None else f"http://{LOOPBACK}:{self._flower_port}/"

    @property
    def web_url(self) -> str | None:
        """Address of the page of all jobs, None without one."""
        return None if self._web_port is None else f"http://{LOOPBACK}:{self._web_port}/"

    def check(self) -> None:
        """Raise EmbeddedError if a service has died."""
        self.processes.check()

    def _open_redis(self, opened: ExitStack) -> str:
        """Processes are stopped before a borrowed database is emptied."""
        url = os.environ.get("FLATIRON_REDIS_URL")
        if url:
            opened.enter_context(borrowed(url))
        opened.enter_context(self.processes)
        return url or start_redis(self.processes, self.folder / "redis")

    def _start_services(self) -> None:
        self._start_farm()
        for number in range(1, self._workers + 1):
            self.start_worker(f"worker-{number}")
        self._start("sweep", "workers.cli", "--config", str(self.config), "sweep")
        if self._flower_port is not None:
            self._start("flower", "workers.cli", "--config", str(self.config), "flower")
        if self._web_port is not None:
            self._start("web", "workers.cli", "--config", str(self.config), "web")
        self._wait_for_services()

    def _start_farm(self) -> None:
        port_file = self.folder / "manager.port"
        port_file.unlink(missing_ok=True)
        options = ("--port", "0", "--port-file", str(port_file), "--retry-interval-s", "2")
        self._start("manager", "workers.farm", "manager", "--state-dir", str(self.folder / "manager"), *options)
        self.processes.wait_until(
            "The farm manager", lambda: readiness.manager_greets(*self.manager), deadline_s=_DEADLINE_S
        )
        address = ":".join(map(str, self.manager))
        for number in range(1, self._nodes + 1):
            self._start(f"node-{number}", "workers.farm", "server", "--manager", address, "--name", f"node-{number}")

    def _wait_for_services(self) -> None:
        url, workers = self.settings.redis_url, self._workers
        self.processes.wait_until(
            "The Celery worker", lambda: readiness.workers_answer(url, workers), deadline_s=_DEADLINE_S
        )
        pages = (
            ("Flower", self._flower_port, readiness.flower_serves),
            ("The page of jobs", self._web_port, readiness.web_serves),
        )
        for name, port, serves in pages:
            if port is not None:
                self.processes.wait_until(name, partial(serves, LOOPBACK, port), deadline_s=_DEADLINE_S)

    def start_worker(self, name: str) -> Child:
        """Start one more Celery worker; it is ready when it answers."""
        arguments = ("worker", f"--hostname={name}@embedded", f"--concurrency={self._concurrency}")
        return self._start(name, "workers.cli", "--config", str(self.config), *arguments)

    def _start(self, name: str, module: str, *arguments: str) -> Child:
        command: Sequence[str] = (sys.executable, "-m", module, *arguments)
        return self.processes.start(name, command, env=self._environment)
