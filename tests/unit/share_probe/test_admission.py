"""To whom a job is handed: the whole table."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flatiron_tasks.pipeline.share_probe.admission import Bounds, FarmServers, Go, Refuse, Standing, Wait, decide
from flatiron_tasks.pipeline.share_probe.health import UNDECIDED, NodeHealth, NodeVerdict

V = NodeVerdict
PATIENCE = 900.0


def standings(*verdicts: NodeVerdict | None) -> list[Standing]:
    """Servers node-1, node-2 …"""
    names = [f"node-{number}" for number, _ in enumerate(verdicts, 1)]
    return [
        Standing(
            name, NodeHealth("farm:3234", "/bakes", name, verdict, f"{name} is {verdict}.", 1.0) if verdict else None
        )
        for name, verdict in zip(names, verdicts, strict=True)
    ]


@pytest.mark.parametrize(
    ("verdicts", "waited", "minimum", "expected"),
    [
        ((V.OK, V.OK), 0, 1, ("node-1", "node-2")),
        ((V.OK, V.OTHER_FOLDER, V.READ_ONLY, V.SILENT), 0, 1, ("node-1",)),
        ((V.FULL, V.CLOCK_OFF, V.NO_PYTHON, V.OK), 0, 1, ("node-4",)),
        ((V.OK, V.BUSY), 0, 1, ("node-1",)),
        ((V.OK, None), PATIENCE * 9, 1, Wait),
        ((V.OK, V.BUSY), PATIENCE * 9, 2, Wait),
        ((V.BUSY, V.BUSY), PATIENCE * 9, 1, Wait),
        ((V.OTHER_FOLDER, V.READ_ONLY), 0, 1, Refuse),
        ((V.OK, V.READ_ONLY), 0, 2, Refuse),
        ((V.SILENT, V.SILENT), PATIENCE - 1, 1, Wait),
        ((V.SILENT, V.OTHER_FOLDER), PATIENCE - 1, 1, Wait),
        ((V.SILENT, V.OTHER_FOLDER), PATIENCE, 1, ("node-1",)),
        ((V.SILENT, V.OTHER_FOLDER), PATIENCE, 2, Refuse),
        ((), PATIENCE - 1, 1, Wait),
        ((), PATIENCE, 1, ()),
    ],
)
def test_the_standings_decide(
    verdicts: tuple[NodeVerdict | None, ...], waited: float, minimum: int, expected: object
) -> None:
    decision = decide(standings(*verdicts), Bounds(minimum, PATIENCE), waited_s=waited)
    assert (decision.servers if isinstance(decision, Go) else type(decision)) == expected


@given(
    verdicts=st.lists(st.sampled_from([None, *V]), max_size=6),
    waited=st.floats(0, 2 * PATIENCE),
    minimum=st.integers(1, 4),
)
def test_a_server_that_was_found_bad_never_gets_a_job(
    verdicts: list[NodeVerdict | None], waited: float, minimum: int
) -> None:
    found = standings(*verdicts)
    decision = decide(found, Bounds(minimum, PATIENCE), waited_s=waited)
    if isinstance(decision, Go):
        good = {
            item.server for item in found if item.health and (item.health.is_ok or item.health.verdict in UNDECIDED)
        }
        assert set(decision.servers) <= good
        assert bool(decision.servers) or not found, "none means everybody"


def test_every_server_that_is_left_out_has_its_sentence() -> None:
    decision = decide(standings(V.OK, V.READ_ONLY, V.SILENT), Bounds(1, PATIENCE), waited_s=0)
    assert isinstance(decision, Go)
    assert decision.note == "2 servers are left out: node-2 is read-only. node-3 is never answered."


def test_a_refusal_says_what_every_server_sees_and_how_many_there_must_be() -> None:
    decision = decide(standings(V.OK, V.READ_ONLY), Bounds(2, PATIENCE), waited_s=0)
    assert isinstance(decision, Refuse)
    assert "1 of its 2 servers may bake, and 2 must" in decision.what
    assert decision.why == "node-2 is read-only."


def test_a_job_that_goes_unprobed_says_so() -> None:
    decision = decide(standings(V.SILENT), Bounds(1, PATIENCE), waited_s=PATIENCE)
    assert isinstance(decision, Go)
    assert decision.note.startswith("Too few servers have answered the share probe")


def test_a_hundred_bad_servers_do_not_flood_the_status() -> None:
    decision = decide(standings(V.OK, *[V.READ_ONLY] * 100), Bounds(1, PATIENCE), waited_s=0)
    assert isinstance(decision, Go)
    assert decision.note.endswith("And 95 more.")


def test_who_works_on_a_job_survives_being_kept() -> None:
    servers = FarmServers(named=True, servers=("node-1", "nöde 2"))
    assert FarmServers.from_json(servers.to_json()) == servers
