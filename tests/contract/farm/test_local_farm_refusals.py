"""What the local farm refuses, and that it works on afterwards."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys

import pytest

from flatiron_tasks.backburner.session import Address, Session
from flatiron_tasks.contracts.errors import FarmError
from flatiron_tasks.pipeline.farm_port import FarmJobState
from tests.contract.farm.local_farm import APPEND_ROW, LocalFarm, Scripts
from workers.farm.connection import NEW_JOB
from workers.farm.jobs import JobSpec
from workers.farm.node_link import LINE_LIMIT


def _session(farm: LocalFarm) -> Session:
    return Session(Address("127.0.0.1", farm.port, connect_timeout_s=20, read_timeout_s=20))


def test_an_order_that_no_server_could_read_is_refused_at_submission_and_the_farm_works_on(
    local_farm: LocalFarm, scripts: Scripts
) -> None:
    local_farm.start_server("node-1")
    spec = JobSpec("huge", ("render", "%tp1"), (("1",), ("x" * LINE_LIMIT,)))
    with _session(local_farm) as session:
        reply = session.upload(*NEW_JOB, body=json.dumps(spec.to_json()).encode("ascii"))
    assert reply.code == 450
    assert "task 2" in reply.text
    handle = local_farm.farm.submit(scripts.job("after", APPEND_ROW, ("one",)))
    local_farm.await_state(handle, FarmJobState.COMPLETE)


_JOB = json.dumps(JobSpec("forged", ("render",), (("1",),)).to_json()).encode("ascii")


@pytest.mark.parametrize("first", [b"POST / HTTP/1.1", b"GET /x HTTP/1.1", b"Host: 127.0.0.1", b"get mgrinfo"])
def test_a_web_page_cannot_submit_a_job(local_farm: LocalFarm, first: bytes) -> None:
    request = first + b"\r\n\r\nflatiron newjob %d\r\n" % len(_JOB) + _JOB
    with socket.create_connection(("127.0.0.1", local_farm.port), timeout=20) as browser:
        browser.sendall(request)
        browser.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionError):
            while browser.recv(4096):
                pass
    assert local_farm.farm.jobs() == {}


def test_a_job_is_submitted_with_the_first_line_of_a_connection_or_not_at_all(local_farm: LocalFarm) -> None:
    with _session(local_farm) as session:
        session.request("get", "joblist")
        reply = session.upload(*NEW_JOB, body=_JOB)
    assert (reply.code, reply.text[:7]) == (400, "Unknown")


def test_json_nested_without_end_is_refused_and_the_manager_works_on(local_farm: LocalFarm) -> None:
    with _session(local_farm) as session, pytest.raises(FarmError):
        session.upload(*NEW_JOB, body=b"[" * 100_000)
    assert local_farm.farm.jobs() == {}
    assert "Traceback" not in (local_farm.folder / "manager.out").read_text("utf-8")


def test_a_second_server_of_the_same_name_ends_with_1_and_says_why(local_farm: LocalFarm) -> None:
    local_farm.start_server("node-1")
    command = [sys.executable, "-m", "workers.farm", "server", "--manager", f"127.0.0.1:{local_farm.port}"]
    second = subprocess.run([*command, "--name", "node-1"], capture_output=True, text=True, timeout=60, check=False)
    assert second.returncode == 1
    assert "A server named node-1 is connected already" in second.stderr
    assert "--name" in second.stderr
    assert "Traceback" not in second.stderr
    assert local_farm.server_state("node-1") == 1


def test_a_server_name_that_the_manager_does_not_know_is_noted(local_farm: LocalFarm) -> None:
    local_farm.start_server("node-1")
    command = [sys.executable, "-m", "workers.farm.cmdjob", f"-port:{local_farm.port}", "-servers:node-1;nobody"]
    done = subprocess.run([*command, "render"], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0
    assert "no server nobody" in done.stderr
    assert "node-1" not in done.stderr
    assert "Successfully submitted job" in done.stdout
