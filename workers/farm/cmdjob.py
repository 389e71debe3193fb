"""A drop-in `cmdjob` for the local farm: same options, same success line.

Exit code 0 = submitted; 1 = not, with a text on standard error.

How Autodesk's cmdjob talks to its manager is not documented; this one uses an extension that only our manager has.
"""

from __future__ import annotations

import getpass
import json
import platform
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from flatiron_tasks.backburner import assumptions
from flatiron_tasks.backburner.client import ManagerClient
from flatiron_tasks.backburner.session import Address, Session
from flatiron_tasks.contracts.errors import BadInputError, FarmError, FarmRefusedError, FlatironError
from workers.farm.access import read_token, with_token
from workers.farm.connection import NEW_JOB
from workers.farm.jobs import JobSpec, OnCompletion
from workers.farm.options import IGNORED, CommandLine, parse

_DEFAULT_MANAGER: Final = "127.0.0.1"
_MAX_TASKS: Final = 1_000_000
_TIMEOUT_S: Final = 20.0
_USAGE: Final = """\
cmdjob <options> executable <its parameters>      (local farm)
  -jobName:<name> -jobNameAdjust -description:<text> -priority:<0..100> -suspended
  -manager:<host> -port:<number> -group:<name> -servers:<name;name> -serverCount:<number>
  -taskList:<file> -taskName:<column> -jobParamFile:<file> | -numTasks:<n> -tp_start:<n> -tp_jump:<n>
  -timeout:<minutes> -logPath:<existing folder> -leaveInQueue -archive[:days] -delete[:days]
  -dependencies:<name or number;…> -nonconcurrent -tokenFile:<file>
  tokens: %tpX %tn %jpX (%4tn: padded with zeros to four digits) %jn %dsc %srv
"""


def main() -> None:
    """Entry point of the `cmdjob` command."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Submit a job as the arguments say. Returns the exit code."""
    if not arguments or arguments[0] in {"-?", "-h", "--help"}:
        sys.stdout.write(_USAGE)
        return 0
    try:
        line = parse(arguments)
        spec = job_spec(line)
        handle, strangers = _submit(line, spec), _strangers(line, spec)
    except BadInputError as error:
        sys.stderr.write(f"Job submission failed: invalid argument: {error}\n")
        return 1
    except (FlatironError, OSError) as error:
        sys.stderr.write(f"Job submission failed: {error}\n")
        return 1
    for name in sorted(IGNORED & line.options.keys()):
        sys.stderr.write(f"Note: -{name} has no effect on the local farm\n")
    for name in strangers:
        sys.stderr.write(f"Note: the manager knows no server {name}; the job waits for one of that name\n")
    sys.stdout.write(f"Successfully submitted job {handle}\n")
    return 0


def job_spec(line: CommandLine) -> JobSpec:
    """The job that a command line means. Raises BadInputError, and OSError if a file cannot be read."""
    on_completion, days = _completion(line)
    return JobSpec(
        name=_name(line),
        words=line.command,
        rows=_rows(line),
        description=line.text("description"),
        priority=_priority(line),
        task_name_column=line.whole("taskname", 0),
        parameters=_parameters(line),
        timeout_minutes=line.number("timeout", 60),
        group=line.text("group"),
        servers=tuple(name for name in line.text("servers").split(";") if name),
        server_count=line.whole("servercount", 0),
        log_path=_log_path(line),
        suspended="suspended" in line.options,
        on_completion=on_completion,
        completion_days=days,
        adjust_name="jobnameadjust" in line.options,
        user=getpass.getuser(),
        computer=platform.node(),
        dependencies=tuple(name for name in re.split("[;,]", line.text("dependencies")) if name),
        nonconcurrent="nonconcurrent" in line.options,
    )


def _submit(line: CommandLine, spec: JobSpec) -> str:
    host, port = _manager(line)
    file = line.text("tokenfile")
    document = with_token(spec.to_json(), read_token(Path(file) if file else None))
    with Session(Address(host, port, connect_timeout_s=_TIMEOUT_S, read_timeout_s=_TIMEOUT_S)) as session:
        reply = session.upload(*NEW_JOB, body=json.dumps(document).encode("ascii"))
    if reply.code != 200:
        raise FarmRefusedError(f"The manager answered {reply.code} {reply.text}")
    return reply.text


def _manager(line: CommandLine) -> tuple[str, int]:
    return line.text("manager", _DEFAULT_MANAGER), line.whole("port", assumptions.MANAGER_PORT)


def _strangers(line: CommandLine, spec: JobSpec) -> list[str]:
    """Names after -servers that the manager has never seen. The job is in the queue: no answer is no failure."""
    if not spec.servers or spec.group:
        return []
    host, port = _manager(line)
    try:
        with ManagerClient(host, port) as client:
            known = {server.name for server in client.servers()}
    except FarmError as error:
        sys.stderr.write(f"Note: the names after -servers were not checked: {error}\n")
        return []
    return [name for name in spec.servers if name not in known]


def _rows(line: CommandLine) -> tuple[tuple[str, ...], ...]:
    if file := line.text("tasklist"):
        rows = _table(Path(file))
        if not rows:
            raise BadInputError(f"The task list {file} has no rows")
        return rows
    count = line.whole("numtasks", 1)
    if not 1 <= count <= _MAX_TASKS:
        raise BadInputError(f"-numTasks must be 1 to {_MAX_TASKS}")
    start, jump = line.whole("tp_start", 1), line.whole("tp_jump", 1)
    return tuple((str(start + number * jump),) for number in range(count))


def _parameters(line: CommandLine) -> tuple[str, ...]:
    file = line.text("jobparamfile")
    return tuple(row[1] if len(row) > 1 else "" for row in _table(Path(file))) if file else ()


def _table(file: Path) -> tuple[tuple[str, ...], ...]:
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInputError(f"{file} is not UTF-8 text", why=str(error)) from error
    lines = text.replace("\r\n", "\n").split("\n")
    return tuple(tuple(row.split("\t")) for row in lines if row)


def _name(line: CommandLine) -> str:
    name = line.text("jobname", "cmdJob")
    if not assumptions.is_job_name(name):
        raise BadInputError(
            f"{name!r} cannot be a job name", why="it is longer than 70, or has signs other than `_-,. `"
        )
    return name


def _priority(line: CommandLine) -> int:
    priority = line.whole("priority", 50)
    if priority > assumptions.PRIORITY_SUSPENDED:
        raise BadInputError(f"-priority must be 0 to {assumptions.PRIORITY_SUSPENDED}, not {priority}")
    return priority


def _log_path(line: CommandLine) -> str:
    folder = line.text("logpath")
    if folder and not Path(folder).is_dir():
        raise BadInputError(f"The log folder {folder} does not exist", advice="create it; cmdjob does not")
    return folder


def _completion(line: CommandLine) -> tuple[OnCompletion, float]:
    """What is to become of the job; of several wishes -leaveInQueue wins over -archive over -delete."""
    if "leaveinqueue" in line.options:
        return OnCompletion.LEAVE, 0.0
    for wish in (OnCompletion.ARCHIVE, OnCompletion.DELETE):
        if wish in line.options:
            return wish, line.number(wish, 0.0) if line.options[wish] else 0.0
    return OnCompletion.DEFAULT, 0.0


if __name__ == "__main__":
    main()
