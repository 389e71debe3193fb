"""A local farm of real processes for one test: its manager, its servers, and commands that tasks can run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil

from flatiron_tasks.backburner.client import ManagerClient
from flatiron_tasks.backburner.farm import BackburnerFarm
from flatiron_tasks.pipeline.farm_port import FarmJob, FarmJobState
from tests.waiting import wait_until

_HOST = "127.0.0.1"
_END_S = 30

APPEND_ROW = "open('ran', 'a').write(sys.argv[1] + chr(10))"
REPORT_PID = "open('pids', 'a').write(f'{os.getpid()}\\n')"


def first_time_only(trouble: str) -> str:
    """A task that reports its process, gets into `trouble` at its first attempt and appends its row at any other."""
    return f"""
{REPORT_PID}
try:
    pathlib.Path('tried').mkdir()
except FileExistsError:
    {APPEND_ROW}
else:
    {trouble}
"""


class LocalFarm:
    """Starts and ends the farm's processes. `options` go to the manager's command line."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.port = 0
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._options = options

    @property
    def farm(self) -> BackburnerFarm:
        return BackburnerFarm(_HOST, self.port, cmdjob=(sys.executable, "-m", "workers.farm.cmdjob"))

    def client(self) -> ManagerClient:
        return ManagerClient(_HOST, self.port)

    def start_manager(self) -> None:
        """Start it on the port of its predecessor, if there was one."""
        port_file = self.folder / "port"
        port_file.unlink(missing_ok=True)
        arguments = ("--state-dir", f"{self.folder / 'state'}", "--port", f"{self.port}", "--port-file", f"{port_file}")
        self._start("manager", "manager", *arguments, *self._options)
        wait_until(port_file.exists, what="the manager listens")
        self.port = int(port_file.read_text())

    def await_state(self, handle: str, state: FarmJobState) -> None:
        def reached() -> bool:
            detail = self.farm.detail(handle)
            return detail is not None and detail.state is state

        wait_until(reached, what=f"the job is {state.value}")

    def start_server(self, name: str, *groups: str, options: tuple[str, ...] = ()) -> None:
        options = (*options, *(argument for group in groups for argument in ("--group", group)))
        self._start(name, "server", "--manager", f"{_HOST}:{self.port}", "--name", name, *options)
        wait_until(lambda: self.server_state(name), what=f"{name} is known and not absent")

    def server_state(self, name: str) -> int | None:
        with self.client() as client:
            return next((server.state for server in client.servers() if server.name == name), None)

    def kill(self, name: str) -> None:
        """SIGKILL."""
        process = self.processes.pop(name)
        process.kill()
        process.wait(_END_S)

    def end(self, name: str) -> int:
        """SIGTERM; returns the exit code."""
        process = self.processes.pop(name)
        process.send_signal(signal.SIGTERM)
        try:
            return process.wait(_END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(_END_S)
            raise

    def close(self) -> None:
        for name in list(self.processes):
            self.end(name)

    def _start(self, name: str, *arguments: str) -> None:
        with (self.folder / f"{name}.out").open("ab") as output:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", "workers.farm", *arguments], stdout=output, stderr=output
            )


class Scripts:
    """Jobs whose tasks run small Python programs in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def job(self, name: str, code: str, *rows: tuple[str, ...], timeout_minutes: int = 60, group: str = "") -> FarmJob:
        """A job that runs `code` for each row, the columns of the row in `sys.argv[1:]`, in this folder."""
        script = self.folder / f"{name}.py"
        script.write_text(
            f"import os, pathlib, signal, sys\nos.chdir({str(self.folder)!r})\n{code}\n", encoding="utf-8"
        )
        columns = tuple(f"{{{number}}}" for number in range(1, len(rows[0]) + 1))
        return FarmJob(
            name=name,
            description=f"contract test {name}",
            command=(sys.executable, str(script), *columns),
            task_rows=rows,
            server_group=group,
            timeout_minutes=timeout_minutes,
            log_folder=str(self.folder),
        )

    def lines(self, file: str) -> list[str]:
        """The lines of a file in the folder; none if it is not there."""
        path = self.folder / file
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []

    def pids(self, file: str) -> list[int]:
        """Process ids that tasks wrote, one per line."""
        return [int(line) for line in self.lines(file)]

    def servers_that_ran(self, name: str, task: int) -> set[str]:
        """Which servers left a log of this task."""
        start = f"{name}-{task}-"
        return {path.name.removeprefix(start).removesuffix(".log") for path in self.folder.glob(f"{start}*.log")}


def is_running(pid: int) -> bool:
    """Whether a process exists and is more than a zombie."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def open_gate(fifo: Path) -> None:
    """Let the one task through that waits in `open(fifo).read()`."""
    wait_until(lambda: _opened(fifo), what="a task waits at the gate")


def _opened(fifo: Path) -> bool:
    try:
        os.close(os.open(fifo, os.O_WRONLY | os.O_NONBLOCK))
    except OSError:
        return False
    return True
