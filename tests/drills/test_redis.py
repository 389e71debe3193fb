"""Redis breaks: killed, emptied, full, silent, with another password. No job is lost."""

from __future__ import annotations

import shutil

import pytest

from flatiron_tasks.contracts.errors import TransportError
from max_submitter.jobs.redis_sentences import redis_sentence
from tests.drills.studio import Studio
from tests.waiting import wait_until
from workers.cli.exit_codes import ExitCode


def test_a_redis_that_is_killed_loses_no_job_and_a_job_that_was_sent_meanwhile_is_found(studio: Studio) -> None:
    with studio.held_renders():
        job_id = studio.submit("killed").job_id
        studio.wait_for_renders()
        studio.kill("redis")
        asked = studio.flatiron("status", job_id)
        assert asked.returncode == ExitCode.NO_REDIS
        assert "Redis cannot be reached at" in asked.stderr
        assert studio.password not in asked.stderr
        with pytest.raises(
            TransportError, match=r"Nothing is lost\. Tell them later with `flatiron resubmit"
        ) as caught:
            studio.submit("sent meanwhile")
        assert "Nothing listens at " in redis_sentence(caught.value, studio.redis_url)
        studio.start("redis")
    studio.wait_for(job_id, "done")
    wait_until(lambda: len(studio.desk.jobs()) == 2, what="the job that nobody was told of is found on the share")
    for job in studio.desk.jobs():
        studio.wait_for(job.job_id, "done")


def test_a_redis_without_its_disk_is_filled_again_from_the_job_folders(studio: Studio) -> None:
    with studio.held_renders():
        job_id = studio.submit("disk").job_id
        studio.wait_for_renders()
        studio.kill("redis")
        shutil.rmtree(studio.folder / "redis")
        (studio.folder / "redis").mkdir()
        studio.start("redis")
        assert not studio.desk.jobs()
    studio.wait_for(job_id, "done")


def test_a_redis_that_was_flushed_is_filled_again_from_the_job_folders(studio: Studio) -> None:
    with studio.held_renders():
        job_id = studio.submit("flushed").job_id
        studio.wait_for_renders()
        with studio.client() as client:
            client.flushall()
    studio.wait_for(job_id, "done")


def test_a_full_redis_takes_no_job_and_is_named_by_the_doctor_and_work_goes_on_when_there_is_room(
    studio: Studio,
) -> None:
    with studio.held_renders(), studio.client() as client:
        job_id = studio.submit("full").job_id
        studio.wait_for_renders()
        client.config_set("maxmemory", "1mb")
        with pytest.raises(TransportError, match=r"Redis is full\. Nothing is lost: tell the TD to make room in it"):
            studio.submit("sent into a full one")
        examined = studio.doctor()
        assert "Raise maxmemory, or give the machine more" in examined["Redis memory"]
        assert {"workers", "sweep"}.isdisjoint(examined), examined  # neither is to blame
        client.config_set("maxmemory", "0")
    studio.wait_for(job_id, "done")


def test_a_redis_that_hangs_is_an_error_after_seconds_and_work_goes_on_when_it_answers(studio: Studio) -> None:
    with studio.held_renders():
        job_id = studio.submit("hangs").job_id
        studio.wait_for_renders()
        with studio.frozen("redis"):
            asked = studio.flatiron("status", job_id)
            assert asked.returncode == ExitCode.NO_REDIS
            assert "Timeout" in asked.stderr
    studio.wait_for(job_id, "done")


def test_a_changed_password_is_named_and_work_goes_on_when_the_settings_have_it(studio: Studio) -> None:
    with studio.held_renders():
        job_id = studio.submit("password").job_id
        studio.wait_for_renders()
        before, studio.password = studio.password, "another-password"
        with studio.client_with(before) as client:
            client.config_set("requirepass", studio.password)
            client.execute_command("CLIENT KILL TYPE normal SKIPME yes")
        asked = studio.flatiron("status", job_id)
        assert asked.returncode == ExitCode.NO_REDIS
        assert "Correct user and password in the setting `redis_url`." in asked.stderr
        wait_until(lambda: "invalid username-password pair" in studio.log("worker"), what="the worker is refused")
        studio.configure()
        studio.kill("worker", "sweep")
        studio.start("worker", "sweep")
    studio.wait_for(job_id, "done")
