"""cmdjob's command line: options in any letter case, `-opt:value`, `-opt value` or `-opt: value`, the last one wins.

Options end at the first word that is not one: the executable. What follows belongs to it, untouched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from flatiron_tasks.contracts.errors import BadInputError

_TAKES_VALUE: Final = frozenset(
    {
        *("jobname", "description", "priority", "logpath", "timeout"),
        *("manager", "port", "servers", "servercount", "group"),
        *("tasklist", "taskname", "numtasks", "tp_start", "tp_jump", "jobparamfile"),
        "dependencies",
        "tokenfile",  # ours alone, see access.py
    }
)
_FLAGS: Final = frozenset({"jobnameadjust", "suspended", "leaveinqueue", "nonconcurrent"})
_OPTIONAL_VALUE: Final = frozenset({"archive", "delete"})

# Taken so that existing scripts run, without effect on the local farm.
_IGNORED_WITH_VALUE: Final = frozenset(
    {"netmask", "workpath", "showoutput", "emailfrom", "emailto", "emailserver", "emailprogress"}
)
_IGNORED_FLAGS: Final = frozenset({"blocktasks", "dontblocktasks", "emailcompletion", "emailfailure"})

# Refused, because a job without them would not be the job that was meant.
_REFUSED: Final = frozenset({"cmdfile", "attach", "progress", "perserver", "userrights"})

_WITH_VALUE: Final = _TAKES_VALUE | _IGNORED_WITH_VALUE
_WITHOUT_VALUE: Final = _FLAGS | _IGNORED_FLAGS
IGNORED: Final = _IGNORED_WITH_VALUE | _IGNORED_FLAGS


@dataclass(frozen=True)
class CommandLine:
    """Options by lower-case name (an empty text for a flag), and the command behind them."""

    command: tuple[str, ...]
    options: dict[str, str] = field(default_factory=dict)

    def text(self, name: str, default: str = "") -> str:
        """The value of an option."""
        return self.options.get(name, default)

    def number(self, name: str, default: float) -> float:
        """The value of an option as a number that is not negative. Raises BadInputError."""
        text = self.options.get(name)
        if text is None:
            return default
        try:
            value = float(text)
        except ValueError:
            value = -1.0
        if not 0 <= value < 1e9:
            raise BadInputError(f"-{name} needs a number, not {text!r}")
        return value

    def whole(self, name: str, default: int) -> int:
        """The value of an option as a whole number that is not negative. Raises BadInputError."""
        value = self.number(name, default)
        if value != int(value):
            raise BadInputError(f"-{name} needs a whole number, not {self.options[name]!r}")
        return int(value)


def parse(arguments: Sequence[str]) -> CommandLine:
    """Split a command line. Raises BadInputError on options it cannot do, and on a line without a command."""
    options: dict[str, str] = {}
    left = list(arguments)
    while left and left[0][:1] in {"-", "@"}:
        name, colon, value = left.pop(0)[1:].partition(":")
        options[name.lower()] = _value(name, bool(colon), value, left)
    if not left:
        raise BadInputError("No executable is given", advice="cmdjob <options> executable <its parameters>")
    return CommandLine(tuple(left), options)


def _value(name: str, colon: bool, value: str, left: list[str]) -> str:
    option = name.lower()
    if option in _WITH_VALUE:
        if value:
            return value
        if not left:
            raise BadInputError(f"-{name} needs a value")
        return left.pop(0)
    if option in _OPTIONAL_VALUE:
        return value
    if option in _WITHOUT_VALUE and not colon:
        return ""
    if option in _REFUSED:
        raise BadInputError(f"-{name} is not supported by the local farm", advice="submit without it")
    raise BadInputError(f"Unknown option -{name}", advice="cmdjob -? lists the options")
