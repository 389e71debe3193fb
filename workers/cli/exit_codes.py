"""What the command's exit codes mean, and which error leads to which."""

from __future__ import annotations

from enum import IntEnum

import redis
from kombu.exceptions import OperationalError

from flatiron_tasks.contracts.errors import BadInputError, FarmError, NotReadyError, StateError, TransportError


class ExitCode(IntEnum):
    """Documented in `flatiron --help`; scripts rely on them."""

    OK = 0
    INTERNAL = 1
    USAGE = 2
    BAD_INPUT = 3
    NOT_READY = 4
    FARM = 5
    JOB_FAILED = 6
    NO_REDIS = 7
    DIFFERENT = 8
    NO_PROOF = 9
    UNHEALTHY = 10
    INTERRUPTED = 130


MEANINGS = {
    ExitCode.OK: "done",
    ExitCode.INTERNAL: "something else went wrong; --verbose shows the traceback",
    ExitCode.USAGE: "the command line is wrong",
    ExitCode.BAD_INPUT: "settings, options or files are refused, or nobody knows the job",
    ExitCode.NOT_READY: "pieces are missing or rejected",
    ExitCode.FARM: "the farm manager does not answer or refuses",
    ExitCode.JOB_FAILED: "the job failed or was cancelled",
    ExitCode.NO_REDIS: "Redis cannot be reached",
    ExitCode.DIFFERENT: "the texture is not what the bake made",
    ExitCode.NO_PROOF: "nothing proves what the texture is",
    ExitCode.UNHEALTHY: "the doctor found something wrong",
    ExitCode.INTERRUPTED: "interrupted with Ctrl-C",
}
# redis-py raises the first two itself; Celery wraps them into the last one when it sends a message.
REDIS_ERRORS = (redis.ConnectionError, redis.TimeoutError, OperationalError)
_OF_ERRORS: tuple[tuple[type[Exception], ExitCode], ...] = (
    (NotReadyError, ExitCode.NOT_READY),
    (BadInputError, ExitCode.BAD_INPUT),
    (StateError, ExitCode.BAD_INPUT),
    (FarmError, ExitCode.FARM),
    (TransportError, ExitCode.NO_REDIS),
)


def exit_code_of(error: Exception) -> ExitCode:
    """The exit code for an error that ends a command."""
    if isinstance(error, REDIS_ERRORS):
        return ExitCode.NO_REDIS
    return next((code for kind, code in _OF_ERRORS if isinstance(error, kind)), ExitCode.INTERNAL)


def documented() -> str:
    """The table of exit codes for `--help`."""
    return "Exit codes: " + "; ".join(f"{code.value} {meaning}" for code, meaning in MEANINGS.items()) + "."
