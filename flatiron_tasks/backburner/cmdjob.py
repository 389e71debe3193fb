"""Submission through cmdjob, Autodesk's command line tool (or ours, which takes the same options).

Trusts neither the exit code nor the output alone, and never waits longer than its time limit. Does not know whether a
job of the same name is there already: after a lost answer, look before trying again.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from flatiron_tasks.backburner import assumptions, cmdjob_location, quoting, submission
from flatiron_tasks.contracts.errors import FarmError, FarmRefusedError, FarmSubmissionError
from flatiron_tasks.pipeline.farm_port import FarmJob
from flatiron_tasks.share.parent_death import dying_with_parent
from flatiron_tasks.share.temporary_folder import temporary_folder

_SHOWN_OUTPUT = 2000
_LONGEST_S = 3600.0
_OUR_VARIABLES = "FLATIRON_"


class CmdJob:
    """Submits jobs to one manager.

    `command` is the program with its fixed arguments: `("cmdjob",)` for the one that is installed here, a full path, or
    `(sys.executable, "-m", "workers.farm.cmdjob")`. No shell is involved, and none of our settings reach the program.
    """

    def __init__(
        self,
        command: tuple[str, ...] = ("cmdjob",),
        *,
        manager: str,
        port: int = assumptions.MANAGER_PORT,
        time_limit_s: float = 120.0,
        platform: str = sys.platform,
    ) -> None:
        self._command = cmdjob_location.located(command, platform=platform)
        self._platform = platform
        self._manager = manager
        self._port = port
        self._time_limit_s = time_limit_s

    def submit(self, job: FarmJob) -> str:
        """Submit `job` and return its handle, a decimal number as text.

        Raises FarmRefusedError (the job cannot be said to cmdjob, cmdjob cannot be run, or it said what no further
        attempt will mend) or FarmSubmissionError (no end within the time limit, or any other end than a good one
        with the number of a job).
        """
        submission.check(job)
        with temporary_folder("flatiron-cmdjob", longest_s=max(_LONGEST_S, 2 * self._time_limit_s)) as folder:
            task_list = Path(folder, "tasks.txt")
            task_list.write_bytes(submission.task_list(job.task_rows))
            # Output goes to a file: a pipe would stay open, and be waited for, as long as any child of cmdjob lives.
            with Path(folder, "output.txt").open("w+b") as output:
                exit_code = self._run([*self.options(job, task_list), *submission.words(job)], output.fileno())
                output.seek(0)
                text = output.read().decode("utf-8", "replace")
        return self._handle(job, exit_code, text)

    def options(self, job: FarmJob, task_list: Path) -> list[str]:
        """The command line up to the job's own command; `-option:value` in one argument, as production scripts do."""
        optional = {
            "-description": assumptions.safe_description(job.description),
            "-group": job.server_group,
            "-servers": ";".join(job.servers),
            "-logPath": job.log_folder,
        }
        return [
            *self._command,
            f"-jobName:{job.name}",
            f"-manager:{self._manager}",
            f"-port:{self._port}",
            f"-priority:{job.priority}",
            f"-timeout:{job.timeout_minutes}",
            *(f"{option}:{value}" for option, value in optional.items() if value),
            "-leaveInQueue",
            f"-taskList:{task_list}",
            f"-taskName:{assumptions.TASK_NAME_COLUMN}",
        ]

    def _run(self, arguments: list[str], output: int) -> int:
        line = quoting.windows(arguments) if self._platform == "win32" else arguments
        try:
            return subprocess.run(
                line,
                env={name: value for name, value in os.environ.items() if not name.upper().startswith(_OUR_VARIABLES)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=self._time_limit_s,
                check=False,
                # One that hangs must not submit anything after its worker was killed.
                preexec_fn=dying_with_parent(),
            ).returncode
        except subprocess.TimeoutExpired as error:
            raise FarmSubmissionError(
                f"{self._command[0]} did not end within {self._time_limit_s:g} s",
                why=f"nobody knows what it waits for; it was to talk to the manager {self._manager}:{self._port}",
                advice="run it by hand on this worker to see where it hangs",
            ) from error
        except OSError as error:
            raise FarmRefusedError(
                f"{self._command[0]} cannot be run",
                why=str(error),
                advice="install Backburner on this worker, or set the path of cmdjob in the settings "
                f"(looked for on the PATH and at {', '.join(cmdjob_location.places(self._platform)) or 'no place'})",
            ) from error

    def _handle(self, job: FarmJob, exit_code: int, text: str) -> str:
        found = assumptions.SUBMITTED_LINE.search(text)
        shown = text.strip()[-_SHOWN_OUTPUT:] or "nothing"
        if exit_code == assumptions.CMDJOB_SUCCESS_EXIT and found:
            return found[1]
        raise _failure(job, exit_code, shown)


def _failure(job: FarmJob, exit_code: int, shown: str) -> FarmError:
    if assumptions.HOPELESS_REFUSAL.search(shown):
        return FarmRefusedError(
            f"cmdjob refused the job {job.name} (exit code {exit_code})",
            why=f"it printed: {shown}",
            advice="correct what it complains about: the job's server group, or the command for cmdjob in the settings",
        )
    return FarmSubmissionError(
        f"cmdjob did not submit the job {job.name} (exit code {exit_code})",
        why=f"it printed: {shown}",
        advice="look at the manager's log, and run cmdjob by hand on this worker",
    )
