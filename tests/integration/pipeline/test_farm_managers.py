"""Workers connect to the farm managers of their settings only, whatever a job names."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flatiron_tasks.contracts.errors import BadInputError, FarmUnreachableError, SettingsError
from flatiron_tasks.pipeline.job_files import check_manager
from flatiron_tasks.settings import Settings, load_settings
from flatiron_tasks.tasks.app import make_app
from flatiron_tasks.tasks.surroundings import make_context
from tests.integration.pipeline.workshop import Workshop
from tests.synthetic_job import JOB_ID, SyntheticJob


def allow(workshop: Workshop, *managers: str) -> None:
    settings = workshop.context.settings.model_copy(
        update={"farm_managers": Settings(farm_managers=managers).farm_managers}
    )
    workshop.context = replace(workshop.context, settings=settings)


def manager_of(job: SyntheticJob) -> str:
    return f"{job.files.job.farm.manager}:{job.files.job.farm.port}"


def test_a_job_of_another_manager_is_refused_and_makes_no_record(workshop: Workshop, job: SyntheticJob) -> None:
    allow(workshop, "farm.example.com:3234", "farm:1")
    with pytest.raises(BadInputError, match=r"to which workers may not connect.*farm\.example\.com:3234, farm:1"):
        workshop.accept(job)
    assert not workshop.context.store.exists(JOB_ID)
    assert "farm_managers" in workshop.context.store.artists.refusal(JOB_ID)


def test_a_job_of_a_listed_manager_is_taken_in_any_case_of_letters(workshop: Workshop, job: SyntheticJob) -> None:
    allow(workshop, manager_of(job).upper())
    workshop.accept(job)
    assert workshop.context.store.exists(JOB_ID)


def test_any_manager_is_allowed_where_none_is_listed(job: SyntheticJob) -> None:
    check_manager(job.files.job, ())


def test_a_worker_does_not_connect_to_another_manager_even_for_a_job_that_is_known(redis_server_url: str) -> None:
    settings = Settings(redis_url=redis_server_url, farm_managers=("farm:3234",))
    context = make_context(settings, make_app(settings, ()))
    assert context.farms("FARM:3234")
    with pytest.raises(FarmUnreachableError, match="farm_managers"):
        context.farms("169.254.169.254:80")


@pytest.mark.parametrize("address", ["farm", "farm:", ":3234", "farm:0", "farm:65536", "farm:x", ""])
def test_a_manager_that_is_no_address_is_a_mistake_of_the_settings(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLATIRON_FARM_MANAGERS", f'["{address}"]')
    with pytest.raises(SettingsError, match="FARM_MANAGERS"):
        load_settings()
