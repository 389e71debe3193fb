"""What our Backburner code believes although no Autodesk document says it.

Everything here was inferred from third-party clients, from scripts that work in production, or is plainly a guess. A
real Manager may prove any of it wrong; then this file is the place to change, and the only one.
docs/backburner-protocol.md says what each belief rests on and how to check it on a real farm.
"""

from __future__ import annotations

import re
from enum import IntEnum
from typing import Final

from flatiron_tasks.pipeline.farm_port import FarmJobState, ServerState

# --- the connection -------------------------------------------------------------------------------------------------

MANAGER_PORT: Final = 3234

# A client that connects and stays silent is put in console mode and greeted; a first line `new login` selects program
# mode. How long a manager waits for that line, and whether it greets first, is not known: a client takes both, our own
# manager waits this long.
GREETING_CODE: Final = 250
GREETING_TEXT: Final = "backburner 1.0 Ready."
PROMPT: Final = b"backburner>"
PROMPT_IN_CONTROL: Final = b"backburner(Controller)>"
LOGIN: Final = ("new", "login")
LOGIN_CODE: Final = 200
LOGIN_TEXT: Final = "3.00 Ready"
LOGIN_PATIENCE_S: Final = 0.3
UPLOAD_READY_CODE: Final = 250

# The length in `251 LEN` counts a terminator behind the XML. Two clients drop it without showing its value; a NUL fits
# every length that was recorded. Not relied upon for reading: the XML ends at its last `>`.
PAYLOAD_TERMINATOR: Final = b"\0"

# No limit is documented. A status line is a sentence; 5,000 jobs in one list are 2 MB and 30,000 elements.
MAX_LINE_BYTES: Final = 8 * 1024
MAX_PAYLOAD_BYTES: Final = 16 * 1024 * 1024
MAX_ELEMENTS: Final = 250_000
MAX_DEPTH: Final = 32
MAX_BROKEN_ITEMS: Final = 20_000
MAX_ATTRIBUTES: Final = 16
MAX_ATTRIBUTE_SIGNS: Final = 8 * 1024

# Documents say that they are UTF-8. One that is not holds the bytes of a Windows code page: that of Western Europe. A
# wrong guess garbles the names of other people's jobs, never ours, which are ASCII.
FALLBACK_ENCODING: Final = "cp1252"

# A state that is there but empty. No manager has such a number; it is read as one that nobody knows.
EMPTY_STATE: Final = -1

# One client takes `404` and `450 J…` as "there is no such job", or "nothing to list", and `400 Unknown…` as "no such
# command". The rest of the texts is not known.
NOT_FOUND_CODE: Final = 404
JOB_REFUSED_CODE: Final = 450
JOB_REFUSED_PREFIX: Final = "J"
UNKNOWN_COMMAND_CODE: Final = 400
UNKNOWN_COMMAND_PREFIX: Final = "Unknown"
FIRST_REFUSAL_CODE: Final = 300


def means_nothing_found(code: int, text: str) -> bool:
    """Whether a reply says that there is no such thing, or nothing to list."""
    return code == NOT_FOUND_CODE or (code == JOB_REFUSED_CODE and text.startswith(JOB_REFUSED_PREFIX))


def means_unknown_command(code: int, text: str) -> bool:
    """Whether a reply says that this manager has no such command."""
    return code == UNKNOWN_COMMAND_CODE and text.startswith(UNKNOWN_COMMAND_PREFIX)


# Queue control. The reply to a change that needs control is not known, so a client takes every other refusal of a
# change for it, once; our own manager in strict mode answers NEED_CONTROL. `new controller Yes` asks: 201 grants at
# once, `200 Control Pending` means that somebody else holds it and has ten seconds to say no. How a client gives it
# back is not known, and neither is the meaning of `del controller`; that it ends with the connection is certain enough
# to be the only way we use.
TAKE_CONTROL: Final = ("new", "controller", "Yes")
CONTROL_GRANTED_CODE: Final = 201
CONTROL_PENDING_CODE: Final = 200
CONTROL_PENDING_TEXT: Final = "Control Pending"
CONTROL_GRANT_S: Final = 10.0
NEED_CONTROL_CODE: Final = 401
NEED_CONTROL_TEXT: Final = "Need queue control"

# `set jobstate H 1` suspends and `0` activates: these are not the numbers of `WireJobState`.
SET_STATE_ACTIVATE: Final = "0"
SET_STATE_SUSPEND: Final = "1"


class WireJobState(IntEnum):
    """A job's state on TCP. The C++ API numbers its states otherwise (3 error, 4 suspended)."""

    COMPLETE = 0
    NOT_STARTED = 1
    ACTIVE = 2
    SUSPENDED = 3
    WAITING = 4


