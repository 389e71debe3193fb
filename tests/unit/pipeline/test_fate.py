"""What the farm's word means for passes without pieces: every row of the table."""

from __future__ import annotations

import pytest

from flatiron_tasks.pipeline.farm_port import FarmJobDetail, FarmJobState, FarmJobView
from flatiron_tasks.pipeline.fate import Waiting, verdict

ALL = ("node-1", "node-2")


def waiting(
    state: FarmJobState | None, *, quiet: float = 0, patience: float = 15, failed: tuple[str, ...] | None = None
) -> Waiting:
    view = FarmJobView("7", "flatiron-x", state) if state else None
    detail = None
    if state and failed is not None:
        detail = FarmJobDetail("7", "flatiron-x", state, 4, 1, ALL, failed, ("exit code 5",))
    return Waiting("farm:3234", view, detail, quiet_seconds=quiet, patience_seconds=patience)


@pytest.mark.parametrize("state", [FarmJobState.WAITING, FarmJobState.ACTIVE])
@pytest.mark.parametrize("failed", [None, (), ("node-1",)])
def test_a_job_that_the_farm_works_on_is_waited_for(state: FarmJobState, failed: tuple[str, ...] | None) -> None:
    found = verdict(waiting(state, failed=failed))
    assert not found.over
    assert ("no server works on it now" in found.note) == (state is FarmJobState.WAITING)


def test_a_job_that_every_server_gave_up_is_over_and_says_what_the_farm_said() -> None:
    assert "exit code 5" in verdict(waiting(FarmJobState.WAITING, failed=ALL)).over


def test_a_suspended_job_waits_and_says_who_must_do_what() -> None:
    found = verdict(waiting(FarmJobState.SUSPENDED))
    assert "activate it" in found.note
    assert not found.over


@pytest.mark.parametrize("state", [None, FarmJobState.COMPLETE])
@pytest.mark.parametrize("patience", [0, 15])
def test_nothing_is_given_up_at_first_sight(state: FarmJobState | None, patience: float) -> None:
    found = verdict(waiting(state, quiet=0, patience=patience))
    assert "waiting for the last pieces" in found.note
    assert not found.over


@pytest.mark.parametrize(
    ("state", "text"), [(None, "does not know the job"), (FarmJobState.COMPLETE, "says the job is complete")]
)
def test_after_the_patience_it_is_over_and_says_why(state: FarmJobState | None, text: str) -> None:
    assert not verdict(waiting(state, quiet=14.9)).over
    assert text in verdict(waiting(state, quiet=15)).over
    assert text in verdict(waiting(state, quiet=0.1, patience=0)).over
