"""What a peer sends can be refused, and nothing it sends can stop the farm."""

from __future__ import annotations

import asyncio
import json
from typing import Any, cast

import pytest

from flatiron_tasks.contracts.errors import FarmProtocolError, FarmRefusedError
from workers.farm.jobs import JobSpec
from workers.farm.node import Hello
from workers.farm.node_link import LINE_LIMIT, NodeLink, encoded
from workers.farm.orders import order, refuse_oversized


def _document(**changes: Any) -> dict[str, Any]:
    return JobSpec("bake", ("render", "%tp1"), (("1",),)).to_json() | changes


def _received(data: bytes) -> Any:
    async def receive() -> Any:
        reader = asyncio.StreamReader()
        reader.feed_data(data)
        reader.feed_eof()
        return await NodeLink(reader, cast("asyncio.StreamWriter", None)).receive()

    return asyncio.run(receive())


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("timeout_minutes", json.loads(text)) for text in ("NaN", "Infinity", "-Infinity", "1e999", "-1", "1e9")),
        pytest.param("timeout_minutes", 10**400, id="timeout_minutes-10**400"),
        ("completion_days", float("nan")),
        ("completion_days", -1),
        ("priority", -1),
        ("priority", 101),
        ("server_count", -1),
        ("task_name_column", -1),
        ("name", "b" * 71),
        ("name", " bake"),
        ("name", "ba\nke"),
        ("name", "bake\ud800"),
        ("name", "bake\x00"),
        ("group", "farm\x07"),
        ("user", "ann\udfff"),
        ("computer", "ws\r\n200 1"),
        ("servers", ["node-1", "node\n2"]),
        ("dependencies", ["first", 2]),
        ("nonconcurrent", "yes"),
        ("description", "half \ud800 a sign"),
    ],
)
def test_a_value_that_cmdjob_would_refuse_is_refused_from_anybody(key: str, value: object) -> None:
    with pytest.raises(FarmRefusedError, match=key if key not in {"group", "user", "computer", "servers"} else "name"):
        JobSpec.from_json(_document(**{key: value}))


@pytest.mark.parametrize(("key", "value"), [("timeout_minutes", 0), ("priority", 100), ("description", "größe\n木")])
def test_an_unusual_value_that_cmdjob_takes_is_taken(key: str, value: object) -> None:
    assert getattr(JobSpec.from_json(_document(**{key: value})), key) == value


@pytest.mark.parametrize("text", ["x" * LINE_LIMIT, "木" * (LINE_LIMIT // 6), "😀" * (LINE_LIMIT // 12)])
@pytest.mark.parametrize("key", ["words", "rows", "parameters", "description"])
def test_a_job_with_an_order_that_no_server_could_read_is_refused(key: str, text: str) -> None:
    value = {"words": ["a", text], "rows": [["1"], [text]], "parameters": [text], "description": text}[key]
    with pytest.raises(FarmRefusedError, match="task"):
        refuse_oversized(JobSpec.from_json(_document(**{key: value})))


def test_the_longest_order_that_is_accepted_is_one_that_a_server_reads() -> None:
    def job(length: int) -> JobSpec:
        return JobSpec.from_json(_document(rows=[["x" * length]]))

    longest = LINE_LIMIT
    while True:
        try:
            refuse_oversized(job(longest))
            break
        except FarmRefusedError:
            longest -= 64
    assert longest > LINE_LIMIT - 1024
    spec = job(longest)
    sent = order(spec, spec.rows[0], number=1, assignment=2**62 + 1, minute_s=60.0)
    behind = encoded({"do": "nothing"}) * 1000
    assert _received(encoded(sent) + behind)["row"] == ["x" * longest]


@pytest.mark.parametrize("line", [b"[" * 100_000, b"{", b"\xff", b"[]"])
def test_a_message_that_is_no_object_ends_the_link_and_nothing_else(line: bytes) -> None:
    with pytest.raises(FarmProtocolError):
        _received(line + b"\n")


def test_a_line_without_end_is_given_up_at_the_limit() -> None:
    with pytest.raises(FarmProtocolError, match="longer"):
        _received(b"x" * (LINE_LIMIT + 100_000))


@pytest.mark.parametrize("holds", [float("inf"), float("nan"), "x", None])
def test_a_server_that_introduces_itself_with_nonsense_is_refused(holds: object) -> None:
    with pytest.raises(FarmProtocolError):
        Hello.from_json({"name": "node-1", "groups": [], "holds": holds, "user": "ann"})


@pytest.mark.parametrize("hardware", ["x", ["mac"], 1, None])
def test_a_server_that_describes_its_machine_with_nonsense_is_refused(hardware: object) -> None:
    with pytest.raises(FarmProtocolError):
        Hello.from_json({"name": "node-1", "groups": [], "holds": 0, "user": "ann", "hardware": hardware})
