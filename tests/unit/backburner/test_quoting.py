"""Every argument arrives as it was meant; the rules that undo the quoting are written out here once more."""

from __future__ import annotations

import shlex
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flatiron_tasks.backburner import quoting
from flatiron_tasks.contracts.errors import FarmRefusedError

_ARGUMENTS = st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), max_size=5)
_TRICKY = st.lists(st.text(st.sampled_from('\\" \ta')), max_size=5)


def _taken_apart(line: str) -> list[str]:
    """What Microsoft's C run-time makes of the arguments behind the program."""
    arguments: list[str] = []
    current: list[str] | None = None
    quoted, place = False, 0
    while place < len(line):
        slashes = len(line[place:]) - len(line[place:].lstrip("\\"))
        place += slashes
        sign = line[place : place + 1]
        if sign == '"':
            current = [*(current or []), "\\" * (slashes // 2)]
            if slashes % 2:
                current.append('"')
            else:
                quoted = not quoted
        elif slashes or (sign and (quoted or sign not in " \t")):
            current = [*(current or []), "\\" * slashes]
            if sign and (quoted or sign not in " \t"):
                current.append(sign)
        if sign in (" ", "\t") and not quoted and current is not None:
            arguments.append("".join(current))
            current = None
        place += 1
    return arguments if current is None else [*arguments, "".join(current)]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["cmdjob", "-jobName:a"], "cmdjob -jobName:a"),
        ([r"C:\Program Files\cmdjob.exe", "a b"], r'"C:\Program Files\cmdjob.exe" "a b"'),
        (["cmdjob", ""], 'cmdjob ""'),
        (["cmdjob", 'say "hi"'], r'cmdjob "say \"hi\""'),
        (["cmdjob", "C:\\a b\\"], 'cmdjob "C:\\a b\\\\"'),
        (["cmdjob", "C:\\ab\\"], "cmdjob C:\\ab\\"),
        (["cmdjob", "\\\\server\\share name"], 'cmdjob "\\\\server\\share name"'),
        (["cmdjob", '\\"'], r'cmdjob "\\\""'),
        (["cmdjob", "%PATH%", "a&b", "^"], "cmdjob %PATH% a&b ^"),
    ],
)
def test_a_windows_line_reads_as_the_table_says(arguments: list[str], line: str) -> None:
    # [C2]
    assert quoting.windows(arguments) == line


@given(_ARGUMENTS | _TRICKY)
def test_on_windows_every_argument_arrives_as_it_was(arguments: list[str]) -> None:
    # [C2]
    line = quoting.windows(["cmdjob", *arguments])

    assert _taken_apart(line.removeprefix("cmdjob")) == arguments


@given(_TRICKY)
def test_pythons_own_quoting_means_the_same(arguments: list[str]) -> None:
    assert _taken_apart(subprocess.list2cmdline(arguments)) == arguments


@given(_ARGUMENTS)
def test_a_posix_line_is_taken_apart_into_the_same_arguments(arguments: list[str]) -> None:
    assert shlex.split(quoting.posix(arguments)) == arguments


@pytest.mark.parametrize("program", ["submit.bat", "SUBMIT.CMD", "submit.bat ", "submit.cmd.", 'a"b.exe', "a\0b"])
def test_a_program_that_no_quoting_makes_safe_is_refused(program: str) -> None:
    # [C2]
    with pytest.raises(FarmRefusedError, match="cannot be said"):
        quoting.windows([program, "a"])


def test_a_line_that_windows_would_cut_is_refused() -> None:
    with pytest.raises(FarmRefusedError, match="shorten"):
        quoting.windows(["cmdjob", "x" * 32_767])
