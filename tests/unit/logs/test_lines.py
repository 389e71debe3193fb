"""Log lines: whole JSON objects that say what they are about, and no secret in any form."""

from __future__ import annotations

import io
import json
import logging
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from flatiron_tasks.log_context import about, begin, current, end
from flatiron_tasks.settings import Settings
from workers.logs.lines import AboutFilter, JsonLines, TextLines
from workers.logs.masking import masker

SECRETS = Settings.model_validate(
    {
        "redis_url": "rediss://worker:p%40ss-of-redis@redis.example:6379/0",
        "flower": {"basic_auth": "td:flower-password"},
        "notifications": {
            "webhook_url": "https://hooks.example/T0/secret-path",
            "webhook_secret": "sixteen-letters!",
            "smtp_password": 'quo"ted-pass',
        },
    }
)


@pytest.fixture(params=[JsonLines, TextLines])
def formatter(request: pytest.FixtureRequest) -> logging.Formatter:
    made: logging.Formatter = request.param(masker(SECRETS))
    return made


def logger_into(stream: io.StringIO, formatter: logging.Formatter) -> logging.Logger:
    handler = logging.StreamHandler(stream)
    handler.addFilter(AboutFilter())
    handler.setFormatter(formatter)
    logger = logging.Logger("flatiron_tasks.test")
    logger.addHandler(handler)
    return logger


@pytest.fixture(autouse=True)
def _about_nothing() -> Iterator[None]:
    end()
    yield
    end()


def json_line(write: Callable[[logging.Logger], None]) -> dict[str, Any]:
    stream = io.StringIO()
    write(logger_into(stream, JsonLines(masker(Settings()))))
    (line,) = stream.getvalue().splitlines()
    read: dict[str, Any] = json.loads(line)
    return read


def test_a_line_says_job_pass_attempt_task_and_host() -> None:
    def write(logger: logging.Logger) -> None:
        begin(task="flatiron.merge_pass", task_id="42", worker="merge@m1", job="castle")
        with about(pass_index=12, attempt=2):
            logger.info("It goes on.")

    line = json_line(write)
    assert {name: line[name] for name in ("job", "pass", "attempt", "task", "task_id", "worker")} == {
        "job": "castle",
        "pass": "12",
        "attempt": "2",
        "task": "flatiron.merge_pass",
        "task_id": "42",
        "worker": "merge@m1",
    }
    assert line["message"] == "It goes on."
    assert line["level"] == "INFO"
    assert line["host"]


def test_an_error_with_its_traceback_is_one_line() -> None:
    def write(logger: logging.Logger) -> None:
        try:
            raise ValueError("two\nlines")
        except ValueError:
            logger.exception("It failed:\nbadly.")

    line = json_line(write)
    assert "ValueError: two\nlines" in line["error"]
    assert line["message"] == "It failed:\nbadly."


def test_celerys_own_lines_tell_their_task() -> None:
    line = json_line(lambda logger: logger.info("received", extra={"data": {"id": "42", "name": "flatiron.dispatch"}}))
    assert (line["task"], line["task_id"]) == ("flatiron.dispatch", "42")


def test_what_a_line_is_about_ends_with_the_block_and_the_task() -> None:
    begin(task_id="1", job="castle", manager="")
    with about(job="tower", pass_index=1):
        assert current() == {"task_id": "1", "job": "tower", "pass_index": "1"}
    assert current() == {"task_id": "1", "job": "castle"}
    end()
    assert current() == {}


def test_threads_do_not_mix_what_they_are_about() -> None:
    seen: list[object] = []
    with about(job="castle"):
        thread = threading.Thread(target=lambda: seen.append(dict(current())))
        thread.start()
        thread.join()
    assert seen == [{}]


@pytest.mark.parametrize(
    "secret",
    ["p%40ss-of-redis", "p@ss-of-redis", "flower-password", "secret-path", "sixteen-letters!", 'quo"ted-pass'],
)
def test_no_secret_of_the_settings_is_ever_written(formatter: logging.Formatter, secret: str) -> None:
    full = {"secret-path": "https://hooks.example/T0/secret-path"}.get(secret, secret)
    stream = io.StringIO()
    logger = logger_into(stream, formatter)
    with about(job=full):
        try:
            raise ValueError(f"in an error: {full}")
        except ValueError:
            logger.exception("in a message: %s", full)
    text = stream.getvalue()
    assert "***" in text
    assert secret not in text
    assert json.dumps(secret)[1:-1] not in text


def test_passwords_in_any_address_are_hidden(formatter: logging.Formatter) -> None:
    stream = io.StringIO()
    logger_into(stream, formatter).error("no answer from redis://:unknown-word@host:6379/0 and amqp://u:other@x//")
    text = stream.getvalue()
    assert "redis://:***@host:6379/0" in text
    assert "amqp://u:***@x//" in text


def test_a_line_for_people_ends_with_what_it_is_about() -> None:
    stream = io.StringIO()
    with about(job="castle", pass_index=3):
        logger_into(stream, TextLines(masker(Settings()))).warning("It waits.")
    assert stream.getvalue().rstrip().endswith("WARNING flatiron_tasks.test: It waits. [job=castle pass=3]")
