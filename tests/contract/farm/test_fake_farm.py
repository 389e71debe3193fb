"""What only the fake can do: the situations that a pipeline test wants at its command."""

from __future__ import annotations

import pytest

from flatiron_tasks.contracts.errors import FarmUnreachableError, StateError
from flatiron_tasks.pipeline.farm_port import FarmJob, FarmJobState
from flatiron_tasks.testing.fake_farm import FakeFarm

_JOB = FarmJob("bake", "", ("node", "{2}", "name={1}"), (("pass 1", "0"), ("pass 2", "1")))


def test_a_lost_answer_hides_a_success() -> None:
    farm = FakeFarm()
    farm.lose_next_answer = True
    with pytest.raises(FarmUnreachableError):
        farm.submit(_JOB)

    assert farm.jobs()["bake"].state is FarmJobState.WAITING
    assert farm.submissions == [_JOB]


def test_tasks_begin_and_end_when_the_test_says_so() -> None:
    farm = FakeFarm()
    handle = farm.submit(_JOB)
    farm.begin(handle, 1)
    assert farm.jobs()["bake"].state is FarmJobState.ACTIVE

    farm.finish(handle, 1)
    assert farm.jobs()["bake"].state is FarmJobState.WAITING
    with pytest.raises(StateError):
        farm.begin(handle, 1)

    farm.finish(handle)
    assert farm.jobs()["bake"].state is FarmJobState.COMPLETE


def test_a_job_that_failed_everywhere_is_not_complete() -> None:
    farm = FakeFarm(("node-1", "node-2"))
    handle = farm.submit(_JOB)
    for server in farm.server_names:
        farm.fail(handle, 1, server)

    detail = farm.detail(handle)
    assert detail is not None
    assert (detail.state, detail.failed_servers) == (FarmJobState.WAITING, ("node-1", "node-2"))
    assert len(detail.messages) == 2


def test_a_job_can_vanish() -> None:
    farm = FakeFarm()
    handle = farm.submit(_JOB)
    farm.vanish(handle)

    assert farm.detail(handle) is None


def test_the_commands_of_a_job_are_what_a_server_would_run() -> None:
    farm = FakeFarm()

    assert farm.commands(farm.submit(_JOB)) == (("node", "0", "name=pass 1"), ("node", "1", "name=pass 2"))
