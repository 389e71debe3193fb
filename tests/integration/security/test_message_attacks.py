"""What an artist's account puts into its own queue: refused, logged, counted, and the front desk goes on."""

from __future__ import annotations

import json
import random
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import redis

from flatiron_tasks.contracts import channels
from flatiron_tasks.contracts.requests import read_request
from flatiron_tasks.tasks.app import make_app
from flatiron_tasks.tasks.consumer import MALFORMED, UNKNOWN_TASK, UNREADABLE
from flatiron_tasks.tasks.front_desk import BAD_INPUT, FORBIDDEN
from flatiron_tasks.tasks.gate import LONGEST_BODY
from max_submitter.transport import CeleryTransport
from tests.acceptance import bakes
from tests.integration.security.forgery import message
from tests.integration.security.studio import Studio
from tests.waiting import wait_until
from workers.embedded import readiness

BOBS_QUEUE = channels.front_desk_queue("bob")
ANNS_QUEUE, STAFF_QUEUE = channels.front_desk_queue("ann"), channels.front_desk_queue("td")


def put(studio: Studio, *entries: str | bytes) -> None:
    studio.client("bob").lpush(BOBS_QUEUE, *entries)


def refuses(studio: Studio, reason: str, number: int, attack: Callable[[], None]) -> None:
    """The attack is counted, so often, and under this reason alone; nothing was sent on, nobody was told."""
    before, steps = studio.store.artists.refusals(), studio.client("admin").xlen(channels.EVENT_STREAM)
    attack()
    wanted = {**before, reason: before.get(reason, 0) + number}
    wait_until(lambda: studio.store.artists.refusals() == wanted, what=f"{wanted}")
    assert studio.client("admin").xlen(channels.EVENT_STREAM) == steps
    studio.processes.check()


@pytest.mark.parametrize(
    "task",
    [
        "flatiron.merge_pass",
        "flatiron.clean_temp",
        "flatiron.poll",
        "celery.group",
        "celery.chain",
        "os.system",
        "x" * 999,
    ],
)
def test_a_task_that_is_not_the_front_desks_is_unknown(studio: Studio, anns_job: str, task: str) -> None:
    refuses(studio, UNKNOWN_TASK, 1, lambda: put(studio, message(task, [anns_job])))


REQUESTS: dict[str, list[Any]] = {
    channels.CANCEL_JOB_TASK: [],
    channels.REQUEUE_TASK: [],
    channels.RERENDER_TASK: [[0]],
    channels.SUSPEND_TASK: [],
    channels.GO_ON_TASK: [],
    channels.SET_PRIORITY_TASK: [0],
    channels.COLLECTED_TASK: [0, "/tmp/stolen.png"],
    channels.ACCEPT_TASK: [],
}


@pytest.mark.parametrize("task", REQUESTS)
def test_another_artists_job_is_forbidden_and_its_artist_is_not_bothered(
    studio: Studio, anns_job: str, task: str
) -> None:
    before = studio.store.load(anns_job)
    ask = CeleryTransport(studio.url("bob"))._publish

    refuses(studio, FORBIDDEN, 1, lambda: ask(read_request(task, [anns_job, *REQUESTS[task]])))
    assert studio.store.load(anns_job) == before


@pytest.mark.parametrize("claimed", [ANNS_QUEUE, STAFF_QUEUE, "flatiron.front-desk", "flatiron.dispatch"])
def test_a_message_that_claims_another_queue_is_still_its_senders(studio: Studio, anns_job: str, claimed: str) -> None:
    info = {"exchange": "", "routing_key": claimed}
    forged = message(
        channels.CANCEL_JOB_TASK,
        [anns_job],
        headers={"delivery_info": info, "properties": {"delivery_info": info}, "origin": "ann"},
        properties={"delivery_info": info, "user_id": "ann", "app_id": "td"},
    )
    refuses(studio, FORBIDDEN, 1, lambda: put(studio, forged))
    for queue in (ANNS_QUEUE, STAFF_QUEUE, "flatiron.dispatch"):
        entries = studio.client("admin").lrange(queue, 0, -1)
        assert not any("forged" in entry for entry in entries)


def test_a_job_that_another_artist_has_not_announced_yet_cannot_be_announced_or_marked_as_refused(
    studio: Studio, tmp_path: Path
) -> None:
    wanted = bakes.request(tmp_path / "castle", studio.network_folder, studio.manager, artist="Ann")
    held_back = bakes.submit_bake(wanted, bakes.send_nothing)
    job_id = held_back.job_id
    before = studio.refused(FORBIDDEN)
    CeleryTransport(studio.url("bob")).send(job_id)
    wait_until(lambda: studio.refused(FORBIDDEN) == before + 1, what="the stranger is refused")
    assert studio.store.artists.refusal(job_id) == ""


def test_a_job_that_names_another_network_folder_is_refused(studio: Studio, tmp_path: Path) -> None:
    wanted = bakes.request(tmp_path / "castle", studio.network_folder, studio.manager, artist="Bob")
    submitted = bakes.submit_bake(wanted, bakes.send_nothing)
    path = submitted.job_folder / "job.desc"
    data = json.loads(path.read_text("utf-8")) | {"network_folder": str(tmp_path)}
    path.write_text(json.dumps(data), "utf-8")
    refuses(studio, BAD_INPUT, 1, lambda: CeleryTransport(studio.url("bob")).send(submitted.job_id))
    assert not studio.store.exists(submitted.job_id)
    path.unlink()  # or the sweep would look at it again and again


