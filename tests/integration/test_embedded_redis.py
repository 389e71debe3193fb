"""The embedded Redis: starts anywhere, keeps to itself, and is never left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from workers.embedded import redis_server
from workers.embedded.errors import EmbeddedError
from workers.embedded.ports import free_port
from workers.embedded.processes import ProcessGroup
from workers.embedded.redis_server import ServerProgram, answers, connect, find_server, start_redis


def test_it_starts_in_a_folder_with_spaces_and_is_gone_after_stop(tmp_path: Path) -> None:
    folder = tmp_path / "a folder with spaces"
    with ProcessGroup(folder / "logs") as processes:
        url = start_redis(processes, folder / "redis data")
        assert answers(url)
        running = processes.processes
    assert not answers(url)
    assert not any(process.is_running() for process in running)


def test_its_password_is_needed_and_stands_on_no_command_line(tmp_path: Path) -> None:
    with ProcessGroup(tmp_path) as processes:
        url = start_redis(processes, tmp_path / "redis")
        password = url.split(":")[2].split("@")[0]
        assert password not in " ".join(processes.processes[0].cmdline())
        assert not answers(url.replace(password, "guessed"))


def test_it_refuses_to_evict_and_writes_every_second(tmp_path: Path) -> None:
    with ProcessGroup(tmp_path) as processes, connect(start_redis(processes, tmp_path / "redis")) as client:
        wanted = {"appendonly": "yes", "appendfsync": "everysec", "maxmemory-policy": "noeviction"}
        assert {name: client.config_get(name)[name] for name in wanted} == wanted


def test_it_listens_on_loopback_only(tmp_path: Path) -> None:
    with ProcessGroup(tmp_path) as processes:
        start_redis(processes, tmp_path / "redis")
        listening = [item for item in processes.processes[0].net_connections() if item.status == psutil.CONN_LISTEN]
        assert {item.laddr.ip for item in listening} == {"127.0.0.1"}


def test_data_survives_a_restart_in_the_same_folder(tmp_path: Path) -> None:
    for index in range(2):
        with ProcessGroup(tmp_path) as processes, connect(start_redis(processes, tmp_path / "redis")) as client:
            assert client.incr("starts") == index + 1


def test_it_is_gone_after_sigkill_of_its_parent(tmp_path: Path) -> None:
    program = textwrap.dedent("""
        import json, signal, sys
        from pathlib import Path
        from workers.embedded.processes import ProcessGroup
        from workers.embedded.redis_server import start_redis
        folder = Path(sys.argv[1])
        with ProcessGroup(folder) as processes:
            processes.guard.watch_folder(folder / "private")
            (folder / "private").mkdir()
            url = start_redis(processes, folder / "redis")
            print(json.dumps([url, processes.processes[0].pid]), flush=True)
            signal.pause()
    """)
    parent = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE)
    with parent:
        assert parent.stdout is not None
        url, pid = json.loads(parent.stdout.readline())
        server = psutil.Process(pid)
        guards = [child for child in psutil.Process(parent.pid).children() if child.pid != pid]
        os.kill(parent.pid, signal.SIGKILL)
        gone, alive = psutil.wait_procs([server, *guards], timeout=30)
    assert not alive
    assert len(gone) == 2
    assert not answers(url)
    assert not (tmp_path / "private").exists()


def test_a_port_taken_in_between_leads_to_another_port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with ProcessGroup(tmp_path) as processes:
        first = start_redis(processes, tmp_path / "first")
        ports = iter([urlsplit(first).port, free_port()])
        monkeypatch.setattr(redis_server, "free_port", lambda: next(ports))
        second = start_redis(processes, tmp_path / "second")
        assert answers(first)
        assert answers(second)


def test_without_any_server_program_the_error_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_server, "_on_path", list)
    monkeypatch.setattr(redis_server, "_in_wheel", list)
    with pytest.raises(EmbeddedError, match="FLATIRON_REDIS_URL"):
        find_server()


def test_a_server_on_the_path_that_is_too_old_is_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    old, new = (_fake_server(tmp_path / name, version) for name, version in (("old", "6.0.9"), ("new", "7.0.15")))
    monkeypatch.setattr(redis_server, "_on_path", lambda: [old])
    monkeypatch.setattr(redis_server, "_in_wheel", lambda: [new])
    assert find_server() == ServerProgram(new, (7, 0))
    monkeypatch.setattr(redis_server, "_in_wheel", list)
    with pytest.raises(EmbeddedError, match=r"old .*\(6\.0\)|old.*6\.0"):
        find_server()


def _fake_server(folder: Path, version: str) -> Path:
    folder.mkdir()
    program = folder / "redis-server"
    program.write_text(f"#!/bin/sh\necho 'Redis server v={version} sha=0'\n")
    program.chmod(0o755)
    return program
