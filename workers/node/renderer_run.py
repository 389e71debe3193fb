"""One run of a renderer: started, watched, ended with all it started; what it left to read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from workers.node.launch import Launch
from workers.node.profile import NodeRenderer
from workers.node.renderer_logs import RendererLogs
from workers.node.renderer_process import ProcessStarter
from workers.node.supervision import Clock, Limits, Watch


@dataclass(frozen=True)
class Outcome:
    """How a renderer ended by itself."""

    exit_code: int
    """Signed: Windows gives 4294967166 for -130."""
    said: tuple[str, ...]
    """The last text of what it printed, then of each of its log files."""


@dataclass(frozen=True)
class RendererRun:
    """What a run needs."""

    renderer: NodeRenderer
    launch: Launch
    processes: ProcessStarter
    clock: Clock
    limits: Limits
    work: Path
    log: Path
    token: str
    is_stopped: Callable[[], bool]
    is_gone: Callable[[], bool]

    def to_end(self) -> Outcome:
        """Run it. Raises AttemptFailedError if it had to be killed, SettingsError if it cannot start."""
        logs = RendererLogs(self.renderer, self.log, self.launch.logs, self.clock.monotonic)
        environment: Mapping[str, str] = self.launch.environment
        process = self.processes.start(
            self.launch.command,
            folder=self.work,
            environment=environment,
            token=self.token,
            log=self.log,
            code_pages=self.renderer.code_pages,
        )
        printed, own = "", [""]
        try:
            watch = Watch(
                process,
                work=self.work,
                limits=self.limits,
                clock=self.clock,
                is_stopped=self.is_stopped,
                is_gone=self.is_gone,
                look_further=logs.look,
            )
            exit_code = signed(watch.until_end())
        finally:
            printed = process.end()
            own = logs.finish()
        return Outcome(exit_code, (printed, *own))


def signed(exit_code: int) -> int:
    """An exit code of Windows (32 bits, unsigned) as its makers write it."""
    return exit_code - (1 << 32) if exit_code >= 1 << 31 else exit_code
