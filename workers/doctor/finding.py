"""What the doctor says: one finding per thing that must be right, and all of them as a report. Plain data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum


class State(StrEnum):
    """How it stands with one thing, the worst last."""

    OK = "ok"
    NOT_LOOKED_AT = "not looked at"
    WARNING = "warning"
    WRONG = "wrong"


_BY_BADNESS = tuple(State)


@dataclass(frozen=True)
class Finding:
    """One row. `check` names the thing and stays the same from run to run; `advice` is empty if there is none."""

    check: str
    state: State
    sentence: str
    advice: str = ""


@dataclass(frozen=True)
class HealthReport:
    """All findings of one run, which took so many seconds."""

    findings: tuple[Finding, ...]
    seconds: float

    @property
    def state(self) -> State:
        """That of the worst finding about anything that was looked at."""
        looked_at = [finding.state for finding in self.findings if finding.state is not State.NOT_LOOKED_AT]
        return max(looked_at, key=_BY_BADNESS.index, default=State.NOT_LOOKED_AT)

    @property
    def is_wrong(self) -> bool:
        """Whether anything is wrong. Warnings are not, nor is what there is nothing to look at yet."""
        return self.state is State.WRONG

    def counts(self) -> dict[State, int]:
        """Number of findings by state, also those of which there is none."""
        found = Counter(finding.state for finding in self.findings)
        return {state: found[state] for state in State}

    def as_dict(self) -> dict[str, object]:
        """The report for programs, as JSON has it."""
        findings = [asdict(finding) for finding in self.findings]
        return {"state": self.state.value, "seconds": round(self.seconds, 3), "findings": findings}


def worst(check: str, findings: Sequence[Finding], otherwise: Finding) -> Finding:
    """The worst of several findings about one thing, `otherwise` if there is none."""
    found = max(findings, key=lambda finding: _BY_BADNESS.index(finding.state), default=otherwise)
    return Finding(check, found.state, found.sentence, found.advice)


def ok(check: str, sentence: str) -> Finding:
    """A thing that is right."""
    return Finding(check, State.OK, sentence)


def warning(check: str, sentence: str, advice: str) -> Finding:
    """A thing that works, and should not stay so."""
    return Finding(check, State.WARNING, sentence, advice)


def wrong(check: str, sentence: str, advice: str) -> Finding:
    """A thing for which bakes fail, or may be lost."""
    return Finding(check, State.WRONG, sentence, advice)


def not_looked_at(check: str, why: str) -> Finding:
    """A thing about which nothing could be learnt; the reason is a finding of its own, or no fault.

    `judgement` sees to it that this is so: a look that failed for no known reason is wrong.
    """
    return Finding(check, State.NOT_LOOKED_AT, why)
