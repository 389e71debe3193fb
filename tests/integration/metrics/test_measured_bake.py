"""What a bake leaves in the metrics: every number that the dashboard shows, measured by the steps themselves."""

from __future__ import annotations

import pytest
import redis

from flatiron_tasks.contracts.errors import FarmUnreachableError
from tests.integration.metrics.conftest import Scrape
from tests.integration.pipeline.workshop import MANAGER, Workshop
from tests.synthetic_job import SIZE, SyntheticJob


def test_a_bake_that_succeeds_is_counted_and_timed(workshop: Workshop, job: SyntheticJob, scrape: Scrape) -> None:
    job.render()
    workshop.accept(job)
    workshop.live()
    numbers = scrape()
    assert numbers["flatiron_jobs", ("done",)] == 1
    assert numbers["flatiron_job_ends_total", ("done",)] == 1
    assert numbers["flatiron_attempts_total", ("done", "merge_pass")] == 4
    assert numbers["flatiron_attempts_total", ("done", "dispatch")] == 1
    assert numbers["flatiron_merge_duration_seconds_count", ("merge_pass",)] == 4
    assert numbers["flatiron_merged_pixels_total", ("merge_pass",)] == 4 * 2 * SIZE * SIZE
    assert numbers["flatiron_merged_pixels_total", ("replace_placeholder",)] == 2 * SIZE * SIZE
    assert numbers["flatiron_last_piece_to_texture_seconds_count", ()] == 2
    assert numbers["flatiron_sweep_duration_seconds_count", (MANAGER,)] >= 1
    assert numbers["flatiron_manager_answer_seconds_count", (MANAGER,)] >= 1


def test_doubled_messages_count_no_work_twice(workshop: Workshop, job: SyntheticJob, scrape: Scrape) -> None:
    job.render()
    workshop.accept(job)
    workshop.live(doubled=True)
    numbers = scrape()
    assert numbers["flatiron_job_ends_total", ("done",)] == 1
    assert numbers["flatiron_merge_duration_seconds_count", ("merge_pass",)] == 4
    assert numbers["flatiron_last_piece_to_texture_seconds_count", ()] == 2


def test_the_passes_of_a_job_that_renders_are_waiting(workshop: Workshop, job: SyntheticJob, scrape: Scrape) -> None:
    workshop.accept(job)
    workshop.live()
    numbers = scrape()
    assert numbers["flatiron_jobs", ("rendering",)] == 1
    assert numbers["flatiron_passes", ("waiting",)] == 4
    assert numbers["flatiron_manager_up", (MANAGER,)] == 1


def test_a_broken_piece_is_counted_by_its_reason(workshop: Workshop, job: SyntheticJob, scrape: Scrape) -> None:
    job.render()
    job.piece(next(job.files.plan.pieces(2))).write_bytes(b"broken")
    workshop.accept(job)
    workshop.live()
    numbers = scrape()
    assert numbers["flatiron_rejected_pieces_total", ("changed",)] == 1
    assert numbers["flatiron_attempts_total", ("failed", "merge_pass")] == 1
    assert numbers["flatiron_job_ends_total", ("failed",)] == 1


def test_a_manager_that_does_not_answer_is_down_and_counted(
    workshop: Workshop, job: SyntheticJob, scrape: Scrape, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop.accept(job)
    workshop.live()
    monkeypatch.setattr(workshop.farm, "visit", _unreachable)
    workshop.sweep(seconds=60)
    numbers = scrape()
    assert numbers["flatiron_manager_up", (MANAGER,)] == 0
    assert numbers["flatiron_manager_failures_total", (MANAGER,)] == 1


def _unreachable() -> None:
    raise FarmUnreachableError("No answer.")


def test_a_measurement_that_cannot_be_written_fails_no_step(
    workshop: Workshop, job: SyntheticJob, client: redis.Redis, scrape: Scrape
) -> None:
    client.set("flatiron:metrics", "no hash")
    job.render()
    workshop.accept(job)
    workshop.live()
    assert workshop.errors == []
    client.delete("flatiron:metrics")
    assert scrape()["flatiron_jobs", ("done",)] == 1
