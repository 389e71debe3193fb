"""Run the checks: the quick ones at once, the slow ones in a background thread. Decides nothing itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from max_submitter.preflight.checks import QUICK_CHECKS, SLOW_CHECKS
from max_submitter.preflight.finding import Finding, Level
from max_submitter.preflight.fixes import Fixes
from max_submitter.preflight.inputs import PreflightInput
from max_submitter.preflight.look import SlowLook
from max_submitter.preflight.surroundings import Surroundings

_ORDER: Final[dict[Level, int]] = {"fatal": 0, "fixable": 1, "warning": 2}


def run_quick(given: PreflightInput, fixes: Fixes) -> tuple[Finding, ...]:
    """All checks that need neither files, nor network, nor UVs. Safe on the main thread: milliseconds."""
    return tuple(finding for check in QUICK_CHECKS.values() for finding in check(given, fixes))


def run_slow(
    given: PreflightInput, fixes: Fixes, surroundings: Surroundings, is_cancelled: Callable[[], bool]
) -> Iterator[Finding]:
    """All other checks, one after the other; ends early once cancelled. Fixes are bound here, never called."""
    look = SlowLook(given, fixes, surroundings, is_cancelled)
    for check in SLOW_CHECKS.values():
        for finding in check(look):
            if is_cancelled():  # then it rests on half of the work
                return
            yield finding
        if is_cancelled():
            return


def worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Fatal ones, then fixable ones, then warnings; otherwise in the order of the checks."""
    return tuple(sorted(findings, key=lambda finding: _ORDER[finding.level]))
