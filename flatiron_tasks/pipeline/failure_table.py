"""Classes of failures on nodes: how each is recognised, how many attempts it may cost, what a person should do.

A site edits deploy/failure-classes.toml and names it as `failure_table` in the settings; without it the table below
counts. Order matters: the first class with a matching pattern wins. Patterns ask for a word of failure: logs name
licences, scenes and network paths when all is well, too.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from flatiron_tasks.contracts.errors import SettingsError

UNKNOWN = "unknown"
_LOG_LINES = 20
_LINE_END = re.compile(r"\n| \| ")


@dataclass(frozen=True)
class FailureClass:
    """One class. `attempts` at the same farm task, 0 for any number, may end so before its pass fails.

    `hours`: and not before the last of them came so long after the first, whatever their number.
    """

    name: str
    attempts: int
    hours: float
    patterns: tuple[re.Pattern[str], ...]
    advice: str

    @property
    def waits(self) -> bool:
        """Whether it is trouble that a person ends, so that attempts alone do not count."""
        return self.attempts == 0 or self.hours > 0

    def is_spent(self, attempts: int, seconds: float) -> bool:
        """Whether so many failures, the last one so long after the first, are more than the class allows."""
        return 0 < self.attempts <= attempts and seconds >= self.hours * 3600


class FailureTable:
    """All classes, in the order in which they are tried."""

    def __init__(self, classes: tuple[FailureClass, ...]) -> None:
        self.classes = classes
        self._by_name = {item.name: item for item in classes}

    def classify(self, reason: str, told: str = UNKNOWN, log: str = "") -> FailureClass:
        """The class that the node told; else the one whose pattern is in its reason, then in the end of its log.

        A log holds much that is no failure, so only its last lines count, the last one first. A node's reason may
        quote lines of it, with ` | ` between them.
        """
        if told != UNKNOWN and told in self._by_name:
            return self._by_name[told]
        lines = [*_LINE_END.split(reason), *reversed(log.splitlines()[-_LOG_LINES:])]
        return next(filter(None, map(self._found_in, lines)), self._by_name[UNKNOWN])

    def _found_in(self, line: str) -> FailureClass | None:
        matching = (item for item in self.classes if any(pattern.search(line) for pattern in item.patterns))
        return next(matching, None)

    def named(self, name: str) -> FailureClass:
        """A class by its name; `unknown` for a name that is not there."""
        return self._by_name.get(name, self._by_name[UNKNOWN])


DEFAULT_ROWS: Mapping[str, Mapping[str, Any]] = {
    "licence": {
        "attempts": 30,
        "hours": 48,
        "patterns": [
            r"(?<!\bno )(?<!\b0 )licen[cs]es?\b.{0,40}(?<!\bno )(?<!\b0 )\b(fail(s|ed|ures?)?|errors?)\b(?! ?[:=] ?0)",
            r"licen[cs]es?\b.{0,40}\b(expired|unavailable|denied|invalid)\b",
            r"licen[cs]es?\b.{0,40}\bnot (be )?(found|available|valid|obtained|granted|responding|reachable)\b",
            r"\b(could not|cannot|unable to|failed to|failure to)\b.{0,40}\blicen[cs]es?\b",
            r"\b(no|missing)( [\w-]+){0,2} licen[cs]es?\b(?! (errors?|problems?|warnings?|(is )?(needed|required)))",
            r"\bwithout( an?| any)? licen[cs]e\b",
        ],
        "advice": "Check the licence server, and that these nodes may use the renderer.",
    },
    "share": {
        "attempts": 30,
        "hours": 48,
        "patterns": [
            r"network (path|name|location)\b.{0,80}\b(not (be )?found|cannot be (found|reached))\b",
            r"network (path|name|location)\b.{0,80}\b(not available|no longer available|unavailable|unreachable)\b",
            r"stale file handle",
            r"access is denied|permission denied",
            r"no space left|\bdisk (is )?full\b|not enough space on the disk",
            r"(?<!\bno )(?<!\b0 )input/output error",
        ],
        "advice": "Check that the nodes' account can reach and write the share, and its free space.",
    },
    "scene": {
        "attempts": 2,
        "patterns": [
            r"scene\b.{0,60}(?<!\bno )(?<!\b0 )\b(missing|corrupt(ed)?|fail(s|ed|ures?)?)\b(?!( \w+)? ?[:=] ?(0|none))",
            r"scene\b.{0,60}\b(not found|cannot be|could not be)\b",
            r"\b(cannot|could not|unable to|failed to) (open|load|read)\b.{0,60}\bscene\b",
            r"(?<!\bno )(?<!\b0 )\bmissing (dll|plug-?in|map|object)s?\b(?! ?[:=] ?(0|none))",
            r"no such object",
        ],
        "advice": "Open the scene on one of these nodes and see what it misses.",
    },
    "node": {
        "attempts": 4,
        "patterns": [
            r"(?<!\bno )(?<!\b0 )out of memory|memoryerror|bad_alloc|cannot allocate",
            r"no module named|command not found|is not recognized as",
            r"adp failed to start",
            r"graphics device\b.{0,40}\b(failed|lost|removed|cannot|could not|not (be )?(found|created|available))\b",
            r"\b(no|failed to|cannot|could not)\b.{0,40}\bgraphics device\b",
        ],
        "advice": "Check these nodes: memory, installation of the renderer, its plug-ins.",
    },
    "unknown": {
        "attempts": 3,
        "patterns": [],
        "advice": "Read the nodes' logs in the job folder; run the task by hand on one of the nodes.",
    },
}


@cache
def failure_table(path: str) -> FailureTable:
    """The table in a TOML file, or the built-in one for "". Read once per process. Raises SettingsError."""
    if not path:
        return _table(DEFAULT_ROWS, "the built-in table")
    try:
        rows = tomllib.loads(Path(path).read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(
            f"The failure table {path} cannot be read.",
            why=str(error),
            advice="Correct it, or the setting `failure_table`; deploy/failure-classes.toml shows the form.",
        ) from error
    return _table(rows, path)


def _table(rows: Mapping[str, Any], source: str) -> FailureTable:
    if set(rows) != set(DEFAULT_ROWS):
        raise _wrong(source, f"its classes are {', '.join(rows)}", f"It must have exactly {', '.join(DEFAULT_ROWS)}.")
    return FailureTable(tuple(_row(name, row, source) for name, row in rows.items()))


def _row(name: str, row: Any, source: str) -> FailureClass:
    if not isinstance(row, Mapping) or set(row) | {"hours"} != {"attempts", "hours", "patterns", "advice"}:
        raise _wrong(source, f"[{name}] is not a table", "It has exactly attempts, patterns, advice and perhaps hours.")
    attempts, hours, patterns, advice = row["attempts"], row.get("hours", 0), row["patterns"], row["advice"]
    if type(attempts) is not int or attempts < 0:
        raise _wrong(source, f"`{name}.attempts` is {attempts!r}", "It is a number, 0 for any number of attempts.")
    if type(hours) not in (int, float) or not 0 <= hours < math.inf:
        raise _wrong(source, f"`{name}.hours` is {hours!r}", "It is a number of hours.")
    if not isinstance(advice, str) or not isinstance(patterns, list) or not all(isinstance(p, str) for p in patterns):
        raise _wrong(source, f"[{name}] has a wrong type", "`patterns` is a list of texts, `advice` a text.")
    return FailureClass(
        name, attempts, float(hours), tuple(_compiled(name, pattern, source) for pattern in patterns), advice
    )


def _compiled(name: str, pattern: str, source: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern, re.IGNORECASE)
    except re.error as error:
        raise _wrong(source, f"`{name}.patterns` holds {pattern!r}: {error}", "It is a regular expression.") from None


def _wrong(source: str, why: str, advice: str) -> SettingsError:
    return SettingsError(f"The failure table {source} is wrong.", why=why, advice=advice)
