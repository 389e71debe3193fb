"""From how a renderer ended to success or failure, before the pieces themselves are looked at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from flatiron_tasks.contracts.errors import ContractError, RejectedPieceError
from workers.node.bake_report import BakeReport, flaws_of, read_report
from workers.node.exit_codes import NodeExit
from workers.node.failure import AttemptFailedError, last_words, symptom
from workers.node.profile import NodeRenderer
from workers.node.renderer_run import Outcome


def check_outcome(renderer: NodeRenderer, outcome: Outcome, work: Path) -> tuple[str, ...]:
    """Notes for the log if the renderer may have succeeded. Raises AttemptFailedError if it did not."""
    if outcome.exit_code and renderer.trust_exit_code:
        raise failure(renderer, outcome, f"The renderer ended with exit code {outcome.exit_code}.")
    if not renderer.writes_result:
        return ()
    try:
        report = read_report(work)
    except ContractError as error:
        raise failure(renderer, outcome, f"The renderer's result cannot be read: {error.reason}") from error
    if report is None:
        raise failure(renderer, outcome, f"The renderer ended without a result, with exit code {outcome.exit_code}.")
    _check_report(report)
    return _notes(report, outcome.exit_code)


def failure(
    renderer: NodeRenderer, outcome: Outcome, what: str, *, flaws: RejectedPieceError | None = None
) -> AttemptFailedError:
    """What happened, with the class that the logs suggest, else the exit code."""
    failure_class, advice = _symptom(renderer, outcome)
    said, own_advice = _last_words(outcome.said)
    meaning = renderer.exit_code_meaning(outcome.exit_code)
    coded = f"Exit code {outcome.exit_code} means: {meaning.meaning}" if meaning else ""
    reasons = (flaws.why if flaws else "", coded, f"It said: {said}" if said else "")
    return AttemptFailedError(
        what,
        why=". ".join(reason for reason in reasons if reason),
        advice=own_advice or advice,
        code=NodeExit.PIECES if flaws else NodeExit.RENDERER_FAILED,
        failure_class=failure_class,
    )


def _symptom(renderer: NodeRenderer, outcome: Outcome) -> tuple[str, str]:
    found = [symptom(text, renderer.symptoms) for text in outcome.said]
    telling = [item for item in found if item[0] != "renderer"]
    meaning = renderer.exit_code_meaning(outcome.exit_code)
    if telling:
        return telling[0]
    return (meaning.failure_class, found[0][1]) if meaning else found[0]


def _last_words(texts: Sequence[str]) -> tuple[str, str]:
    """Of the last log that says anything: a program's own log knows more than its console."""
    return next((last_words(text) for text in reversed(texts) if text.strip()), ("", ""))


def _check_report(report: BakeReport) -> None:
    if report.status != "ok":
        raise AttemptFailedError(
            report.what or "The renderer failed.",
            why=report.why,
            advice=report.advice or "Read the log; it holds where in the bake script that was.",
            failure_class="renderer" if report.failure_class == "none" else report.failure_class,
        )
    flaws = flaws_of(report)
    if flaws:
        raise AttemptFailedError(
            "The renderer's images are not those that it reported.",
            why="; ".join(flaws),
            advice="Render this task again.",
            code=NodeExit.PIECES,
        )


def _notes(report: BakeReport, exit_code: int) -> tuple[str, ...]:
    lie = (f"exit code {exit_code} in spite of a good result",) if exit_code else ()
    versions = ", ".join(f"{name} {value}" for name, value in report.versions.items())
    return (*lie, f"versions: {versions}", *(f"warning: {warning}" for warning in report.warnings))
