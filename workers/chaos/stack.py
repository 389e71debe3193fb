"""The private stack of a chaos run: real processes that are started again when they die, as a service manager would.

Redis (on a port of its own, so that it comes back where it was), a proxy in front of it, the farm's manager and nodes,
workers and the sweep. Each process has a name that outlives it; every life has a log of its own.
"""

from __future__ import annotations

import json
import secrets
import shlex
import shutil
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil
import redis
from kombu.exceptions import OperationalError

from flatiron_tasks.settings import Settings, load_settings
from workers.chaos.schedule import NODES, SUBMITTERS, WORKERS
from workers.chaos.seam import Seam
from workers.chaos.share import Share
from workers.embedded import readiness
from workers.embedded.errors import EmbeddedError
from workers.embedded.ports import LOOPBACK, free_port
from workers.embedded.processes import Child, ProcessGroup, environment_without_settings
from workers.embedded.redis_server import answers, find_server
from workers.embedded.stack_files import write_settings
from workers.node.configuration import BUILT_IN

_PACKAGE = Path(__file__).parent
_DEADLINE_S = 60.0
_LOOK_S = 0.2
_QUICK = {
    "lease_seconds": 8.0,
    "step_stalled_seconds": 4.0,
    "stuck_seconds": 5.0,
    "farm_timeout_seconds": 5.0,
    "poll_idle_seconds": 5.0,
    "share_caching_seconds": 4.0,
    "merge_threads": 1,
    "share_probe_minutes": 0.0,  # a probe would keep nodes out whose clocks or share are wrong: here they must go on
}


@dataclass
class Service:
    """One process that is kept alive. `lives` counts how often it was started."""

    name: str
    command: Callable[[], list[str]]
    environment: Mapping[str, str]
    stdin: str = ""
    is_wanted: bool = True
    lives: int = 0
    child: Child | None = None


