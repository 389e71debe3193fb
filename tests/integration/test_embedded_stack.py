"""The embedded stack: everything answers when it is entered, nothing is left when it ends."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import psutil
import pytest
import redis

from flatiron_tasks.contracts.errors import StateError
from workers.embedded import readiness
from workers.embedded.borrowed_redis import borrowed
from workers.embedded.errors import EmbeddedError
from workers.embedded.processes import ProcessGroup
from workers.embedded.redis_server import answers, connect, start_redis
from workers.embedded.stack import EmbeddedStack


@pytest.fixture(autouse=True)
def _no_redis_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FLATIRON_REDIS_URL", raising=False)


def test_every_service_answers_and_nothing_is_left(tmp_path: Path) -> None:
    ours = psutil.Process().children(recursive=True)  # services of other tests
    with EmbeddedStack(tmp_path / "private folder") as stack:
        family = [child for child in psutil.Process().children(recursive=True) if child not in ours]
        assert answers(stack.settings.redis_url)
        assert readiness.manager_greets(*stack.manager)
        assert stack.flower_url is not None
        assert stack.settings.network_folders == (stack.network_folder,)
        assert stack.network_folder.is_dir()
        stack.check()
    gone, alive = psutil.wait_procs(family, timeout=30)
    assert len(gone) > 6
    assert not alive


def test_the_file_that_holds_the_password_is_private(tmp_path: Path) -> None:
    with EmbeddedStack(tmp_path, flower=False, nodes=0) as stack:
        assert stat.S_IMODE(stack.config.stat().st_mode) == 0o600
        assert stack.flower_url is None


def test_no_process_and_no_folder_survive_sigkill_of_the_parent(tmp_path: Path) -> None:
    program = textwrap.dedent("""
        import json, signal, sys
        from pathlib import Path
        import psutil
        from workers.embedded.stack import EmbeddedStack
        with EmbeddedStack(Path(sys.argv[1])) as stack:
            stack.processes.guard.watch_folder(stack.folder)
            print(json.dumps([child.pid for child in psutil.Process().children(recursive=True)]), flush=True)
            signal.pause()
    """)
    private = tmp_path / "private"
    parent = subprocess.Popen([sys.executable, "-c", program, str(private)], stdout=subprocess.PIPE)
    with parent:
        assert parent.stdout is not None
        family = [psutil.Process(pid) for pid in json.loads(parent.stdout.readline())]
        os.kill(parent.pid, signal.SIGKILL)
        _, alive = psutil.wait_procs(family, timeout=60)
    assert len(family) > 6
    assert not alive
    assert not private.exists()


def test_a_service_that_dies_is_noticed(tmp_path: Path) -> None:
    with EmbeddedStack(tmp_path, flower=False, nodes=1) as stack:
        node = stack.processes.processes[2]
        node.kill()
        psutil.wait_procs([node], timeout=30)
        with pytest.raises(EmbeddedError, match="node-1 ended early"):
            stack.check()


def test_settings_of_the_environment_do_not_reach_the_stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLATIRON_MAX_ATTEMPTS", "9")
    stack = EmbeddedStack(tmp_path, flower=False)
    stack.config.write_text("poll_seconds = 2\n")
    assert stack.settings.max_attempts == 3


def test_a_borrowed_redis_database_is_given_back_empty(tmp_path: Path) -> None:
    with ProcessGroup(tmp_path) as processes, connect(start_redis(processes, tmp_path / "redis")) as client:
        url = _url_of(client)
        with borrowed(url):
            client.set("flatiron:job", "1")
        assert client.dbsize() == 0


def test_a_redis_database_in_use_is_never_borrowed_nor_touched(tmp_path: Path) -> None:
    with ProcessGroup(tmp_path) as processes, connect(start_redis(processes, tmp_path / "redis")) as client:
        client.set("somebody's", "data")
        with pytest.raises(EmbeddedError, match="not empty"), borrowed(_url_of(client)):
            raise StateError("it was borrowed")
        assert client.keys() == [b"somebody's"]


def test_one_redis_database_serves_one_stack_at_a_time(tmp_path: Path) -> None:
    with ProcessGroup(tmp_path) as processes, connect(start_redis(processes, tmp_path / "redis")) as client:
        url = _url_of(client)
        with borrowed(url):
            with pytest.raises(EmbeddedError, match="not empty"), borrowed(url):
                raise StateError("it was borrowed twice")
            assert client.dbsize() == 1


def _url_of(client: redis.Redis) -> str:
    options = client.connection_pool.connection_kwargs
    return f"redis://:{options['password']}@{options['host']}:{options['port']}/0"
