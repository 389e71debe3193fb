"""A message to the front desk is exactly what its task takes, or it is refused with a reason; nothing is converted."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flatiron_tasks.contracts.channels import (
    ACCEPT_TASK,
    CANCEL_JOB_TASK,
    COLLECTED_TASK,
    GO_ON_TASK,
    REQUEST_TASKS,
    REQUEUE_TASK,
    RERENDER_TASK,
    SET_PRIORITY_TASK,
    SUSPEND_TASK,
)
from flatiron_tasks.contracts.errors import BadInputError
from flatiron_tasks.contracts.requests import read_request

JOB = "20260131-142501-7f3a9c0d"
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.parametrize(
    ("task", "arguments", "checked", "shown"),
    [
        (ACCEPT_TASK, [], (), ""),
        (REQUEUE_TASK, [], ((),), ""),
        (REQUEUE_TASK, [[]], ((),), ""),
        (REQUEUE_TASK, [[3, 1]], ((3, 1),), " passes 3, 1"),
        (RERENDER_TASK, [[0]], ((0,),), " passes 0"),
        (CANCEL_JOB_TASK, [], (), ""),
        (SUSPEND_TASK, [], (), ""),
        (GO_ON_TASK, [], (), ""),
        (SET_PRIORITY_TASK, [99], (99,), " priority 99"),
        (COLLECTED_TASK, [1, "C:\\out\\a.png"], (1, "C:/out/a.png"), " texture 1 path C:/out/a.png"),
    ],
)
def test_what_a_task_takes_is_read_and_shown(task: str, arguments: list[Any], checked: Any, shown: str) -> None:
    request = read_request(task, [JOB, *arguments])
    assert (request.task, request.job_id, request.arguments) == (task, JOB, checked)
    assert request.shown == f"job {JOB}{shown}"


def test_arguments_may_have_names_as_from_a_dashboard() -> None:
    assert read_request(REQUEUE_TASK, [JOB], {"passes": [2]}) == read_request(REQUEUE_TASK, [JOB, [2]])
    assert read_request(SET_PRIORITY_TASK, [], {"priority": 5, "job_id": JOB}).arguments == (5,)


@pytest.mark.parametrize(
    ("task", "arguments", "named"),
    [
        ("flatiron.dispatch", [JOB], {}),
        ("os.system", ["rm"], {}),
        (CANCEL_JOB_TASK, [], {}),
        (CANCEL_JOB_TASK, [JOB, 1], {}),
        (CANCEL_JOB_TASK, [JOB], {"force": True}),
        (CANCEL_JOB_TASK, [JOB], {"job_id": JOB}),
        (CANCEL_JOB_TASK, ["../../etc"], {}),
        (CANCEL_JOB_TASK, [f"{JOB}\n"], {}),
        (CANCEL_JOB_TASK, [[JOB]], {}),
        (CANCEL_JOB_TASK, [None], {}),
        (REQUEUE_TASK, [JOB, 3], {}),
        (REQUEUE_TASK, [JOB, "3"], {}),
        (REQUEUE_TASK, [JOB, [True]], {}),
        (REQUEUE_TASK, [JOB, [-1]], {}),
        (REQUEUE_TASK, [JOB, [1.0]], {}),
        (REQUEUE_TASK, [JOB, None], {}),
        (REQUEUE_TASK, [JOB, [0] * 100_001], {}),
        (RERENDER_TASK, [JOB], {}),
        (RERENDER_TASK, [JOB, []], {}),
        (SET_PRIORITY_TASK, [JOB], {}),
        (SET_PRIORITY_TASK, [JOB, 100], {}),
        (SET_PRIORITY_TASK, [JOB, -1], {}),
        (SET_PRIORITY_TASK, [JOB, "5"], {}),
        (SET_PRIORITY_TASK, [JOB, False], {}),
        (COLLECTED_TASK, [JOB, 0], {}),
        (COLLECTED_TASK, [JOB, 0, "relative.png"], {}),
        (COLLECTED_TASK, [JOB, 0, "/out/../etc/passwd"], {}),
        (COLLECTED_TASK, [JOB, 0, "/" + "x" * 5000], {}),
        (COLLECTED_TASK, [JOB, True, "/out/a.png"], {}),
    ],
)
def test_anything_else_is_refused(task: str, arguments: list[Any], named: dict[str, Any]) -> None:
    with pytest.raises(BadInputError):
        read_request(task, arguments, named)


@given(st.sampled_from((ACCEPT_TASK, *REQUEST_TASKS)), st.lists(_json, max_size=4), st.booleans())
def test_whatever_json_comes_it_is_read_or_refused_and_what_is_read_stays_so(
    task: str, values: list[Any], honest: bool
) -> None:
    arguments = [JOB, *values] if honest else values
    try:
        request = read_request(task, arguments)
    except BadInputError:
        return
    sent = json.loads(json.dumps([request.job_id, *request.arguments]))
    assert read_request(task, sent) == request
