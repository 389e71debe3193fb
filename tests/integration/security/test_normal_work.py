"""With the accounts of deploy/redis over TLS everything works, and Redis has nothing to deny."""

from __future__ import annotations

import base64
import json
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from flatiron_tasks.api import Desk
from flatiron_tasks.contracts import channels
from flatiron_tasks.contracts.job_view import JobView
from max_submitter.jobs.connection import redis_connector
from max_submitter.jobs.listener import EventListener
from max_submitter.jobs.views import ViewReader
from max_submitter.session.redis_check import redis_trouble, workers_seen
from max_submitter.transport import CeleryTransport
from tests.integration.security.studio import Studio
from tests.waiting import wait_until


@pytest.fixture(autouse=True)
def _nothing_is_denied(studio: Studio) -> Any:
    """Whatever a test here does, and whatever the programs have done since they started."""
    yield
    assert studio.denied() == []


def test_a_bake_is_done_and_redis_denied_no_program_anything(studio: Studio, anns_job: str) -> None:
    assert Desk.open(studio.settings("web")).job(anns_job).state == "done"  # and see `anns_job`


def test_the_node_program_of_the_administrator_was_run_and_not_the_jobs(studio: Studio, anns_job: str) -> None:
    command = studio.log("manager") + studio.log("node")
    submitted = list((studio.folder / "manager").rglob("*"))
    texts = [path.read_bytes() for path in submitted if path.is_file()]
    assert any(str(studio.program).encode() in text for text in texts), command[-500:]
    assert not any(f"flatiron-{anns_job}/node.pyz".encode() in text for text in texts)


def test_the_artist_hears_of_the_job_and_reads_its_view(studio: Studio, anns_job: str, tmp_path: Path) -> None:
    connect = redis_connector(studio.url("ann"), block_seconds=1)
    listener = EventListener(connect, tmp_path / "events.json", stream=channels.artist_events("Ann"), block_seconds=0.1)
    heard = {getattr(item, "state", "") for item in listener.hear([anns_job])}
    assert {"submitted", "rendering", "done"} <= heard
    listener.close()
    reader = ViewReader(connect, "Ann")

    def view() -> JobView | None:
        return reader.some([anns_job]).get(anns_job)

    wait_until(lambda: (seen := view()) is not None and seen.state == "done", what="the view is published")
    reader.close()
    assert redis_trouble(studio.url("ann")) == ""
    assert workers_seen(studio.url("ann")).ok


def test_the_artist_may_ask_of_own_jobs(studio: Studio, anns_job: str) -> None:
    before = studio.refused("not now")
    CeleryTransport(studio.url("ann")).ask(channels.CANCEL_JOB_TASK, anns_job)
    wait_until(lambda: studio.refused("not now") == before + 1, what="the job, which is done, is not cancelled")
    last = studio.client("admin").xrevrange(channels.artist_events("Ann"), count=1)[0][1]["event"]
    assert "nothing to cancel" in json.loads(last)["sentence"]


def test_a_technical_director_acts_on_everybodys_jobs_from_flower(studio: Studio, anns_job: str) -> None:
    before = studio.refused("not now")
    credentials = base64.b64encode(b"td:dashboard-password").decode()
    request = urllib.request.Request(
        f"{studio.flower_url}/api/task/async-apply/{channels.CANCEL_JOB_TASK}",
        data=json.dumps({"args": [anns_job]}).encode(),
        headers={"Authorization": f"Basic {credentials}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 200
    wait_until(lambda: studio.refused("not now") == before + 1, what="Flower's request is served")
    for page in ("broker", "workers", "tasks"):
        seen = urllib.request.Request(f"{studio.flower_url}/{page}", headers={"Authorization": f"Basic {credentials}"})
        with urllib.request.urlopen(seen, timeout=30) as answer:
            text = answer.read().decode()
        if page == "broker":
            assert "flatiron.front-desk.ann" in text
