"""`flatiron web` as a process: says where it is, refuses what is unsafe, ends when it is told to."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tests.waiting import wait_until
from workers.embedded import readiness
from workers.embedded.ports import LOOPBACK, free_port


@contextmanager
def web(tmp_path: Path, *options: str, **settings: str) -> Iterator[subprocess.Popen[str]]:
    clean = {name: text for name, text in os.environ.items() if not name.startswith("FLATIRON_")}
    command = [sys.executable, "-m", "workers.cli", "web", *options]
    process = subprocess.Popen(
        command,
        env={**clean, **settings},
        cwd=tmp_path,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def test_it_says_its_address_and_sigterm_ends_it_with_open_streams(tmp_path: Path, redis_server_url: str) -> None:
    port = free_port()
    with web(tmp_path, "--port", str(port), FLATIRON_REDIS_URL=redis_server_url) as process:
        assert process.stdout is not None
        assert any(f"shown at http://127.0.0.1:{port}/" in line for line in process.stdout)
        wait_until(lambda: readiness.web_serves(LOOPBACK, port), what="the page answers")
        with closing(http.client.HTTPConnection(LOOPBACK, port, timeout=30)) as connection:
            connection.request("GET", "/live")
            with connection.getresponse() as stream:
                assert b"retry" in stream.readline()
                process.send_signal(signal.SIGTERM)
                while stream.readline():  # to the end of the stream
                    pass
        assert process.wait(timeout=60) in (0, -signal.SIGTERM)


def test_a_page_without_a_password_is_not_shown_to_the_network(tmp_path: Path) -> None:
    with web(tmp_path, "--address", "0.0.0.0") as process:
        told, _ = process.communicate(timeout=60)
    assert process.returncode == 3
    assert "without a password" in told
    assert "FLATIRON_WEB__BASIC_AUTH" in told


def test_a_port_that_is_taken_is_a_sentence(tmp_path: Path) -> None:
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]
        with web(tmp_path, "--port", str(port)) as process:
            told, _ = process.communicate(timeout=60)
    assert process.returncode == 3
    assert f"port {port}" in told
    assert "--port" in told
