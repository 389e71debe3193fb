"""A real bake by real processes: told once by webhook, logged as JSON, and measured as Prometheus reads it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from flatiron_tasks.contracts.notice import Notice
from tests.integration.metrics.conftest import samples
from tests.integration.notifications.receivers import WebReceiver, serving
from tests.waiting import wait_until
from workers.embedded.ports import LOOPBACK, free_port
from workers.embedded.stack import EmbeddedStack

SCENE = Path(__file__).resolve().parents[3] / "deploy" / "demo_scene" / "demo.glb"
SECRET = "a-secret-of-this-test"


@pytest.fixture(scope="module")
def web() -> Iterator[WebReceiver]:
    with WebReceiver() as server, serving(server):
        yield server


@pytest.fixture(scope="module")
def stack(web: WebReceiver, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStack]:
    changes = {
        "log_format": "json",
        "notifications.webhook_url": web.url,
        "notifications.webhook_secret": SECRET,
    }
    with (
        pytest.MonkeyPatch.context() as patch,
        EmbeddedStack(tmp_path_factory.mktemp("stack"), flower=False, changes=changes) as stack,
    ):
        patch.delenv("FLATIRON_REDIS_URL", raising=False)
        yield stack


@pytest.fixture(scope="module")
def job_id(stack: EmbeddedStack, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A job that has ended."""
    host, port = stack.manager
    where = ("--manager", host, "--port", port, "--output", tmp_path_factory.mktemp("out"), "--json")
    done = flatiron(stack, "bake", SCENE, *where, "--objects", "Ring,Vase", "--size", "64x32", "--samples", 1)
    assert done.returncode == 0, done.stderr
    return str(json.loads(done.stdout)["job_id"])


def flatiron(stack: EmbeddedStack, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "workers.cli", "--config", str(stack.config), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=150, check=False)


def lines(stack: EmbeddedStack, service: str) -> list[dict[str, Any]]:
    text = (stack.log_folder / f"{service}.log").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def test_the_end_of_the_job_is_told_once(stack: EmbeddedStack, job_id: str, web: WebReceiver) -> None:
    wait_until(lambda: web.posts, what="the webhook is told")
    told = [Notice.from_json(post.body, source="post") for post in web.posts]
    assert [(notice.key, notice.event) for notice in told] == [(f"{job_id}:1", "done")]


def test_workers_log_json_that_says_job_pass_attempt_and_task(stack: EmbeddedStack, job_id: str) -> None:
    about_passes = [line for line in lines(stack, "worker-1") if line.get("task") == "flatiron.merge_pass"]
    ended = [line for line in about_passes if line.get("job") == job_id and "succeeded" in line["message"]]
    assert ended
    assert {"at", "level", "logger", "host", "task_id", "worker"} <= set(ended[0])
    settled = [line for line in lines(stack, "worker-1") if line["logger"] == "flatiron_tasks.pipeline.resume"]
    assert {line["job"] for line in settled} == {job_id}
    assert [line for line in lines(stack, "sweep") if "host" in line]


def test_no_log_holds_the_password_of_redis_or_the_secret(stack: EmbeddedStack, job_id: str) -> None:
    password = stack.settings.redis_url.split("@")[0].rsplit(":", 1)[1]
    for log in stack.log_folder.glob("*.log"):
        text = log.read_text("utf-8", errors="replace")
        assert password not in text
        assert SECRET not in text


def test_the_command_serves_what_the_workers_measured(stack: EmbeddedStack, job_id: str) -> None:
    numbers = samples(flatiron(stack, "metrics", "--once").stdout.encode())
    assert numbers["flatiron_jobs", ("done",)] == 1
    assert numbers["flatiron_merge_duration_seconds_count", ("merge_pass",)] == 2
    assert numbers["flatiron_last_piece_to_texture_seconds_count", ()] >= 1
    assert numbers["flatiron_sweep_duration_seconds_count", (":".join(map(str, stack.manager)),)] > 0


@pytest.mark.skipif(shutil.which("prometheus") is None, reason="prometheus is not installed")
def test_a_real_prometheus_reads_the_metrics(stack: EmbeddedStack, job_id: str, tmp_path: Path) -> None:
    ours, its = free_port(), free_port()
    arguments = ("--config", str(stack.config), "metrics", "--port", str(ours))
    served = stack.processes.start("metrics", [sys.executable, "-m", "workers.cli", *arguments])
    rules = SCENE.parents[1] / "prometheus" / "flatiron-rules.yml"
    job = {"job_name": "flatiron", "scrape_interval": "1s", "static_configs": [{"targets": [f"{LOOPBACK}:{ours}"]}]}
    (tmp_path / "prometheus.yml").write_text(json.dumps({"rule_files": [str(rules)], "scrape_configs": [job]}))
    options = (f"--config.file={tmp_path}/prometheus.yml", f"--storage.tsdb.path={tmp_path}/data")
    prometheus = stack.processes.start("prometheus", ["prometheus", *options, f"--web.listen-address={LOOPBACK}:{its}"])
    try:
        found = wait_until(lambda: query(its, 'flatiron_jobs{state="done"}'), what="Prometheus has scraped")
        assert float(found[0]["value"][1]) >= 1
        assert query(its, "histogram_quantile(0.5, sum by (le) (flatiron_sweep_duration_seconds_bucket))")
    finally:
        stack.processes.stop(prometheus)
        stack.processes.stop(served)


def query(port: int, expression: str) -> list[dict[str, Any]]:
    quoted = quote(expression)
    try:
        with urllib.request.urlopen(f"http://{LOOPBACK}:{port}/api/v1/query?query={quoted}", timeout=10) as answer:
            found: list[dict[str, Any]] = json.load(answer)["data"]["result"]
            return found
    except OSError:
        return []
