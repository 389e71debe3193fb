"""What an artist can read of a job is the newest state of its record, whatever dies when; quiet costs nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import redis

from flatiron_tasks.contracts.channels import EVENT_FIELD, EVENT_STREAM, artist_events, artist_views
from flatiron_tasks.contracts.event import Event
from flatiron_tasks.contracts.job_view import JobView
from flatiron_tasks.pipeline import publishing
from flatiron_tasks.pipeline.context import Context
from flatiron_tasks.pipeline.job_status import JobStatus, job_status
from flatiron_tasks.pipeline.publishing import publish
from flatiron_tasks.pipeline.record import JobRecord
from flatiron_tasks.pipeline.states import PassState
from flatiron_tasks.pipeline.store import JobStore
from flatiron_tasks.tasks.publish import publish_alone
from tests.integration.pipeline.conftest import JOB, create
from tests.integration.pipeline.moving_clock import MovingClock
from tests.integration.pipeline.workshop import Workshop
from tests.synthetic_job import JOB_ID, SyntheticJob, make_job

ARTIST = "artist"


def view(client: redis.Redis, job_id: str = JOB_ID) -> JobView:
    return JobView.from_json(str(client.hget(artist_views(ARTIST), job_id)), source="the view")


def entries(client: redis.Redis, key: str) -> list[Event]:
    stream: Any = client  # redis-py types every reply as "perhaps awaitable"
    return [Event.from_json(fields[EVENT_FIELD], source=entry) for entry, fields in stream.xrange(key)]


def dirty(workshop: Workshop) -> list[str]:
    return workshop.context.store.artists.dirty(workshop.clock.now().timestamp(), 1000)


def test_an_artists_own_stream_holds_the_events_of_his_jobs(
    workshop: Workshop, job: SyntheticJob, client: redis.Redis
) -> None:
    workshop.accept(job)
    job.render()
    workshop.live()
    own = entries(client, artist_events(ARTIST))
    assert own
    assert own == entries(client, EVENT_STREAM)
    record = workshop.context.store.load(JOB_ID)
    assert (record.artist, record.host, record.sequence) == (ARTIST, "workstation", own[-1].sequence)


def test_a_view_says_what_the_desk_says(workshop: Workshop, job: SyntheticJob, client: redis.Redis) -> None:
    workshop.accept(job)
    workshop.work()
    job.render(passes=[1])
    workshop.live(sweeps=1)
    assert publish(workshop.context) == 1
    told, status = view(client), workshop.desk.job(JOB_ID)
    assert (told.state, told.sentence, told.waiting) == (status.state, status.sentence, status.waiting)
    assert [(item.label, item.state) for item in told.passes] == [(item.label, item.state) for item in status.passes]
    assert [item.preview for item in told.textures] == [item.preview for item in status.textures]
    assert all(item.preview for item in told.textures)
    assert (told.artist, told.host) == (ARTIST, "workstation")
    assert told.sequence == entries(client, artist_events(ARTIST))[-1].sequence
    assert not dirty(workshop)


def test_a_change_while_a_view_is_made_is_published_next(
    workshop: Workshop, job: SyntheticJob, client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop.accept(job)

    def interrupted(context: Context, record: JobRecord) -> JobStatus:
        workshop.context.store.artists.say(JOB_ID, "Meanwhile.")
        return job_status(context, record)

    monkeypatch.setattr("flatiron_tasks.pipeline.publishing.job_status", interrupted)
    publish(workshop.context)
    monkeypatch.undo()
    assert view(client).sequence == 1
    assert dirty(workshop) == [JOB_ID]
    publish(workshop.context)
    assert view(client).sequence == 2
    assert not dirty(workshop)


def test_a_slow_publisher_never_puts_an_older_view_over_a_newer_one(store: JobStore, client: redis.Redis) -> None:
    create(store)
    old = store.load(JOB)
    store.artists.say(JOB, "Something new.")
    new = store.load(JOB)
    assert store.artists.publish(new, "new")
    assert not store.artists.publish(old, "old")
    assert client.hget(artist_views(""), JOB) == "new"
    assert store.artists.publish(store.load(JOB), "new")


def test_a_publisher_that_dies_between_any_two_jobs_leaves_the_rest_to_the_next(
    workshop: Workshop, job: SyntheticJob, client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop.accept(job)

    class KilledError(BaseException):
        pass

    def die(*_: object) -> None:
        raise KilledError

    monkeypatch.setattr("flatiron_tasks.pipeline.publishing.job_status", die)
    with pytest.raises(KilledError):
        publish(workshop.context)
    monkeypatch.undo()
    publish_alone(workshop.context)
    assert view(client).state == "submitted"


def test_one_job_that_cannot_be_shown_holds_up_no_other_and_is_tried_again(
    workshop: Workshop, tmp_path: Path, client: redis.Redis, clock: MovingClock
) -> None:
    first, second = "20260131-142501-00000001", "20260131-142501-00000002"
    for job_id in (first, second):
        workshop.accept(make_job(tmp_path, job_id=job_id))
    client.hset(f"flatiron:job:{first}", "created_at", "yesterday")
    publish(workshop.context)
    assert view(client, second).job_id == second
    assert not dirty(workshop)
    client.hset(f"flatiron:job:{first}", "created_at", "1")
    clock.advance(publishing.RETRY_S)
    publish(workshop.context)
    assert view(client, first).job_id == first


def test_the_longest_waiting_come_first_and_a_tick_is_bounded(
    workshop: Workshop, tmp_path: Path, client: redis.Redis
) -> None:
    jobs = [f"20260131-142501-0000000{number}" for number in range(3)]
    for job_id in reversed(jobs):
        workshop.accept(make_job(tmp_path, job_id=job_id))
        workshop.clock.advance(1)
    workshop.context.store.artists.say(jobs[2], "It keeps its turn.")
    assert publish(workshop.context, limit=2) == 2
    assert set(client.hkeys(artist_views(ARTIST))) == {jobs[2], jobs[1]}


def test_a_pass_is_shown_as_being_merged_as_long_as_somebody_merges_it(
    workshop: Workshop, job: SyntheticJob, client: redis.Redis
) -> None:
    workshop.accept(job)
    store = workshop.context.store
    store.mark_rendered(JOB_ID, [0], "One.")
    publish(workshop.context)
    token = store.claims.claim(JOB_ID, "pass:0", 60_000)
    assert token
    publish(workshop.context)
    assert view(client).passes[0].state == "merging"
    store.claims.renew(JOB_ID, "pass:0", token, 0)
    publish(workshop.context)
    assert view(client).passes[0].state == "rendered"


def test_jobs_that_wait_cost_nothing(workshop: Workshop, tmp_path: Path) -> None:
    for number in range(5):
        workshop.accept(make_job(tmp_path, job_id=f"20260131-142501-0000000{number}", strips=1, names=("Wall",)))
    workshop.live()
    publish(workshop.context)
    for _ in range(10):
        workshop.sweep(seconds=20)
        assert not dirty(workshop)


def test_a_job_on_which_a_server_begins_is_published(
    workshop: Workshop, job: SyntheticJob, client: redis.Redis
) -> None:
    workshop.accept(job)
    workshop.live()
    publish(workshop.context)
    before = view(client)
    handle = next(view.handle for view in workshop.farm.jobs().values())
    workshop.farm.begin(handle, 1, workshop.farm.server_names[0])
    workshop.sweep()
    publish(workshop.context)
    assert workshop.farm.server_names[0] in view(client).waiting
    assert view(client).sequence == before.sequence


def test_a_manager_that_goes_and_comes_back_concerns_all_its_jobs_once(workshop: Workshop, tmp_path: Path) -> None:
    jobs = [f"20260131-142501-0000000{number}" for number in range(3)]
    for job_id in jobs:
        workshop.accept(make_job(tmp_path, job_id=job_id, strips=1, names=("Wall",)))
    workshop.live()
    workshop.sweep(seconds=3600)
    publish(workshop.context)
    for is_away in (True, False):
        workshop.farm.unreachable = is_away
        workshop.sweep()
        assert sorted(dirty(workshop)) == jobs
        publish(workshop.context)
        assert all(("Next try" in workshop.desk.job(job_id).waiting) is is_away for job_id in jobs)
    workshop.sweep()
    assert not dirty(workshop)


def test_a_record_from_before_artists_had_views_is_read_and_shown(
    workshop: Workshop, job: SyntheticJob, client: redis.Redis
) -> None:
    workshop.accept(job)
    for field in ("artist", "host", "artist_events", "touches", "sequence"):
        client.hdel(f"flatiron:job:{JOB_ID}", field)
    record = workshop.context.store.load(JOB_ID)
    assert (record.artist, record.host, record.sequence) == ("", "", 0)
    job.render()
    workshop.live()
    publish(workshop.context)
    assert client.hget(artist_views(""), JOB_ID)
    assert workshop.context.store.load(JOB_ID).passes_in(PassState.MERGED)


def test_a_lost_record_makes_no_view_and_no_noise(workshop: Workshop, job: SyntheticJob, client: redis.Redis) -> None:
    workshop.accept(job)
    client.delete(f"flatiron:job:{JOB_ID}")
    publish(workshop.context)
    assert not dirty(workshop)
    assert not client.exists(artist_views(ARTIST), f"flatiron:job:{JOB_ID}")
