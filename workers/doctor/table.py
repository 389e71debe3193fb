"""The report as a table that stays readable at 80 columns: sign, thing, sentence, and advice below the sentence."""

from __future__ import annotations

import re

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from workers.doctor.finding import Finding, HealthReport, State

_STYLES = {State.OK: "green", State.WARNING: "yellow", State.WRONG: "bold red", State.NOT_LOOKED_AT: "dim"}
_SIGNS = {State.OK: "✓", State.WARNING: "!", State.WRONG: "✗", State.NOT_LOOKED_AT: "–"}
_PLAIN_SIGNS = {**_SIGNS, State.OK: "+", State.WRONG: "X", State.NOT_LOOKED_AT: "-"}
_CHECK_WIDTH = 22
_SHORT = {**{state: state.value for state in State}, State.NOT_LOOKED_AT: "unknown"}
_WORDS = {
    State.OK: "right",
    State.WARNING: "to be seen to",
    State.WRONG: "wrong",
    State.NOT_LOOKED_AT: "not looked at",
}


def table(report: HealthReport, *, encoding: str = "utf-8") -> RenderableType:
    """All findings in their order. Where the terminal's encoding has no signs, letters take their place."""
    signs = _SIGNS if encoding.lower().startswith("utf") else _PLAIN_SIGNS
    rows = Table(box=None, padding=(0, 2, 0, 0), show_header=False, pad_edge=False)
    rows.add_column(no_wrap=True)
    rows.add_column(overflow="fold", min_width=18, max_width=_CHECK_WIDTH)
    rows.add_column(overflow="fold")
    for finding in report.findings:
        rows.add_row(_sign(finding, signs[finding.state]), Text(_broken(finding.check), style="bold"), _words(finding))
    return Group(rows, Text(), _summary(report))


def _broken(name: str) -> str:
    """Paths and addresses in lines of the column's width, broken behind a separator where there is one."""
    lines = [""]
    for part in re.findall(r"[^/\\:. -]*[/\\:. -]?", name):
        if len(lines[-1]) + len(part.rstrip()) > _CHECK_WIDTH:
            lines.append("")
        lines[-1] += part
    return "\n".join(line.rstrip() for line in lines if line)


def _sign(finding: Finding, sign: str) -> Text:
    return Text(f"{sign} {_SHORT[finding.state]}", style=_STYLES[finding.state])


def _words(finding: Finding) -> Text:
    text = Text(finding.sentence, style="dim" if finding.state is State.NOT_LOOKED_AT else "")
    if finding.advice:
        text.append(f"\n{finding.advice}", style="cyan")
    return text


def _summary(report: HealthReport) -> Text:
    counts = {state: number for state, number in report.counts().items() if number}
    text = Text()
    for state, number in counts.items():
        text.append(", " if text else "").append(f"{number} {_WORDS[state]}", style=_STYLES[state])
    return text.append(f"; looked for {report.seconds:.1f} s.")
