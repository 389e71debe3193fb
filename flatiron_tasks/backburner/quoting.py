"""Command lines as text, exactly as the receiving side will take them apart. No process is started here.

On Windows a process gets one string and cuts it itself, by the rules of Microsoft's C run-time, which is what
`windows` writes. On POSIX a process gets a list, so `posix` is for people who paste a line into a shell.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from typing import Final

from flatiron_tasks.contracts.errors import FarmRefusedError

_NEEDS_QUOTES: Final = re.compile(r'[\s"]|^$')
_BACKSLASHES_BEFORE_QUOTE: Final = re.compile(r'(\\*)"')
_BACKSLASHES_AT_END: Final = re.compile(r"(\\+)$")
_BATCH_FILE: Final = re.compile(r"\.(bat|cmd)[\s.]*$", re.IGNORECASE)
_WINDOWS_LIMIT: Final = 32_766


def windows(arguments: Sequence[str]) -> str:
    """One string for CreateProcess. Raises FarmRefusedError for what no quoting can carry.

    A batch file is refused: it is cut by cmd.exe, whose rules let an argument run another command.
    """
    if not arguments or _BATCH_FILE.search(arguments[0]):
        raise _refusal(f"{arguments[:1]} is a batch file", "name the program itself in the settings")
    if '"' in arguments[0]:
        raise _refusal(f"the program {arguments[0]!r} has a quote in its name", "correct its path in the settings")
    if any("\0" in argument for argument in arguments):
        raise _refusal("an argument holds a NUL", "this is a mistake of the caller")
    line = " ".join([_program(arguments[0]), *map(_windows_word, arguments[1:])])
    if len(line) > _WINDOWS_LIMIT:
        raise _refusal(f"it has {len(line)} characters of {_WINDOWS_LIMIT}", "shorten the job's command")
    return line


def posix(arguments: Sequence[str]) -> str:
    """One line that a POSIX shell takes apart into `arguments` again."""
    return shlex.join(arguments)


def _program(path: str) -> str:
    """The program's own name ends at the next quote; backslashes mean nothing in it."""
    return f'"{path}"' if _NEEDS_QUOTES.search(path) else path


def _windows_word(text: str) -> str:
    if not _NEEDS_QUOTES.search(text):
        return text
    doubled = _BACKSLASHES_BEFORE_QUOTE.sub(r'\1\1\\"', text)
    return '"' + _BACKSLASHES_AT_END.sub(r"\1\1", doubled) + '"'


def _refusal(why: str, advice: str) -> FarmRefusedError:
    return FarmRefusedError("The command line cannot be said on Windows", why=why, advice=advice)
