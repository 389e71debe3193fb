"""What the pipeline may rely on, whichever farm it has: the same tests on the fake and on real processes."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from flatiron_tasks.contracts.errors import FarmRefusedError, FarmSubmissionError, FarmUnreachableError
from flatiron_tasks.pipeline.farm_port import Farm, FarmJob, FarmJobState
from flatiron_tasks.testing.fake_farm import FakeFarm
from tests.contract.farm.farms_under_test import FarmUnderTest, state_of
from tests.contract.farm.local_farm import LocalFarm

_UNKNOWN_HANDLE = "4294967295"


@pytest.fixture
def job(request: pytest.FixtureRequest) -> FarmJob:
    return FarmJob(
        name=f"flatiron-{request.node.name.partition('[')[0][5:60].strip('_')}",
        description="a bake of nothing",
        command=(
            sys.executable,
            "-c",
            "import sys; sys.exit(sys.argv[1:] != ['{2}', 'piece {2}'])",
            "{2}",
            "piece {2}",
        ),
        task_rows=(("first task", "1"), ("second task", "2")),
        timeout_minutes=5,
    )


def test_a_submitted_job_is_listed_under_its_name(under_test: FarmUnderTest, job: FarmJob) -> None:
    # [R4]
    handle = under_test.farm.submit(job)

    view = under_test.farm.jobs()[job.name]
    assert (view.handle, view.name, view.state) == (handle, job.name, FarmJobState.WAITING)


def test_a_handle_is_an_unsigned_32_bit_decimal_number(under_test: FarmUnderTest, job: FarmJob) -> None:
    assert 0 < int(under_test.farm.submit(job)) < 2**32


def test_the_detail_of_a_new_job_counts_its_tasks(under_test: FarmUnderTest, job: FarmJob) -> None:
    detail = under_test.farm.detail(under_test.farm.submit(job))

    assert detail is not None
    assert (detail.name, detail.tasks_total, detail.tasks_done, detail.messages) == (job.name, 2, 0, ())


def test_a_job_whose_tasks_all_succeed_is_complete_and_stays_listed(under_test: FarmUnderTest, job: FarmJob) -> None:
    handle = under_test.farm.submit(job)
    under_test.work_off(handle)

    detail = under_test.farm.detail(handle)
    assert detail is not None
    assert (detail.state, detail.tasks_done, detail.failed_servers) == (FarmJobState.COMPLETE, 2, ())
    assert under_test.farm.jobs()[job.name].state is FarmJobState.COMPLETE


def test_a_second_job_of_the_same_name_is_refused_and_the_first_can_be_adopted(
    under_test: FarmUnderTest, job: FarmJob
) -> None:
    # [C11] [A16]
    first = under_test.farm.submit(job)

    with pytest.raises(FarmSubmissionError):
        under_test.farm.submit(job)
    assert under_test.farm.jobs()[job.name].handle == first


def test_a_deleted_job_is_gone_and_its_name_is_free(under_test: FarmUnderTest, job: FarmJob) -> None:
    handle = under_test.farm.submit(job)
    under_test.farm.delete(handle)

    assert job.name not in under_test.farm.jobs()
    assert under_test.farm.detail(handle) is None
    assert under_test.farm.submit(job) != handle


def test_deleting_twice_is_a_success(under_test: FarmUnderTest, job: FarmJob) -> None:
    handle = under_test.farm.submit(job)
    under_test.farm.delete(handle)
    under_test.farm.delete(handle)

    assert job.name not in under_test.farm.jobs()


def test_a_suspended_job_stays_suspended_until_it_is_activated(under_test: FarmUnderTest, job: FarmJob) -> None:
    # [R13] [R14]
    farm = under_test.farm
    handle = farm.submit(job)
    for _ in range(2):
        assert farm.suspend(handle)
        assert state_of(farm, handle) is FarmJobState.SUSPENDED
    for _ in range(2):
        assert farm.activate(handle)
        assert state_of(farm, handle) is FarmJobState.WAITING
    under_test.work_off(handle)

    assert farm.jobs()[job.name].state is FarmJobState.COMPLETE


def test_a_priority_can_be_changed_and_100_is_refused(under_test: FarmUnderTest, job: FarmJob) -> None:
    # [R15]
    handle = under_test.farm.submit(job)

    assert under_test.farm.set_priority(handle, 0)
    with pytest.raises(FarmRefusedError):
        under_test.farm.set_priority(handle, 100)
    assert state_of(under_test.farm, handle) is FarmJobState.WAITING


def test_orders_to_a_job_that_is_not_there_are_false(under_test: FarmUnderTest) -> None:
    # [F3]
    farm = under_test.farm

    assert not farm.suspend(_UNKNOWN_HANDLE)
    assert not farm.activate(_UNKNOWN_HANDLE)
    assert not farm.set_priority(_UNKNOWN_HANDLE, 10)
    assert not farm.add_server_again(_UNKNOWN_HANDLE, "0123456789AB0000")


def test_a_visit_answers_as_single_calls_do(under_test: FarmUnderTest, job: FarmJob) -> None:
    farm = under_test.farm
    with farm.visit():
        handle = farm.submit(job)
        progress = farm.progress(handle)
        assert farm.jobs()[job.name].handle == handle
    assert progress is not None
    assert (progress.tasks_total, progress.tasks_done) == (2, 0)
    assert farm.progress(handle) == progress


def test_an_unknown_handle_has_no_detail_and_can_be_deleted(under_test: FarmUnderTest) -> None:
    under_test.farm.delete(_UNKNOWN_HANDLE)

    assert under_test.farm.detail(_UNKNOWN_HANDLE) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "a name: with a colon"},
        {"name": "x" * 71},
        {"name": ""},
        {"command": ("-looks-like-an-option",)},
        {"command": ("render", "%tp1")},
        {"command": ("render", "{3}")},
        {"command": ("render", "{1}0")},
        {"task_rows": ()},
        {"task_rows": (("a", "1"), ("b",))},
        {"task_rows": (("a\tb", "1"),)},
        {"priority": 100},
        {"timeout_minutes": 0},
    ],
    ids=str,
)
def test_what_a_farm_would_misread_is_refused(
    under_test: FarmUnderTest, job: FarmJob, wrong: dict[str, object]
) -> None:
    with pytest.raises(FarmRefusedError):
        under_test.farm.submit(replace(job, **wrong))  # type: ignore[arg-type]
    assert job.name not in under_test.farm.jobs()


@pytest.mark.parametrize("kind", ["fake", "local farm"])
def test_a_farm_that_is_away_is_unreachable_to_every_method(kind: str, job: FarmJob, tmp_path: Path) -> None:
    if kind == "fake":
        fake = FakeFarm()
        fake.unreachable = True
        farm: Farm = fake
    else:
        local = LocalFarm(tmp_path)
        local.start_manager()
        local.close()
        farm = local.farm

    for call in (lambda: farm.submit(job), farm.jobs, lambda: farm.detail("1"), lambda: farm.delete("1")):
        with pytest.raises(FarmUnreachableError):
            call()
