"""A job is handed to servers that have proved that they see its network folder, and to no others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from flatiron_tasks.api import NodeVerdict
from flatiron_tasks.contracts.layout import NODE_PROGRAM, PROBES
from flatiron_tasks.pipeline.farm_port import FarmJob
from flatiron_tasks.pipeline.share_probe import watching
from flatiron_tasks.pipeline.share_probe.admission import FarmServers
from flatiron_tasks.pipeline.states import JobState
from tests.integration.share_probe.played_farm import OTHER_FOLDER, READ_ONLY, SILENT, Manners, ProbedWorkshop
from tests.synthetic_job import JOB_ID, SyntheticJob, make_job

ALL = ("node-1", "node-2", "node-3", "node-4")
ONE_GOOD: Manners = {"node-2": OTHER_FOLDER, "node-3": READ_ONLY, "node-4": SILENT}
ALL_BAD: Manners = {"node-1": OTHER_FOLDER, **ONE_GOOD, "node-4": READ_ONLY}


def test_before_its_first_job_every_server_is_asked_once_and_alone(workshop: ProbedWorkshop, job: SyntheticJob) -> None:
    workshop.accept(job)
    workshop.work()
    assert sorted(probe.servers for probe in workshop.probes) == [(name,) for name in ALL]
    assert workshop.bakes == []
    assert workshop.record.state is JobState.SUBMITTED
    assert "0 of 4 servers have answered" in workshop.desk.job(JOB_ID).sentence
    for _ in range(10):
        workshop.sweep(seconds=5)
        workshop.work()
    assert len(workshop.probes) == 4


def test_servers_that_answer_get_the_job(workshop: ProbedWorkshop, job: SyntheticJob) -> None:
    workshop.accept(job)
    workshop.come_to_rest()
    assert [bake.servers for bake in workshop.bakes] == [ALL]
    assert workshop.record.state is JobState.RENDERING
    assert workshop.record.share_note == ""


def test_servers_that_see_something_else_are_left_out_and_the_job_says_why(
    workshop: ProbedWorkshop, job: SyntheticJob
) -> None:
    workshop.accept(job)
    workshop.come_to_rest(ONE_GOOD)
    assert workshop.bakes == [], "a silent server gets its minute"
    workshop.come_to_rest(ONE_GOOD, seconds=30)
    assert [bake.servers for bake in workshop.bakes] == [("node-1",)]
    assert workshop.verdicts() == {
        "node-1": NodeVerdict.OK,
        "node-2": NodeVerdict.OTHER_FOLDER,
        "node-3": NodeVerdict.READ_ONLY,
        "node-4": NodeVerdict.SILENT,
    }
    sentence = workshop.desk.job(JOB_ID).sentence
    assert "3 servers are left out: node-2 sees another folder" in sentence
    assert "node-3 sees" in sentence
    assert "node-4 has not answered the share probe within 60 s" in sentence


def test_what_servers_answered_is_believed_for_the_next_job(
    workshop: ProbedWorkshop, job: SyntheticJob, tmp_path: Path
) -> None:
    workshop.accept(job)
    workshop.come_to_rest({"node-2": OTHER_FOLDER})
    second = make_job(tmp_path, job_id="20260131-150000-00000002")
    (second.files.folder.path / NODE_PROGRAM).write_bytes(b"program")
    workshop.accept(second)
    workshop.work()
    assert len(workshop.probes) == 4
    assert [bake.servers for bake in workshop.bakes] == [("node-1", "node-3", "node-4")] * 2


def test_a_silent_server_that_answers_later_joins_the_job(workshop: ProbedWorkshop, job: SyntheticJob) -> None:
    workshop.accept(job)
    workshop.come_to_rest(ONE_GOOD, rounds=4, seconds=30)
    workshop.come_to_rest({})
    (view,) = (view for view in workshop.farm.jobs().values() if view.name == workshop.bakes[0].name)
    progress = workshop.farm.progress(view.handle)
    assert progress is not None
    assert len(progress.servers) == 2
    assert FarmServers.from_json(workshop.record.farm_servers).servers == ("node-1", "node-4")


def test_a_bad_server_is_asked_again_when_its_answer_is_old_and_joins_when_it_is_good(
    workshop: ProbedWorkshop, job: SyntheticJob
) -> None:
    workshop.accept(job)
    workshop.come_to_rest({"node-2": OTHER_FOLDER})
    assert FarmServers.from_json(workshop.record.farm_servers).servers == ("node-1", "node-3", "node-4")
    workshop.clock.advance(601)
    workshop.come_to_rest({}, rounds=4, seconds=61)
    assert "node-2" in FarmServers.from_json(workshop.record.farm_servers).servers
    assert workshop.verdicts()["node-2"] is NodeVerdict.OK


def test_a_job_that_no_server_may_bake_fails_with_a_sentence_for_each(
    workshop: ProbedWorkshop, job: SyntheticJob
) -> None:
    workshop.accept(job)
    workshop.come_to_rest(ALL_BAD)
    record = workshop.record
    assert record.state is JobState.FAILED
    assert "0 of its 4 servers may bake, and 1 must" in record.reason
    assert all(f"{name} sees" in record.reason for name in ALL)
    assert workshop.bakes == []


def test_after_a_refusal_every_server_is_asked_again(workshop: ProbedWorkshop, job: SyntheticJob) -> None:
    workshop.accept(job)
    workshop.come_to_rest(ALL_BAD)
    workshop.desk.requeue(JOB_ID)
    workshop.come_to_rest({})
    assert [bake.servers for bake in workshop.bakes] == [ALL]


def test_when_nobody_answers_the_job_waits_and_then_goes_unprobed_and_says_so(
    workshop: ProbedWorkshop, job: SyntheticJob
) -> None:
    nobody: Manners = dict.fromkeys(ALL, SILENT)
    workshop.accept(job)
    workshop.come_to_rest(nobody, rounds=8, seconds=61)
    assert workshop.bakes == []
    assert "handed over without an answer after 15 min" in workshop.desk.job(JOB_ID).sentence
    workshop.come_to_rest(nobody, rounds=10, seconds=61)
    assert [bake.servers for bake in workshop.bakes] == [ALL]
    assert "Too few servers have answered the share probe" in workshop.desk.job(JOB_ID).sentence


def test_a_busy_server_is_not_waited_for_and_joins_when_it_is_free(workshop: ProbedWorkshop, job: SyntheticJob) -> None:
    busy_handle = workshop.farm.submit(FarmJob("of somebody else", "", ("render", "{1}"), (("1",),)))
    workshop.farm.begin(busy_handle, 1, "node-4")
    workshop.accept(job)
    workshop.come_to_rest({"node-4": SILENT}, rounds=4)
    assert workshop.bakes[-1].servers == ("node-1", "node-2", "node-3")
    assert workshop.verdicts()["node-4"] is NodeVerdict.BUSY
    workshop.farm.finish(busy_handle)
    workshop.come_to_rest({})
    assert "node-4" in FarmServers.from_json(workshop.record.farm_servers).servers


def test_a_server_that_must_not_is_taken_off_the_job_of_a_group(workshop: ProbedWorkshop, job: SyntheticJob) -> None:
    farm = replace(job.files.job.farm, server_group="bakers")
    job.files.folder.description.write_text(replace(job.files.job, farm=farm).to_json(), encoding="utf-8")
    workshop.accept(job)
    workshop.come_to_rest({"node-2": OTHER_FOLDER})
    (bake,) = workshop.bakes
    assert (bake.server_group, bake.servers) == ("bakers", ())
    progress = workshop.farm.progress(workshop.record.farm_handle)
    assert progress is not None
    assert len(progress.servers) == 3
    assert FarmServers.from_json(workshop.record.farm_servers) == FarmServers(named=False, servers=("node-2",))


def test_a_manager_that_is_away_delays_the_probe_and_fails_nothing(workshop: ProbedWorkshop, job: SyntheticJob) -> None:
    workshop.farm.unreachable = True
    workshop.accept(job)
    workshop.come_to_rest(seconds=61)
    assert workshop.record.state is JobState.SUBMITTED
    workshop.farm.unreachable = False
    workshop.come_to_rest(seconds=61)
    assert [bake.servers for bake in workshop.bakes] == [ALL]


def test_nothing_of_a_probe_stays_on_the_share_or_on_the_farm(workshop: ProbedWorkshop, job: SyntheticJob) -> None:
    workshop.accept(job)
    workshop.come_to_rest({"node-2": OTHER_FOLDER, "node-3": READ_ONLY})
    assert not (job.network_folder / PROBES).exists()
    assert list(workshop.farm.jobs()) == [workshop.bakes[0].name]
    assert workshop.client.keys("flatiron:probes:*") == []
    assert workshop.client.keys("flatiron:unprobed:*") == []


def test_the_probe_of_a_job_that_was_cancelled_is_tidied_up_all_the_same(
    workshop: ProbedWorkshop, job: SyntheticJob
) -> None:
    workshop.accept(job)
    workshop.work()
    workshop.desk.cancel(JOB_ID)
    workshop.come_to_rest({})
    assert workshop.record.state is JobState.CANCELLED
    assert list(workshop.farm.jobs()) == []
    assert not (job.network_folder / PROBES).exists()


def test_a_server_that_never_answers_is_given_up_after_a_day(workshop: ProbedWorkshop, job: SyntheticJob) -> None:
    workshop.accept(job)
    workshop.come_to_rest({"node-4": SILENT}, seconds=31)
    (folder,) = (job.network_folder / PROBES).iterdir()
    asked = {probe.name for probe in workshop.probes}
    workshop.clock.advance(watching.LONGEST_S)
    workshop.sweep()
    assert asked.isdisjoint(workshop.farm.jobs())
    assert not folder.exists()


def test_a_probe_that_redis_forgot_is_removed_when_it_is_old(workshop: ProbedWorkshop, job: SyntheticJob) -> None:
    workshop.accept(job)
    workshop.work()
    workshop.client.flushdb()
    workshop.clock.advance(watching.LONGEST_S)
    watching.remove_stale(workshop.context)
    assert (job.network_folder / PROBES).exists()
    workshop.client.flushdb()
    workshop.clock.advance(watching.LONGEST_S + 1)
    watching.remove_stale(workshop.context)
    assert not (job.network_folder / PROBES).exists()


def test_the_probe_can_be_switched_off(workshop: ProbedWorkshop, job: SyntheticJob) -> None:
    workshop.switch_off()
    workshop.accept(job)
    workshop.work()
    assert workshop.probes == []
    assert [bake.servers for bake in workshop.bakes] == [()]
