"""Real Celery workers serve their roles only, count what they refuse, and show a failed merge with its reason."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import redis
from celery import Celery
from celery.events import EventReceiver

from flatiron_tasks.contracts import channels
from flatiron_tasks.pipeline.next_steps import MERGE_PASS
from flatiron_tasks.pipeline.states import PassState
from flatiron_tasks.pipeline.store import JobStore
from flatiron_tasks.settings import Settings
from flatiron_tasks.tasks.app import make_app
from flatiron_tasks.tasks.consumer import MALFORMED, UNKNOWN_TASK
from flatiron_tasks.tasks.front_desk import BAD_INPUT, NOT_NOW
from flatiron_tasks.tasks.gate import LONGEST_BODY
from flatiron_tasks.tasks.queues import DISPATCH, FRONT_DESK, MERGE
from flatiron_tasks.tasks.surroundings import sender
from max_submitter.transport import CeleryTransport
from tests.integration.pipeline.workshop import Workshop
from tests.synthetic_job import JOB_ID, SyntheticJob
from tests.waiting import wait_until
from workers.embedded import readiness
from workers.embedded.processes import ProcessGroup, environment_without_settings

BROKEN = 2


@pytest.fixture
def settings(redis_server_url: str, tmp_path: Path) -> Settings:
    return Settings(redis_url=redis_server_url, network_folders=(tmp_path / "network",))


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[ProcessGroup]:
    with ProcessGroup(tmp_path / "logs") as group:
        yield group


def start_worker(processes: ProcessGroup, settings: Settings, folder: Path, role: str) -> None:
    config = folder / "flatiron.toml"
    network = json.dumps([str(item) for item in settings.network_folders])
    config.write_text(f"redis_url = {json.dumps(settings.redis_url)}\nnetwork_folders = {network}\n")
    options = ("--config", str(config), "worker", "--queues", role, "--concurrency", "1")
    environment = environment_without_settings()
    child = processes.start(role, (sys.executable, "-m", "workers.cli", *options), env=environment)
    processes.wait_until(
        f"The worker {child.name}", lambda: readiness.workers_answer(settings.redis_url, 1), deadline_s=60
    )


@pytest.fixture
def front_desk(processes: ProcessGroup, settings: Settings, tmp_path: Path, workshop: Workshop) -> JobStore:
    """A worker that serves the front desk alone; the store that it writes to."""
    start_worker(processes, settings, tmp_path, "front-desk")
    return workshop.context.store


def refused(store: JobStore, **expected: int) -> None:
    wanted = {reason.replace("_", " "): count for reason, count in expected.items()}
    wait_until(lambda: store.artists.refusals() == wanted, what=f"{wanted} are refused")


def sentences(store: JobStore) -> list[str]:
    return [event.sentence for _, event in store.events("0", block_seconds=0)]


def test_an_artist_submits_and_asks_and_hears_what_became_of_it(
    front_desk: JobStore, settings: Settings, job: SyntheticJob, client: redis.Redis
) -> None:
    del job
    transport = CeleryTransport(settings.redis_url)
    transport.send(JOB_ID)
    wait_until(lambda: front_desk.exists(JOB_ID), what="the job is accepted")
    wait_until(lambda: client.llen(DISPATCH) == 1, what="the next step is sent")
    message = json.loads(str(client.lindex(DISPATCH, 0)))
    assert message["headers"]["argsrepr"] == f'job {JOB_ID} "Castle" try 1'
    transport.ask(channels.SET_PRIORITY_TASK, JOB_ID, 7)
    told = f"Job {JOB_ID} gets priority 7 on the farm; the next sweep sees to it."
    wait_until(lambda: told in sentences(front_desk), what="the outcome is told")
    transport.ask(channels.REQUEUE_TASK, JOB_ID, [99])
    wait_until(lambda: any("no pass 99" in text for text in sentences(front_desk)), what="the refusal is told")
    refused(front_desk, **{BAD_INPUT: 1})


def test_the_front_desk_runs_nothing_but_its_own_tasks_and_counts_what_it_refuses(
    front_desk: JobStore, settings: Settings, client: redis.Redis
) -> None:
    forger = Celery(broker=settings.redis_url, set_as_current=False)
    send: dict[str, Any] = {"queue": FRONT_DESK, "declare": [], "retry": False}
    for task in ("flatiron.merge_pass", "flatiron.poll", "celery.group", "os.system"):
        forger.send_task(task, args=[JOB_ID], **send)
    refused(front_desk, **{UNKNOWN_TASK: 4})
    more = forger.signature("flatiron.dispatch", args=["unasked"], queue=DISPATCH)
    forger.send_task(channels.ACCEPT_TASK, args=[JOB_ID], link=more, link_error=more, **send)
    forger.send_task(channels.ACCEPT_TASK, args=[JOB_ID], chain=[more], **send)
    forger.send_task(channels.ACCEPT_TASK, args=["x" * LONGEST_BODY], **send)
    refused(front_desk, **{UNKNOWN_TASK: 4, MALFORMED: 3})
    forger.send_task(channels.ACCEPT_TASK, args=[7], kwargs={"job_id": 8}, **send)
    forger.send_task(channels.SUSPEND_TASK, args=[JOB_ID], **send)
    refused(front_desk, **{UNKNOWN_TASK: 4, MALFORMED: 3, BAD_INPUT: 1, NOT_NOW: 1})
    assert not client.llen(DISPATCH)
    assert not front_desk.exists(JOB_ID)
    forger.close()


_PROPERTIES = {"delivery_tag": "t", "delivery_info": {"exchange": "", "routing_key": ""}, "body_encoding": "base64"}
_HEADERS = {"task": channels.ACCEPT_TASK, "id": "x"}
_BAD_HEADERS: tuple[object, ...] = ({}, {"task": []}, {"task": "x"}, {"id": "x"}, _HEADERS, [], None)


@pytest.mark.parametrize(
    "entries",
    [
        ["no json {", "[]", "7", '{"body": "x"}', "[" * 100_000],
        [
            json.dumps({"body": "W10=", "headers": headers, "properties": _PROPERTIES | {"delivery_tag": f"t{number}"}})
            for number, headers in enumerate(_BAD_HEADERS)
        ],
        [
            json.dumps({"body": body, "headers": _HEADERS, "content-type": kind, "properties": _PROPERTIES})
            for kind, body in [("application/x-python-serialize", "gASVAAAAAAAAAAAu"), ("application/json", "####")]
        ],
    ],
    ids=["no messages", "headers", "bodies"],
)
def test_nothing_that_is_put_into_the_queue_ends_the_front_desk(
    front_desk: JobStore, settings: Settings, client: redis.Redis, processes: ProcessGroup, entries: list[str]
) -> None:
    client.lpush(FRONT_DESK, *entries)
    wait_until(lambda: sum(front_desk.artists.refusals().values()) >= len(entries), what="all are refused")
    CeleryTransport(settings.redis_url).send("20260131-142501-unknown0")
    wait_until(lambda: front_desk.artists.refusal("20260131-142501-unknown0"), what="the next message is served")
    processes.check()
    wait_until(lambda: not client.hlen("unacked"), what="nothing is left behind")


def heard_until_failed(app: Celery, client: redis.Redis, begin: Callable[[], None]) -> dict[str, dict[str, Any]]:
    """What Flower hears of tasks, by type, from `begin` to the first failure."""
    heard: dict[str, dict[str, Any]] = {}
    before = client.pubsub_numpat()

    def hear(event: dict[str, Any]) -> None:
        heard[event["type"]] = event
        receiver.should_stop = event["type"] == "task-failed"

    def begin_when_heard() -> None:
        wait_until(lambda: client.pubsub_numpat() > before, what="the receiver listens")
        begin()

    with app.connection_for_read() as connection, ThreadPoolExecutor(1) as thread:
        receiver = EventReceiver(connection, {"task-received": hear, "task-failed": hear}, app=app)
        begun = thread.submit(begin_when_heard)
        receiver.capture(limit=None, timeout=60, wakeup=False)
        begun.result()
    return heard


def test_a_failed_merge_is_red_with_its_reason_and_the_command_that_mends_it(
    processes: ProcessGroup,
    settings: Settings,
    workshop: Workshop,
    job: SyntheticJob,
    tmp_path: Path,
    client: redis.Redis,
) -> None:
    workshop.accept(job)
    workshop.work()
    job.render()
    broken = job.piece(next(job.files.plan.pieces(BROKEN)))
    broken.write_bytes(broken.read_bytes()[:-40])
    workshop.sweep()
    step = next(item for item in workshop.messages if item.key == f"{MERGE_PASS}:{BROKEN}")
    start_worker(processes, settings, tmp_path, "merge")
    with make_app(settings, [MERGE]) as app:
        heard = heard_until_failed(app, client, lambda: sender(app)(step))
    label = job.files.plan.passes[BROKEN].label
    assert heard["task-received"]["args"] == f'job {JOB_ID} pass {BROKEN} "{label}" try 1'
    text = heard["task-failed"]["exception"]
    assert broken.name in text
    assert "the file has only" in text
    assert f"`flatiron requeue {JOB_ID} --pass {BROKEN}`" in text
    record = workshop.context.store.load(JOB_ID).passes[BROKEN]
    assert record.state is PassState.FAILED
    assert broken.name in record.reason
