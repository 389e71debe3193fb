"""A web page makes a browser send lines to the manager's port; none of them may be executed."""

from __future__ import annotations

import pytest

from flatiron_tasks.contracts.errors import FarmProtocolError
from workers.farm.http_guard import refuse_http


@pytest.mark.parametrize(
    "line",
    [
        "POST / HTTP/1.1",
        "GET /favicon.ico HTTP/1.1",
        "DELETE /x HTTP/1.0",
        "post",
        "Host: 127.0.0.1:3234",
        "Host:127.0.0.1",
        "Content-Type: text/plain",
    ],
)
def test_a_line_of_http_is_refused(line: str) -> None:
    with pytest.raises(FarmProtocolError, match="HTTP"):
        refuse_http(tuple(line.split()))


@pytest.mark.parametrize("line", ["", "GET JobHList", "get mgrinfo 127.0.0.1_3234", "del job 7", "flatiron newjob 12"])
def test_a_line_of_backburner_passes(line: str) -> None:
    refuse_http(tuple(line.split()))
