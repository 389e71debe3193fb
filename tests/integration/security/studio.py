"""A studio as SECURITY.md wants it: Redis with deploy/redis's configuration and one account per role, over TLS.

Every program is a process of its own with the account of its role. What Redis denies anybody is in `denied()`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import redis

from flatiron_tasks.contracts.channels import artist_key
from flatiron_tasks.pipeline.clock import RedisClock
from flatiron_tasks.pipeline.store import JobStore, connect
from flatiron_tasks.settings import Settings
from tests.tls_proxy import make_authority, tls_proxy
from workers.embedded import readiness
from workers.embedded.ports import LOOPBACK, free_port
from workers.embedded.processes import Child, ProcessGroup, environment_without_settings
from workers.embedded.redis_server import answers, find_server
from workers.embedded.stack_files import write_node_config, write_settings
from workers.node.build import build_node_program
from workers.redis_accounts.acl_file import accounts, acl_file, new_passwords

ARTISTS = ("Ann", "Bob")
CONFIGURATION = Path(__file__).resolve().parents[3] / "deploy" / "redis" / "redis.conf"
_DEADLINE_S = 90.0


class Studio:
    """Everything runs when it is entered: Redis, a farm of one node, the workers by role, the sweep and Flower."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.network_folder = folder / "network"
        self.program = folder / "programs" / "node.pyz"
        self.processes = ProcessGroup(folder / "logs")
        wanted = accounts(ARTISTS)
        self._passwords = new_passwords(wanted, {})
        self._acl = acl_file(wanted, self._passwords)
        self._authority = make_authority(folder / "tls")
        self._port = free_port()
        self._flower_port = free_port()

    def __enter__(self) -> Self:
        self.network_folder.mkdir()
        self.program.parent.mkdir()
        self.program.write_bytes(build_node_program())
        with ExitStack() as opened:
            opened.enter_context(self.processes)
            self._start_redis()
            self._tls_port = opened.enter_context(tls_proxy(self._port, self._authority))
            self._start_services()
            self._opened = opened.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._opened.close()

    def url(self, account: str) -> str:
        """Address of Redis for an account, over TLS, as an administrator writes it."""
        query = f"?ssl_ca_certs={quote(str(self._authority.ca_file))}" if account in map(artist_key, ARTISTS) else ""
        return f"rediss://{account}:{self._passwords[account]}@localhost:{self._tls_port}/0{query}"

    def open_url(self, account: str) -> str:
        """The same without TLS, past the proxy."""
        return f"redis://{account}:{self._passwords[account]}@{LOOPBACK}:{self._port}/0"

    def client(self, account: str) -> Any:
        """A client with an account's rights."""
        return connect(self.open_url(account))

    def settings(self, account: str) -> Settings:
        """The settings of the programs that run with this account."""
        return Settings(
            redis_url=self.url(account),
            redis_ca_file=self._authority.ca_file,
            artists=ARTISTS,
            network_folders=(self.network_folder,),
        )

    @property
    def manager(self) -> tuple[str, int]:
        """Host and port of the farm manager."""
        return LOOPBACK, readiness.port_in(self.folder / "manager.port") or 0

    @property
    def flower_url(self) -> str:
        """Address of the dashboard."""
        return f"http://{LOOPBACK}:{self._flower_port}"

    @property
    def store(self) -> JobStore:
        """The records, as the administrator sees them."""
        client = self.client("admin")
        return JobStore(client, RedisClock(client))

    def denied(self) -> list[Mapping[str, str]]:
        """What Redis has denied since the last `forgive`."""
        return [
            {key: str(entry[key]) for key in ("username", "reason", "object", "count", "context")}
            for entry in self.client("admin").acl_log()
        ]

    def forgive(self) -> None:
        """Forget what was denied."""
        self.client("admin").acl_log_reset()

    def refused(self, reason: str) -> int:
        """How often the front desk has refused messages for this reason."""
        return self.store.artists.refusals().get(reason, 0)

    def log(self, name: str) -> str:
        """What a program has written."""
        return (self.processes.log_folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")

    def _start_redis(self) -> None:
        """With deploy's own configuration, but for TLS, which this server program may not have, and for places."""
        (self.folder / "users.acl").write_text(self._acl, encoding="utf-8")
        (self.folder / "redis").mkdir()
        own = ("tls-", "port", "dir", "aclfile")
        kept = [line for line in CONFIGURATION.read_text("utf-8").splitlines() if not line.startswith(own)]
        places = [f"port {self._port}", f'dir "{self.folder / "redis"}"', f'aclfile "{self.folder / "users.acl"}"']
        command = (str(find_server().path), "-")
        self.processes.start("redis", command, stdin="\n".join([*kept, *places]) + "\n")
        self.processes.wait_until("Redis", lambda: answers(self.open_url("admin")), deadline_s=_DEADLINE_S)

    def _start_services(self) -> None:
        write_node_config(self.folder / "node.json")
        self._start_farm()
        self.start("worker", "worker", "--queues=dispatch", "--queues=poll", "--queues=merge", "--queues=deliver")
        self.start("front-desk", "worker", "--queues=front-desk")
        self.start("sweep", "sweep")
        self.start("flower", "flower")
        self.processes.wait_until(
            "The workers", lambda: readiness.workers_answer(self.settings("td").redis_url, 2), deadline_s=_DEADLINE_S
        )
        self.processes.wait_until(
            "Flower", lambda: readiness.flower_serves(LOOPBACK, self._flower_port), deadline_s=_DEADLINE_S
        )

    def _start_farm(self) -> None:
        port_file = self.folder / "manager.port"
        options = ("--port", "0", "--port-file", str(port_file), "--state-dir", str(self.folder / "manager"))
        self._run("manager", "workers.farm", "manager", *options, "--retry-interval-s", "2")
        self.processes.wait_until(
            "The farm manager", lambda: readiness.manager_greets(*self.manager), deadline_s=_DEADLINE_S
        )
        self._run("node", "workers.farm", "server", "--manager", ":".join(map(str, self.manager)), "--name", "node-1")

    def start(self, account: str, command: str, *arguments: str) -> Child:
        """Start one of our programs with the account of its role."""
        config = self.config(account)
        options = (f"--hostname={account}@studio", "--concurrency=1") if command == "worker" else ()
        return self._run(account, "workers.cli", "--config", str(config), command, *arguments, *options)

    def config(self, account: str) -> Path:
        """The settings file of an account."""
        config = self.folder / f"{account}.toml"
        settings = self.settings(account)
        write_settings(
            config,
            redis_url=settings.redis_url,
            network_folder=self.network_folder,
            flower_port=self._flower_port,
            flower_state=self.folder / "flower.db",
            changes={
                "redis_ca_file": str(self._authority.ca_file),
                "artists": list(ARTISTS),
                "node_program_path": str(self.program),
            },
        )
        with config.open("a", encoding="utf-8") as file:
            file.write(f"read_only = false\nbasic_auth = {json.dumps('td:dashboard-password')}\n")
        return config

    def _run(self, name: str, module: str, *arguments: str) -> Child:
        environment = {**environment_without_settings(), "FLATIRON_NODE_CONFIG": str(self.folder / "node.json")}
        return self.processes.start(name, (sys.executable, "-m", module, *arguments), env=environment)


def raw(client: Any, *command: object) -> str:
    """The answer of Redis to a command: the name of its error, or "done"."""
    try:
        client.execute_command(*command)
    except (redis.exceptions.NoPermissionError, redis.exceptions.AuthenticationError) as error:
        return f"denied: {error}"
    except redis.exceptions.ResponseError as error:
        return f"error: {error}"
    return "done"
