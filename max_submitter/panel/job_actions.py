"""What can be done with a job in its state, and the calls behind it. No widgets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from flatiron_tasks.contracts.job_view import JobView
from max_submitter.session.port import PanelSession

Action = Literal["cancel", "suspend", "go_on", "requeue", "open_folder", "open_in_flower", "merge_by_hand"]

LABELS: dict[Action, str] = {
    "cancel": "Cancel",
    "suspend": "Suspend",
    "go_on": "Resume",
    "requeue": "Re-queue failed",
    "open_folder": "Open folder",
    "open_in_flower": "Open in Flower",
    "merge_by_hand": "Manual Merge…",
}
_ON_THE_FARM = ("submitted", "rendering")
_OVER = ("done", "cancelled")


@dataclass(frozen=True)
class Possible:
    """Which actions make sense for a job now."""

    actions: frozenset[Action]
    main: Action
    """The one that has a button of its own: what a person most likely wants."""


def possible(view: JobView, *, has_pages: bool) -> Possible:
    """What makes sense in this state. `has_pages`: whether Flower or the job pages have an address."""
    is_over = view.state in _OVER
    has_failed = view.state == "failed" or "failed" in _states(view)
    checks: dict[Action, bool] = {
        "cancel": not is_over and view.state != "cancelling",
        "suspend": view.state in _ON_THE_FARM and not view.suspended,
        "go_on": view.suspended and not is_over,
        "requeue": has_failed and not is_over and view.state != "cancelling",
        "open_folder": bool(view.output_folder),
        "open_in_flower": has_pages,
        "merge_by_hand": not is_over and view.state not in ("submitted", "cancelling"),
    }
    main: Action = "requeue" if checks["requeue"] else "go_on" if view.suspended else "suspend"
    return Possible(frozenset(action for action, makes_sense in checks.items() if makes_sense), main)


def _states(view: JobView) -> set[str]:
    return {item.state for item in view.passes} | {item.state for item in view.textures}


def perform(session: PanelSession, action: Action, job_id: str) -> None:
    """Ask the session for it. Manual Merge needs a file first and is not asked for here."""
    if action == "cancel":
        session.cancel(job_id)
    elif action == "suspend":
        session.suspend(job_id)
    elif action == "go_on":
        session.go_on(job_id)
    elif action == "requeue":
        session.requeue(job_id)
    elif action == "open_folder":
        session.open_folder(job_id)
    elif action == "open_in_flower":
        session.open_in_flower(job_id)