class WireServerState(IntEnum):
    """A server's state: confirmed for the C++ API, inferred for TCP."""

    ABSENT = 0
    IDLE = 1
    BUSY = 2
    ERROR = 3
    SUSPENDED = 4


_FARM_STATES: Final = {
    WireJobState.COMPLETE: FarmJobState.COMPLETE,
    WireJobState.NOT_STARTED: FarmJobState.WAITING,
    WireJobState.ACTIVE: FarmJobState.ACTIVE,
    WireJobState.SUSPENDED: FarmJobState.SUSPENDED,
    WireJobState.WAITING: FarmJobState.WAITING,
}


def farm_state(number: int) -> FarmJobState:
    """The port's word for a state number.

    No number for "error" is known. An unknown one is neither an end nor a pause, so it counts as active: the caller
    goes on watching the job, and one strange job of somebody else never blinds us for all of them.
    """
    known = number in frozenset(WireJobState)
    return _FARM_STATES[WireJobState(number)] if known else FarmJobState.ACTIVE


def server_state(number: int) -> ServerState:
    """The port's word for a server's state number. An unknown one is neither free nor away, so it counts as busy."""
    known = number in frozenset(WireServerState)
    return ServerState[WireServerState(number).name] if known else ServerState.BUSY


# --- cmdjob ---------------------------------------------------------------------------------------------------------

# The exit codes of cmdjob are not documented, and published scripts disagree on whether they can be trusted. A
# submission happened when the exit code is 0 *and* this line was printed; anything else needs a look at the queue.
SUBMITTED_LINE: Final = re.compile(r"Successfully submitted job (\d{1,10})\b")
CMDJOB_SUCCESS_EXIT: Final = 0

# Its failure texts are not documented either. These words mean that the next attempt would end likewise; everything
# else may be a manager that is just starting, and is tried again. A word too few costs minutes, one too many a job.
HOPELESS_REFUSAL: Final = re.compile(
    r"\b(?:unknown|invalid|illegal|unrecogni[sz]ed|bad|missing)\s+(?:option|argument|parameter|switch)"
    r"|\b(?:unknown|invalid|no\s+such|undefined)\s+(?:server\s*)?group\b"
    r"|\bgroup\b[^\n]{0,100}\b(?:not\s+found|not\s+exist|unknown|invalid)\b",
    re.IGNORECASE,
)

# A published Flame script cuts names at 70 because longer ones make the submission fail, and replaces everything
# outside this set because cmdjob cleans nothing. The real limit may be higher.
JOB_NAME_LIMIT: Final = 70
_JOB_NAME: Final = re.compile(rf"[0-9A-Za-z_\-,. ]{{1,{JOB_NAME_LIMIT}}}")

# Free text: a line end or a quote could end the argument early on Windows, `%` could start a token, and a manager that
# does not escape `&` and `<` would make a document of them that is no XML.
DESCRIPTION_LIMIT: Final = 200
_UNSAFE_IN_DESCRIPTION: Final = re.compile(r"[\x00-\x1f\x7f\"%&<>]+")

# The task list is a text file, one row per task, tabs between the columns, read while cmdjob runs. Its encoding is not
# documented: keep the cells ASCII where a real farm is meant. `\n` line ends are proven.
TASK_LIST_ENCODING: Final = "utf-8"
TASK_NAME_COLUMN: Final = 1

# Tokens are expanded on the server, once, letters in either case. `%tp3` = third column of the task's row; a number
# after `%` is a width to pad with zeros. How cmdjob quotes an argument with a space on its way to the server is not
# documented; the local farm keeps every argument exactly as it was given.
TOKEN: Final = re.compile(
    r"%(?P<width>\d*)(?:(?P<kind>tp|jp)(?P<column>\d+)|(?P<task>tn))|%(?P<word>jn|dsc|srv)", re.IGNORECASE
)


def is_job_name(text: str) -> bool:
    """Whether cmdjob takes `text` as a job name as it is."""
    return _JOB_NAME.fullmatch(text) is not None and text == text.strip()


def safe_description(text: str) -> str:
    """`text` as one line that survives any command line, cut to the limit."""
    return _UNSAFE_IN_DESCRIPTION.sub(" ", text).strip()[:DESCRIPTION_LIMIT].rstrip()


# --- the life of a job ----------------------------------------------------------------------------------------------

# A task whose command ends with anything but 0 failed: documented nowhere, believed everywhere. The manager then marks
# the *server* as failed for that job, and clears the mark RETRY_COUNT times, RETRY_INTERVAL_S apart (its shipped
# configuration). There is no failed state for a job: it stays in the queue with all its servers failed.
TASK_SUCCESS_EXIT: Final = 0
RETRY_COUNT: Final = 3
RETRY_INTERVAL_S: Final = 30.0

# Priorities go from 0 (most urgent) to 100, and 100 means suspended.
PRIORITY_SUSPENDED: Final = 100
