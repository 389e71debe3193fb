"""A process group leaves no process, whatever happens."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import psutil
import pytest

from workers.embedded.errors import EmbeddedError
from workers.embedded.processes import ProcessGroup, environment_without_settings

SLEEPER = [sys.executable, "-c", "import signal; print('up', flush=True); signal.pause()"]
_STUBBORN_PROGRAM = """
import signal, subprocess, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"], start_new_session=True)
print("up", child.pid, flush=True)
signal.pause()
"""
STUBBORN = [sys.executable, "-c", _STUBBORN_PROGRAM]


def _is_up(log: Path) -> bool:
    return "up" in log.read_text()


def test_all_processes_are_gone_at_the_end(tmp_path: Path) -> None:
    with ProcessGroup(tmp_path) as group:
        for name in ("one", "two"):
            group.start(name, SLEEPER)
        running = group.processes
        assert all(process.is_running() for process in running)
    assert not any(process.is_running() for process in running)


def test_all_processes_are_gone_after_an_exception(tmp_path: Path) -> None:
    running: list[psutil.Process] = []
    with pytest.raises(KeyboardInterrupt):
        _start_and_be_interrupted(tmp_path, running)
    assert running
    assert not any(process.is_running() for process in running)


def _start_and_be_interrupted(folder: Path, running: list[psutil.Process]) -> None:
    with ProcessGroup(folder) as group:
        group.start("one", SLEEPER)
        running.extend(group.processes)
        raise KeyboardInterrupt


def test_the_last_one_started_is_stopped_first(tmp_path: Path) -> None:
    order = tmp_path / "order"
    program = (
        "import signal, sys\n"
        "def end(*_):\n"
        "    open(sys.argv[2], 'a').write(sys.argv[1]); sys.exit()\n"
        "signal.signal(signal.SIGTERM, end); print('up', flush=True); signal.pause()"
    )
    with ProcessGroup(tmp_path) as group:
        for name in ("a", "b", "c"):
            child = group.start(name, [sys.executable, "-c", program, name, str(order)])
            group.wait_until(name, lambda log=child.log: _is_up(log), deadline_s=30)  # type: ignore[misc]
    assert order.read_text() == "cba"


def test_a_process_that_ignores_sigterm_is_killed_with_its_descendants(tmp_path: Path) -> None:
    with ProcessGroup(tmp_path, stop_seconds=0.2) as group:
        child = group.start("stubborn", STUBBORN)
        group.wait_until("it", lambda: _is_up(child.log), deadline_s=30)
        grandchild = psutil.Process(int(child.log.read_text().split()[1]))
    assert not child.process.is_running()
    assert not grandchild.is_running()


def test_an_early_death_is_reported_with_the_end_of_the_log(tmp_path: Path) -> None:
    with ProcessGroup(tmp_path) as group:
        group.start("worker", [sys.executable, "-c", "raise SystemExit('no such queue')"])
        with pytest.raises(EmbeddedError, match=r"worker ended early with exit code 1(.|\n)*no such queue"):
            group.wait_until("The worker", lambda: False, deadline_s=60)


def test_a_program_that_does_not_exist_is_an_error_that_names_it(tmp_path: Path) -> None:
    with ProcessGroup(tmp_path) as group, pytest.raises(EmbeddedError, match="no-such-program"):
        group.start("worker", ["no-such-program"])


def test_waiting_ends_at_the_deadline(tmp_path: Path) -> None:
    with ProcessGroup(tmp_path) as group, pytest.raises(EmbeddedError, match="Flower was not ready"):
        group.wait_until("Flower", lambda: False, deadline_s=0)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_no_process_survives_a_signal_to_the_parent(number: signal.Signals, tmp_path: Path) -> None:
    program = textwrap.dedent(f"""
        import json, signal, sys
        from pathlib import Path
        from workers.embedded.processes import ProcessGroup
        with ProcessGroup(Path(sys.argv[1]), stop_seconds=0.2) as group:
            child = group.start("stubborn", {STUBBORN!r})
            group.wait_until("it", lambda: "up" in child.log.read_text(), deadline_s=30)
            print(json.dumps([child.process.pid, int(child.log.read_text().split()[1])]), flush=True)
            signal.pause()
    """)
    parent = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    with parent:
        assert parent.stdout is not None
        processes = [psutil.Process(pid) for pid in json.loads(parent.stdout.readline())]
        os.kill(parent.pid, number)
        _, alive = psutil.wait_procs(processes, timeout=30)
    assert not alive


def test_embedded_services_do_not_see_the_settings_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLATIRON_MAX_ATTEMPTS", "9")
    assert "FLATIRON_MAX_ATTEMPTS" not in environment_without_settings()
    assert environment_without_settings()["PATH"] == os.environ["PATH"]
