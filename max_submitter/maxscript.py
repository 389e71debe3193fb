"""The MAXScript side of the scripting calls: makes the text of `flatiron.ms`. Runs nothing.

Values never become part of a script: MAXScript hands them to Python as values, through `Python.Import` (MAXScript help,
"Executing Python from MAXScript": texts, numbers and booleans are copied, anything else is wrapped).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_MODULE: Final = "max_submitter.scripting"
_GLOBAL: Final = "FlatironNet"


@dataclass(frozen=True)
class _Call:
    """One function of the struct. `result` wraps the Python call."""

    name: str
    about: str
    parameters: str
    python: str
    result: str = "{call}"


_CALLS: Final = (
    _Call(
        "bake",
        "Bake the open scene as the panel would; returns the job ids. settings: path of a settings file (JSON).",
        'settings:"" waitSeconds:0',
        "bake_text settings waitSeconds",
        'filterString ({call}) "\\n"',
    ),
    _Call(
        "jobs",
        "All jobs of this artist, newest first: #(#(id, state, sentence), ...).",
        "",
        "jobs_text()",
        'for line in filterString ({call}) "\\n" collect filterString line "\\t"',
    ),
    _Call("jobsAsJson", "The same with everything that is known, as a JSON text.", "", "jobs_json()"),
    _Call("cancel", "Ask the workers to cancel a job.", "jobId", "cancel_text jobId"),
)


def flatiron_ms() -> str:
    """The script that defines the global `FlatironNet`. ASCII; lines end with a line feed."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterable[str]:
    yield "-- Made by max_submitter.maxscript; changes here are lost."
    yield f"struct {_GLOBAL}Calls"
    yield "("
    yield f'    private fn calls = (Python.Import "{_MODULE}"),'
    for call in _CALLS:
        yield ""
        yield f"    -- {call.about}"
        text = call.result.format(call=f"(calls()).{call.python}")
        parameters = f" {call.parameters}" if call.parameters else ""
        end = "" if call is _CALLS[-1] else ","
        yield f"    public fn {call.name}{parameters} = ({text}){end}"
    yield ")"
    yield f"global {_GLOBAL} = {_GLOBAL}Calls()"