class ChaosStack:
    """A context manager: when it is entered, all services answer."""

    def __init__(self, folder: Path, share: Share, seam: Seam, *, seed: int, skews: Mapping[str, float]) -> None:
        self.folder, self.share, self.seam = folder, share, seam
        self.orders = folder / "orders"
        self.config = folder / "flatiron.toml"
        self.temporary = folder / "temporary"
        self.submitters = folder / "submitters"
        self.seed = seed
        self.group = ProcessGroup(folder / "logs")
        self.services: dict[str, Service] = {}
        self.deaths: list[str] = []
        self._skews = skews
        self._password = secrets.token_urlsafe(18)
        self._ports = {name: free_port() for name in ("redis", "proxy", "manager")}
        self._closing = threading.Event()
        self._lock = threading.RLock()
        self._keeper = threading.Thread(target=self._keep, name="keeper", daemon=True)

    @property
    def redis_url(self) -> str:
        """Redis itself, for whoever watches."""
        return f"redis://:{self._password}@{LOOPBACK}:{self._ports['redis']}/0"

    @property
    def proxy_url(self) -> str:
        """Redis as everybody in the stack sees it."""
        return f"redis://:{self._password}@{LOOPBACK}:{self._ports['proxy']}/0"

    @property
    def manager(self) -> tuple[str, int]:
        """Host and port of the farm's manager."""
        return LOOPBACK, self._ports["manager"]

    @property
    def settings(self) -> Settings:
        """What workers read."""
        return load_settings(self.config, use_environment=False)

    def __enter__(self) -> Self:
        for folder in (self.orders, self.temporary, self.submitters, self.folder / "redis", self.folder / "state"):
            folder.mkdir(parents=True, exist_ok=True)
        self._write_files()
        self._define()
        self.group.__enter__()
        try:
            for service in self.services.values():
                self._start(service)
                if service.name == "redis":
                    self.group.wait_until("Redis", lambda: answers(self.redis_url), deadline_s=_DEADLINE_S)
            self.wait_until_ready()
        except BaseException as error:
            self.group.__exit__(type(error), error, None)
            raise
        self._keeper.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._closing.set()
        self._keeper.join()
        self.group.__exit__(kind, error, traceback)

    def wait_until_ready(self) -> None:
        """Return when every service answers, even if some have to be started again for it. Raises EmbeddedError."""
        end = time.monotonic() + _DEADLINE_S
        while not (readiness.manager_greets(*self.manager) and self._workers_answer()):
            if time.monotonic() > end:
                raise EmbeddedError("The services did not come back.", why=f"Last deaths: {self.deaths[-3:]}")
            time.sleep(_LOOK_S)

    def _workers_answer(self) -> bool:
        """Redis may have been cut off just now: asked again."""
        try:
            return readiness.workers_answer(self.redis_url, WORKERS)
        except (redis.RedisError, OperationalError):
            return False

    def process(self, name: str) -> psutil.Process | None:
        """The running process of a service; None while it is dead."""
        child = self.services[name].child
        return child.process if child is not None and child.process.is_running() else None

    def hold(self, name: str) -> None:
        """Do not start this service again until `release`."""
        self.services[name].is_wanted = False

    def release(self, name: str) -> None:
        """Start the service again, now."""
        service = self.services[name]
        service.is_wanted = True
        with self._lock:
            self._revive(service)

    def lose_queue(self) -> None:
        """Delete the state of the farm's manager, which must be dead."""
        shutil.rmtree(self.folder / "state", ignore_errors=True)

    def _keep(self) -> None:
        while not self._closing.wait(_LOOK_S):
            with self._lock:
                for service in self.services.values():
                    if service.is_wanted:
                        self._revive(service)

    def _revive(self, service: Service) -> None:
        child = service.child
        if child is None or child.process.poll() is None:
            return
        self.deaths.append(f"{child.name}: exit code {child.process.poll()}")
        self.group.stop(child)  # also ends what it has left behind
        self._start(service)

    def _start(self, service: Service) -> None:
        service.lives += 1
        (self.folder / "state").mkdir(exist_ok=True)
        name = f"{service.name}.{service.lives}"
        service.child = self.group.start(name, service.command(), env=service.environment, stdin=service.stdin)

    def _define(self) -> None:
        plain = {
            **environment_without_settings(),
            "FLATIRON_NODE_CONFIG": str(self.folder / "node.json"),
            "CHAOS_ORDERS": str(self.orders),
            **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(self.temporary)),
        }
        python, port = sys.executable, str(self._ports["proxy"])
        self._add("redis", self._redis_command, plain, stdin=f"requirepass {self._password}\n")
        upstream, seed = str(self._ports["redis"]), str(self.seed)
        proxy = [python, "-m", "workers.chaos.proxy", port, upstream, str(self.orders), seed]
        self._add("proxy", lambda: proxy, plain)
        host, manager_port = self.manager
        farm = [python, "-m", "workers.farm"]
        options = ["--port", str(manager_port), "--retry-interval-s", "1", "--part-gap-ms", "0"]
        state = ["--state-dir", str(self.folder / "state"), "--absent-after-s", "5"]
        self._add("manager", lambda: [*farm, "manager", *state, *options], plain)
        for number in range(1, NODES + 1):
            self._add_node(f"node-{number}", [*farm, "server", "--manager", f"{host}:{manager_port}"], plain)
        flatiron = [python, "-m", "workers.cli", "--config", str(self.config)]
        for number in range(1, WORKERS + 1):
            self._add_worker(f"worker-{number}", [*flatiron, "worker", "--concurrency=2"], plain)
        self._add("sweep", lambda: [*flatiron, "sweep"], plain)
        for number in range(1, SUBMITTERS + 1):
            self._add_submitter(number, [python, "-m", "workers.chaos.submitter", str(number)], plain)

    def _add_node(self, name: str, command: list[str], plain: Mapping[str, str]) -> None:
        self._add(name, lambda: [*command, "--name", name], {**plain, **self._on_seam(name)})

    def _add_worker(self, name: str, command: list[str], plain: Mapping[str, str]) -> None:
        self._add(name, lambda: [*command, f"--hostname={name}@chaos"], {**plain, **self._on_seam(name)})

    def _add_submitter(self, number: int, command: list[str], plain: Mapping[str, str]) -> None:
        name = f"submitter-{number}"
        on_seam = self.seam.environment(self._skews.get(name, 0.0), is_mortal=True)
        self._add(name, lambda: [*command, str(self.submitters)], {**plain, **on_seam})

    def _add(
        self, name: str, command: Callable[[], list[str]], environment: Mapping[str, str], *, stdin: str = ""
    ) -> None:
        self.services[name] = Service(name, command, environment, stdin)

    def _on_seam(self, name: str) -> dict[str, str]:
        return self.seam.environment(self._skews.get(name, 0.0))

    def _redis_command(self) -> list[str]:
        options = {
            "bind": LOOPBACK,
            "port": str(self._ports["redis"]),
            "dir": str(self.folder / "redis"),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
        }
        return [
            str(find_server().path),
            "-",
            *(text for name, value in options.items() for text in (f"--{name}", value)),
        ]

    def _write_files(self) -> None:
        write_settings(
            self.config,
            redis_url=self.proxy_url,
            network_folder=self.share.folder,
            flower_port=None,
            flower_state=self.folder / "flower.db",
            changes={**_QUICK, "node_python": str(_node_python(self.folder))},
        )
        (self.folder / "node.json").write_text(json.dumps(_node_configuration()), "utf-8")


def _node_python(folder: Path) -> Path:
    """What nodes start as Python: the same, but a node that is ordered to lie does so after the node program."""
    script = folder / "node-python"
    python, liar = shlex.quote(sys.executable), shlex.quote(str(_PACKAGE / "liar.py"))
    script.write_text(
        "#!/bin/sh\n"
        f'set -- "$@"; ls "$CHAOS_ORDERS"/lie.* >/dev/null 2>&1 || exec {python} -S "$@"\n'
        f'{python} -S "$@"; code=$?\n'
        'while [ $# -gt 0 ]; do case "$1" in --job) job="$2";; --task) task="$2";; esac; shift; done\n'
        f'[ "$code" = 0 ] && {python} -I -S {liar} "$job" "$task"\n'
        'exit "$code"\n',
        "utf-8",
    )
    script.chmod(0o755)
    return script


def _node_configuration() -> dict[str, object]:
    built_in: dict[str, object] = json.loads(BUILT_IN.to_json())
    command = [sys.executable, "-I", "-S", str(_PACKAGE / "renderer.py"), "{task}"]
    entry = {"name": "chaos", "base": "reference", "command": command}
    return {**built_in, "renderers": [entry], "no_progress_seconds": 30}
