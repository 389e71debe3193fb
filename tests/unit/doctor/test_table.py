"""The table keeps to 80 columns, says everything, and needs neither colours nor Unicode."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from workers.doctor.finding import HealthReport, State, not_looked_at, ok, warning, wrong
from workers.doctor.table import table

REPORT = HealthReport(
    (
        ok("Redis", "Valkey 9.1.2 answers."),
        wrong("folder //server/a-long-share-name/bakes", "b@two cannot use it: Permission denied.", "Mount it."),
        warning("refused messages", "Refused so far: 3 × malformed message. [bold]not markup[/bold]", "See the logs."),
        not_looked_at("render nodes", "No share probe has been made yet."),
    ),
    2.5,
)


def shown(report: HealthReport, *, width: int = 80, encoding: str = "utf-8") -> str:
    file = io.StringIO()
    Console(file=file, width=width).print(table(report, encoding=encoding))
    return file.getvalue()


@pytest.mark.parametrize("width", [60, 80, 200])
def test_no_line_is_too_long_and_no_word_is_lost(width: int) -> None:
    text = shown(REPORT, width=width)
    assert max(map(len, text.splitlines())) <= width
    words = "".join(text.split())
    for finding in REPORT.findings:
        for word in finding.sentence.split() + finding.advice.split():
            assert word in words


def test_the_sum_says_how_many_there_are_of_each() -> None:
    assert shown(REPORT).splitlines()[-1].startswith("1 right, 1 not looked at, 1 to be seen to, 1 wrong; looked for")


def test_a_terminal_without_signs_gets_letters() -> None:
    assert "✓" in shown(REPORT)
    text = shown(HealthReport(REPORT.findings[:1], 1.0), encoding="cp437")
    assert text.isascii()


def test_the_report_is_as_bad_as_its_worst_finding_that_was_looked_at() -> None:
    findings = REPORT.findings
    assert REPORT.is_wrong
    assert HealthReport((findings[0], findings[3]), 0).state is State.OK
    assert HealthReport(findings[2:], 0).state is State.WARNING
    assert HealthReport(findings[3:], 0).state is State.NOT_LOOKED_AT