MORE: dict[str, dict[str, Any]] = {
    "link": {"extras": {"callbacks": [{"task": "flatiron.dispatch", "args": ["x"], "options": {}}]}},
    "link_error": {"extras": {"errbacks": [{"task": "flatiron.dispatch", "args": ["x"], "options": {}}]}},
    "chain": {"extras": {"chain": [{"task": "flatiron.dispatch", "args": ["x"], "options": {}}]}},
    "chord": {"extras": {"chord": {"task": "flatiron.dispatch", "args": ["x"], "options": {}}}},
    "a time far ahead": {"headers": {"eta": "2099-01-01T00:00:00+00:00"}},
    "an end": {"headers": {"expires": "1999-01-01T00:00:00+00:00"}},
    "time limits": {"headers": {"timelimit": [100000, None]}},
    "a group": {"headers": {"group": "x"}},
    "a reply": {"headers": {"reply_to": "flatiron.dispatch"}},
    "no list": {"body": b"{}"},
    "no arguments": {"body": b"[1,2,3]"},
    "too long": {"body": json.dumps([["x" * LONGEST_BODY], {}, {}]).encode()},
}


@pytest.mark.parametrize("more", MORE)
def test_a_message_that_is_more_than_its_task_is_malformed(studio: Studio, anns_job: str, more: str) -> None:
    refuses(studio, MALFORMED, 1, lambda: put(studio, message(channels.ACCEPT_TASK, [anns_job], **MORE[more])))


def test_a_message_that_unpacks_to_more_memory_than_there_is_is_not_unpacked(studio: Studio, anns_job: str) -> None:
    bomb = zlib.compress(b" " * 50_000_000)
    packed = message(channels.ACCEPT_TASK, [anns_job], body=bomb, headers={"compression": "application/x-gzip"})
    refuses(studio, UNREADABLE, 1, lambda: put(studio, packed))


def test_nothing_that_is_no_message_ends_the_front_desk(studio: Studio, anns_job: str) -> None:
    noise = random.Random(7)
    entries = [noise.randbytes(200) for _ in range(5)]
    entries += [b"[" * 100_000, b"{}", b"[]", b"7", b"null", b'{"properties": 7}', b'{"properties": {}, "headers": 7}']
    before = sum(studio.store.artists.refusals().values())
    put(studio, *entries)
    wait_until(
        lambda: sum(studio.store.artists.refusals().values()) >= before + len(entries),
        what="everything is counted",
        timeout_s=90,
    )
    count = studio.refused("not now")
    CeleryTransport(studio.url("ann")).ask(channels.CANCEL_JOB_TASK, anns_job)
    wait_until(lambda: studio.refused("not now") == count + 1, what="an honest message is served")
    wait_until(lambda: not studio.client("admin").hlen("flatiron-front-desk-unacked"), what="nothing is left behind")


def test_a_message_larger_than_redis_takes_is_not_taken(studio: Studio) -> None:
    with pytest.raises(redis.RedisError):
        put(studio, b"x" * 17_000_000)


def test_the_open_desk_is_not_served_where_artists_have_accounts(studio: Studio, anns_job: str) -> None:
    before = studio.store.artists.refusals()
    studio.client("admin").lpush(channels.FRONT_DESK_QUEUE, message(channels.CANCEL_JOB_TASK, [anns_job]))
    count = studio.refused("not now")
    CeleryTransport(studio.url("ann")).ask(channels.CANCEL_JOB_TASK, anns_job)
    wait_until(lambda: studio.refused("not now") == count + 1, what="a later message is served")
    assert studio.client("admin").llen(channels.FRONT_DESK_QUEUE) == 1
    assert studio.store.artists.refusals() == {**before, "not now": count + 1}
    studio.client("admin").delete(channels.FRONT_DESK_QUEUE)


def test_two_hundred_entries_of_garbage_break_no_connection_and_an_honest_message_behind_them_is_served(
    studio: Studio, anns_job: str
) -> None:
    before, lost = studio.store.artists.refusals(), studio.log("front-desk").count("Connection to broker lost")
    honest = message("nobody.knows", [anns_job])
    put(studio, *["garbage"] * 200, honest)
    wanted = {
        **before,
        UNREADABLE: before.get(UNREADABLE, 0) + 200,
        UNKNOWN_TASK: before.get(UNKNOWN_TASK, 0) + 1,
    }
    wait_until(lambda: studio.store.artists.refusals() == wanted, what=f"{wanted}")
    assert studio.log("front-desk").count("Connection to broker lost") == lost
    assert set(studio.store.artists.refused_at()) >= {UNREADABLE, UNKNOWN_TASK}


@pytest.mark.parametrize("account", ["td", "flower", "front-desk"])
def test_an_account_that_may_ask_workers_how_they_are_cannot_end_them(studio: Studio, account: str) -> None:
    refused = "'shutdown' is refused"
    before = studio.log("worker").count(refused)
    make_app(studio.settings(account)).control.shutdown()
    wait_until(lambda: studio.log("worker").count(refused) > before, what="the worker's refusal")
    assert "Got shutdown from remote" not in studio.log("worker")
    studio.processes.check()
    assert readiness.workers_answer(studio.settings("td").redis_url, 2)
