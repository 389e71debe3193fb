from __future__ import annotations

import pytest

from flatiron_tasks.backburner import payloads
from flatiron_tasks.backburner.records import (
    ArchiveEntry,
    ClientInfo,
    JobEntry,
    JobHandleEntry,
    ManagerInfo,
    PluginEntry,
)
from tests.unit.farm.a_manager import AManager
from workers.farm.jobs import Job, JobSpec, OnCompletion

OK = (b"200 OK\r\n",)


@pytest.fixture
def job(manager: AManager) -> Job:
    rows = (("first", "1"), ("second", "2"))
    return manager.queue.submit(JobSpec("bake", ("render",), rows, description="größe & <more>", task_name_column=1))


def test_lists_tell_handle_state_and_name(manager: AManager, job: Job) -> None:
    handle = str(job.handle)

    (entry,) = payloads.read_list(JobEntry, manager.body("get joblist"))
    assert (entry.name, entry.plugin_name, int(entry.plugin_version)) == ("bake", "Command Line Tool", 300)
    assert payloads.read_list(JobHandleEntry, manager.body("GET JobHList")) == (JobHandleEntry(handle, 1),)


def test_a_request_for_the_manager_may_name_it(manager: AManager, job: Job) -> None:
    for line in ("get mgrinfo", "get mgrinfo 127.0.0.1_3234"):
        info = payloads.read_record(ManagerInfo, manager.body(line))
        assert (int(info.version), info.jobs) == (300, 1)
        assert int(info.system_info.total_memory) > 0


def test_job_info_tells_the_job(manager: AManager, job: Job) -> None:
    for command in ("jobinfo", "job"):
        info = payloads.read_job_info(manager.body(f"get {command} {job.handle}"))
        assert (info.head.name, info.head.description, info.head.number_tasks) == ("bake", "größe & <more>", 2)
        assert not info.flags.complete


def test_a_job_lists_every_server_that_belongs_to_it_and_marks_the_failed_one(manager: AManager, job: Job) -> None:
    node, link = manager.server("node-1")
    idle, _ = manager.server("node-2")
    manager.nodes.settle()
    manager.finish(node, link, "failed")

    servers = payloads.read_job_info(manager.body(f"get jobinfo {job.handle}")).servers
    assert {server.handle: server.rt_failed for server in servers} == {node.handle: True, idle.handle: False}


def test_a_server_is_found_by_its_16_digit_handle(manager: AManager, job: Job) -> None:
    node, _ = manager.server("node-1")
    manager.nodes.settle()

    info = payloads.read_server(manager.body(f"get server {node.handle}"))
    assert len(node.handle) == 16
    assert (info.identity.name, info.identity.current_status) == ("node-1", 2)
    assert (info.details.current_task.job, info.details.current_task.task) == (job.handle, 1)
    assert manager.ask(f"get server {'0' * 16}")[0].startswith(b"404 ")


def test_plugins_of_the_manager_and_of_a_server_are_the_same(manager: AManager) -> None:
    node, _ = manager.server()
    (plugin,) = payloads.read_list(PluginEntry, manager.body("get pluglist"))

    assert (plugin.version, plugin.name) == ("300", "Command Line Tool")
    assert manager.body(f"get pluglist {node.handle}") == manager.body("get pluglist")


def test_server_groups_name_their_servers(manager: AManager) -> None:
    assert manager.ask("get srvgroups") == (b"251 0\r\n",)
    node, _ = manager.server("node-1", "bakers")

    assert f"<Name>bakers</Name>\n        <Servers>{node.handle}<".encode() in manager.body("get srvgroups")


def test_clients_are_listed_with_what_they_told_and_who_is_in_control(manager: AManager) -> None:
    first, second = manager.client(station="one"), manager.client(station="two")
    assert manager.ask("new controller Yes", second) == (b"201 OK\r\n",)

    listed = payloads.read_list(ClientInfo, manager.body("get clientlist"))
    assert [(info.system_info.computer_name, info.controller) for info in listed][:2] == [("one", 0), ("two", 1)]
    assert payloads.read_record(ClientInfo, manager.body("get controller")).system_info.computer_name == "two"
    manager.clients.leave(first)
    assert b"<ComputerName>one<" not in manager.body("get clientlist")


