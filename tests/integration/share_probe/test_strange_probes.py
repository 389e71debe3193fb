"""What one server, or another version of the software, leaves behind never stops a sweep."""

from __future__ import annotations

import json

import pytest
import redis

from flatiron_tasks.api import NodeVerdict
from flatiron_tasks.contracts.layout import PROBES
from flatiron_tasks.pipeline.share_probe import watching
from flatiron_tasks.pipeline.share_probe.health import NodeHealth, Probe
from flatiron_tasks.pipeline.share_probe.verdicts import Evidence, Limits, judge
from flatiron_tasks.share.probe_folder import answer_name
from tests.integration.share_probe.played_farm import SILENT, ProbedWorkshop
from tests.synthetic_job import SyntheticJob


def test_an_answer_with_an_impossible_time_counts_as_none(workshop: ProbedWorkshop, job: SyntheticJob) -> None:
    workshop.accept(job)
    workshop.come_to_rest({"node-1": SILENT}, rounds=1)
    (folder,) = (job.network_folder / PROBES).iterdir()
    good = json.loads((folder / answer_name(1)).read_text())
    impossible = {**good, "server": 0, "clock": "2026-99-99T99:99:99Z"}
    (folder / answer_name(0)).write_text(json.dumps(impossible))
    workshop.come_to_rest({"node-1": SILENT}, seconds=30)
    assert workshop.verdicts()["node-1"] is NodeVerdict.SILENT
    assert [bake.servers for bake in workshop.bakes] == [("node-2", "node-3", "node-4")]


def test_a_server_that_nobody_can_judge_counts_as_silent_and_holds_up_no_other(
    workshop: ProbedWorkshop,
    job: SyntheticJob,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail_for_one(probe: Probe, server: str, seen: Evidence, limits: Limits) -> NodeHealth | None:
        if server == "node-2":
            raise ZeroDivisionError("of a bug")
        return judge(probe, server, seen, limits)

    monkeypatch.setattr(watching, "judge", fail_for_one)
    workshop.accept(job)
    workshop.come_to_rest()
    assert workshop.verdicts()["node-2"] is NodeVerdict.SILENT
    assert [bake.servers for bake in workshop.bakes] == [("node-1", "node-3", "node-4")]
    assert any(entry.exc_info and "node-2" in entry.getMessage() for entry in caplog.records)


def test_a_probe_that_cannot_be_looked_at_does_not_stop_the_sweep(
    workshop: ProbedWorkshop, job: SyntheticJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("of a bug")

    workshop.accept(job)
    workshop.work()
    monkeypatch.setattr(watching._Look, "run", fail)
    workshop.sweep()


def test_an_interruption_still_ends_the_sweep(
    workshop: ProbedWorkshop, job: SyntheticJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    class InterruptionError(Exception):
        pass

    def interrupt(*_: object) -> None:
        raise InterruptionError

    workshop.accept(job)
    workshop.work()
    monkeypatch.setattr(workshop, "context", workshop.context)
    object.__setattr__(workshop.context, "interruptions", (InterruptionError,))
    monkeypatch.setattr(watching, "judge", interrupt)
    with pytest.raises(InterruptionError):
        workshop.sweep()


def test_what_another_version_kept_of_servers_is_left_out(
    workshop: ProbedWorkshop, job: SyntheticJob, client: redis.Redis
) -> None:
    workshop.accept(job)
    workshop.come_to_rest()
    (key,) = client.keys("flatiron:nodes:*")
    kept = json.loads(client.hgetall(key).popitem()[1])
    strange: list[object] = [{**kept, "verdict": "too new"}, {**kept, "more": 1}, {**kept, "at": "noon"}, [], None]
    for number, entry in enumerate(strange):
        client.hset(key, f'["{number}", "x"]', json.dumps(entry))
    client.hset(key, '["9", "x"]', "garbage")
    workshop.sweep()
    assert sorted(workshop.verdicts()) == ["node-1", "node-2", "node-3", "node-4"]


def test_a_probe_that_another_version_kept_is_asked_again(
    workshop: ProbedWorkshop, job: SyntheticJob, client: redis.Redis
) -> None:
    workshop.accept(job)
    workshop.work()
    (key,) = client.keys("flatiron:probes:*")
    (nonce,) = (field for field in client.hkeys(key) if ":" not in field)
    client.hset(key, nonce, '{"version": 2}')
    workshop.sweep()
    workshop.come_to_rest(rounds=4, seconds=60)
    assert len(workshop.bakes) == 1
