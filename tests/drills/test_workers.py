"""Workers and the sweep are down, are of another version, or go by a wrong clock."""

from __future__ import annotations

import json

import pytest

from flatiron_tasks.contracts.errors import StateError
from tests.drills.studio import Studio
from tests.waiting import wait_until
from workers.chaos.seam import Seam
from workers.cli.exit_codes import ExitCode


def test_without_any_worker_nodes_render_on_and_all_jobs_end_when_one_is_back(studio: Studio) -> None:
    with studio.held_renders():
        job = studio.submit("workers down")
        studio.wait_for_renders()
        studio.kill("worker")
    later = studio.submit("sent meanwhile")
    studio.wait_for_pieces(job)
    asked = studio.flatiron("status", later.job_id)
    assert asked.returncode == ExitCode.BAD_INPUT
    assert "`flatiron doctor` that workers run" in asked.stderr
    examined = studio.doctor()
    assert examined["workers"] == "No worker answers. Start workers: flatiron worker"
    assert examined["queue merge"].endswith("Start one: flatiron worker --queues merge")
    studio.start("worker")
    studio.wait_for(job.job_id, "done")
    studio.wait_for(later.job_id, "done")


def test_without_the_sweep_nodes_render_on_and_the_job_ends_when_it_is_back(studio: Studio) -> None:
    with studio.held_renders():
        job = studio.submit("sweep down")
        studio.wait_for_renders()
        studio.kill("sweep")
    studio.wait_for_pieces(job)
    assert studio.desk.job(job.job_id).state == "rendering"
    studio.start("sweep")
    studio.wait_for(job.job_id, "done")


def test_a_job_of_a_newer_version_is_refused_by_name_and_accepted_after_the_upgrade(studio: Studio) -> None:
    """A submitter that was upgraded before the workers; the upgrade is played by the document of the old version."""
    job = studio.submit("newer", send=False)
    whole = job.description_path.read_bytes()
    newer = {**json.loads(whole), "schema_version": 99}
    job.description_path.write_text(json.dumps(newer), "utf-8")
    assert studio.flatiron("resubmit", job.job_id).returncode == 0
    wait_until(lambda: studio.desk.refusal(job.job_id), what="the workers refuse the job")
    with pytest.raises(StateError, match="The workers have refused job") as caught:
        studio.desk.job(job.job_id)
    assert "schema_version 99 of" in str(caught.value)
    job.description_path.write_bytes(whole)
    studio.wait_for(job.job_id, "done")


def test_a_worker_with_a_wrong_clock_is_named_by_the_doctor_and_its_jobs_end(studio: Studio) -> None:
    """The last drill here: the worker keeps its clock."""
    seam = Seam(studio.orders, studio.network_folder)
    if not seam.is_there:
        pytest.skip("needs a C compiler on Linux to give one process another clock")
    studio.kill("worker")
    studio.start("worker", variables=seam.environment(3600))
    studio.wait_for(studio.submit("wrong clock").job_id, "done")
    told = (
        "The clock of worker@drill is 3600 s ahead of that of Redis. Let the machine take the time from a server (NTP)."
    )
    assert studio.doctor()["worker clocks"] == told
