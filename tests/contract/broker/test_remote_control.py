"""A worker answers questions about itself; by no message of anybody does it end, unless the studio wants that."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from celery.worker import control, pidbox
from celery.worker.consumer.control import Control

from flatiron_tasks.settings import Settings
from flatiron_tasks.tasks.app import configuration
from flatiron_tasks.tasks.consumer import CountingConsumer
from flatiron_tasks.tasks.queues import FRONT_DESK, MERGE
from flatiron_tasks.tasks.remote_control import FULL, QUESTIONS, READ, commands

CHANGES = (
    "shutdown",
    "pool_grow",
    "pool_shrink",
    "pool_restart",
    "autoscale",
    "add_consumer",
    "cancel_consumer",
    "revoke",
    "terminate",
    "time_limit",
    "rate_limit",
    "disable_events",
    "heartbeat",
    "election",
    "hello",
    "memdump",
    "objgraph",
)


@pytest.mark.parametrize("command", CHANGES)
def test_a_command_that_changes_a_worker_is_refused(command: str) -> None:
    assert command in control.Panel.data
    assert "refused" in commands(READ)[command](None, anything="x")["error"]


@pytest.mark.parametrize("command", sorted(QUESTIONS - {"flatiron_report"}))
def test_what_the_tools_ask_is_answered(command: str) -> None:
    assert commands(READ)[command] is control.Panel.data[command]


def test_a_studio_that_wants_all_commands_has_them() -> None:
    assert commands(FULL) is control.Panel.data


def test_the_setting_reaches_the_worker_and_is_careful_by_default() -> None:
    assert configuration(Settings())["flatiron_remote_control"] == READ
    assert configuration(Settings(remote_control="full"))["flatiron_remote_control"] == FULL


def test_celery_keeps_the_commands_of_a_worker_where_they_are_replaced() -> None:
    assert "self.box = " in inspect.getsource(Control.__init__)
    assert "handlers=control.Panel.data" in inspect.getsource(pidbox.Pidbox.__init__)


def test_only_what_the_front_desk_refuses_is_counted_and_by_one_connection(
    redis_server_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flatiron_tasks.pipeline.store import connect  # noqa: PLC0415
    from flatiron_tasks.tasks import consumer  # noqa: PLC0415
    from flatiron_tasks.tasks.app import make_app  # noqa: PLC0415

    connect(redis_server_url).flushdb()
    opened: list[str] = []

    def note(url: str) -> Any:
        opened.append(url)
        return connect(url)

    monkeypatch.setattr(consumer, "connect", note)
    taker: Any = CountingConsumer.__new__(CountingConsumer)
    taker.app, taker._store = make_app(Settings(redis_url=redis_server_url)), None
    for queue in (f"{FRONT_DESK}.bob", MERGE, FRONT_DESK):
        taker._count_unreadable(queue)
    assert taker._store is not None
    assert taker._store.artists.refusals() == {consumer.UNREADABLE: 2}
    assert abs(taker._store.artists.refused_at()[consumer.UNREADABLE] - connect(redis_server_url).time()[0]) < 60
    assert len(opened) == 1
