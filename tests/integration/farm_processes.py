"""A local farm of real processes, started with the command that people use. Knows nothing of the protocol."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

from tests.waiting import wait_until

_END_S = 30


class FarmProcesses:
    """`options` go to `flatiron farm manager`. A context manager that leaves nothing behind."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.port = 0
        self._options = options
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> FarmProcesses:
        self.start_manager()
        return self

    def __exit__(self, *_: object) -> None:
        for name in list(self._processes):
            self.end(name)

    def start_manager(self, *more: str) -> None:
        """Start it, on the port of its predecessor if there was one."""
        port_file = self.folder / "port"
        port_file.unlink(missing_ok=True)
        state = ("--state-dir", str(self.folder / "state"))
        self._start("manager", *state, "--port", str(self.port), "--port-file", str(port_file), *self._options, *more)
        self.port = int(wait_until(lambda: _text(port_file), what="the manager listens"))

    def start_server(self, name: str, *options: str, host: str = "127.0.0.1") -> None:
        self._start("server", "--manager", f"{host}:{self.port}", "--name", name, *options)

    def submit(self, name: str, code: str, *options: str, tasks: int = 1) -> str:
        """A job whose tasks run a line of Python with the task's number as their argument. Its handle."""
        words = ("-numTasks:" + str(tasks), *options, sys.executable, "-c", code, "%tp1")
        done = self.cmdjob(f"-jobName:{name}", *words)
        match = re.fullmatch(r"Successfully submitted job (\d{8,10})\n", done.stdout)
        assert match is not None, done.stderr
        return match[1]

    def cmdjob(self, *words: str) -> subprocess.CompletedProcess[str]:
        """What becomes of a submission."""
        command = (sys.executable, "-m", "workers.farm.cmdjob", f"-port:{self.port}", *words)
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    def wait(self, name: str) -> int:
        """The exit code of a process that ends by itself."""
        return self._processes.pop(name).wait(_END_S)

    def kill(self, name: str) -> None:
        """SIGKILL."""
        process = self._processes.pop(name)
        process.kill()
        process.wait(_END_S)

    def end(self, name: str) -> int:
        """SIGTERM; the exit code."""
        process = self._processes.pop(name)
        process.send_signal(signal.SIGTERM)
        try:
            return process.wait(_END_S)
        finally:
            process.kill()

    def output(self, name: str) -> str:
        return _text(self.folder / f"{name}.out")

    def _start(self, kind: str, *arguments: str) -> None:
        name = "manager" if kind == "manager" else arguments[3]
        with (self.folder / f"{name}.out").open("ab") as output:
            command = (sys.executable, "-m", "workers.cli", "farm", kind, *arguments)
            self._processes[name] = subprocess.Popen(command, stdout=output, stderr=output)


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.exists() else ""