@pytest.mark.parametrize("what", ["joblist", "jobhlist", "jobarchive", "srvlist", "srvgroups", "controller"])
def test_empty_lists_have_no_payload(manager: AManager, what: str) -> None:
    assert manager.ask(f"get {what}") == (b"251 0\r\n",)


def test_orders_change_the_job(manager: AManager, job: Job) -> None:
    assert manager.ask(f"set jobstate {job.handle} 1") == OK
    assert manager.ask(f"get jobstate {job.handle}") == (b"200 3\r\n",)
    assert manager.ask(f"set jobstate {job.handle} 0") == OK
    assert manager.ask(f"set jobpriority {job.handle} 7") == OK
    assert payloads.read_job_info(manager.body(f"get jobinfo {job.handle}")).head.priority == 7
    assert manager.ask(f"del job {job.handle}") == OK
    assert manager.ask(f"del job {job.handle}")[0].startswith(b"404 Job")
    assert manager.queue.jobs == {}


@pytest.mark.parametrize("line", ["set jobstate {} 2", "set jobpriority {} 101", "set jobpriority {} -1"])
def test_a_wrong_value_changes_nothing(manager: AManager, job: Job, line: str) -> None:
    assert manager.ask(line.format(job.handle))[0].startswith(b"400 Unknown")
    assert (job.suspended, job.priority) == (False, 50)


def test_a_task_has_the_name_of_its_column(manager: AManager, job: Job) -> None:
    assert manager.ask(f"get taskname {job.handle} 2") == (b"200 second\r\n",)
    assert manager.ask(f"get taskname {job.handle} 3")[0].startswith(b"404 ")


def test_only_a_complete_job_can_be_put_into_the_archive(manager: AManager, job: Job) -> None:
    assert manager.ask(f"set jobarchive {job.handle}")[0].startswith(b"450 ")
    node, link = manager.server()
    for _ in job.tasks:
        manager.nodes.settle()
        manager.finish(node, link)
    assert manager.ask(f"set jobarchive {job.handle}") == OK

    (entry,) = payloads.read_list(ArchiveEntry, manager.body("get jobarchive"))
    assert (entry.handle, entry.name, entry.plugin_version) == (str(job.handle), "bake", "300")
    assert job.spec.on_completion is OnCompletion.DEFAULT


@pytest.mark.parametrize("line", ["get nonsense", "get", "get jobinfo", "del job 1 2", "get taskmetadata 1", "del x"])
def test_what_is_not_understood_is_400_unknown(manager: AManager, line: str) -> None:
    assert manager.ask(line)[0].startswith(b"400 Unknown")


@pytest.mark.parametrize("handle", ["0", "-1", "x", "9" * 5000, "٣"])
def test_a_strange_handle_is_a_job_that_is_not_found(manager: AManager, handle: str) -> None:
    assert manager.ask(f"get jobinfo {handle}")[0].startswith(b"404 J")


def test_an_empty_line_is_answered_with_nothing(manager: AManager) -> None:
    assert manager.ask("") == ()


def test_a_failed_server_that_is_taken_off_and_put_on_again_works_again(manager: AManager, job: Job) -> None:
    node, link = manager.server()
    manager.nodes.settle()
    manager.finish(node, link, "failed")
    manager.nodes.settle()
    assert node.holds == 0

    assert manager.ask(f"del jobserver {job.handle} {node.handle}") == OK
    assert payloads.read_job_info(manager.body(f"get jobinfo {job.handle}")).servers == ()
    assert manager.ask(f"new jobserver {job.handle} {node.handle}") == OK
    manager.nodes.settle()
    assert node.holds != 0
    assert not payloads.read_job_info(manager.body(f"get jobinfo {job.handle}")).servers[0].rt_failed
