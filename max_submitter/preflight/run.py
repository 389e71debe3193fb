"""Run the checks: the quick ones at once, the slow ones in a background thread. Decides nothing itself."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from flatiron_tasks.contracts.errors import FlatironError
from max_submitter.preflight.checks import QUICK_CHECKS, SLOW_CHECKS
from max_submitter.preflight.finding import Finding, Level
from max_submitter.preflight.fixes import Fixes
from max_submitter.preflight.inputs import PreflightInput
from max_submitter.preflight.look import SlowLook
from max_submitter.preflight.surroundings import Surroundings

log = logging.getLogger(__name__)
_ORDER: Final[dict[Level, int]] = {"fatal": 0, "fixable": 1, "warning": 2}


def run_quick(given: PreflightInput, fixes: Fixes) -> tuple[Finding, ...]:
    """All checks that need neither files, nor network, nor UVs. Safe on the main thread: milliseconds."""
    found = list[Finding]()
    for name, check in QUICK_CHECKS.items():
        found += _guarded(name, lambda check=check: check(given, fixes))  # type: ignore[misc]
    return tuple(found)


def run_slow(
    given: PreflightInput, fixes: Fixes, surroundings: Surroundings, is_cancelled: Callable[[], bool]
) -> Iterator[Finding]:
    """All other checks, one after the other; ends early once cancelled. Fixes are bound here, never called."""
    look = SlowLook(given, fixes, surroundings, is_cancelled)
    for name, check in SLOW_CHECKS.items():
        for finding in _guarded(name, lambda check=check: check(look)):  # type: ignore[misc]
            if is_cancelled():  # then it rests on half of the work
                return
            yield finding
        if is_cancelled():
            return


def _guarded(name: str, check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """What one check finds. A check that breaks keeps no other from being heard, and nobody bakes past it."""
    try:
        yield from check()
    except FlatironError as error:
        yield Finding(name, "fatal", f'The check "{name}" could not be made. {error.reason}', error.advice)
    except Exception as error:
        log.exception("the check %s broke", name)
        yield Finding(
            name,
            "fatal",
            f'The check "{name}" ended with an error of its own: {type(error).__name__}: {error}.',
            "Press Check again; report this if it stays.",
        )


def worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Fatal ones, then fixable ones, then warnings; otherwise in the order of the checks."""
    return tuple(sorted(findings, key=lambda finding: _ORDER[finding.level]))
