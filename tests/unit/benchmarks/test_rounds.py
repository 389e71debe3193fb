"""Who runs when, and whose costs count."""

from __future__ import annotations

from tests.benchmarks.rounds import Entry, interleave
from tests.unit.benchmarks.examples import SAME, entry, result, run


def silent(_: str) -> None:
    """Say nothing."""


def test_everybody_runs_once_before_anybody_runs_again() -> None:
    order: list[str] = []
    entries = [entry(name, [run(1)] * 3, order=order) for name in "abc"]
    interleave(entries, 3, silent)
    assert order == list("abcabcabc")


def test_slow_contenders_run_less_often() -> None:
    seconds = {"quick": 1, "slow": 31, "slowest": 121}
    results = interleave([entry(name, [run(value)] * 5) for name, value in seconds.items()], 5, silent)
    assert [len(each.runs) for each in results] == [5, 2, 1]


def test_a_contender_that_fails_is_not_run_again_and_does_not_count() -> None:
    (failed,) = interleave([entry("a", [run(1), run(1, failure="exit code 1")])], 5, silent)
    assert len(failed.runs) == 1
    assert not failed.counts


def test_a_contender_that_was_stopped_counts_with_what_it_had_cost() -> None:
    (stopped,) = interleave([entry("a", [run(400, cpu=700, failure="stopped after 400 s")])], 5, silent)
    assert stopped.counts
    assert stopped.seconds.median == 400
    assert stopped.cpu_seconds.median == 700


def test_a_peer_with_wrong_texels_does_not_count() -> None:
    wrong = {**SAME, "opaque": 3.0, "identical": 0.0}
    (peer,) = interleave([entry("a", [run(1)] * 2, deviation=wrong)], 2, silent)
    assert not peer.counts
    assert "differ by up to 3" in peer.failure


def test_a_peer_may_round_differently_and_pad_otherwise() -> None:
    near = {"opaque": 2.0, "edges": 255.0, "padded_same": 0.0, "identical": 0.0}
    (peer,) = interleave([entry("a", [run(1)], deviation=near)], 1, silent)
    assert peer.counts


def test_ours_counts_only_if_it_is_the_reference_itself() -> None:
    near = {**SAME, "identical": 0.0}
    ours, bound = interleave(
        [entry("ours", [run(1)], role="ours", deviation=near), entry("bound", [run(1)], role="bound", deviation=SAME)],
        1,
        silent,
    )
    assert not ours.counts
    assert bound.counts


def test_a_peer_that_is_not_installed_is_listed_and_does_not_count() -> None:
    (absent,) = interleave([Entry("a", "peer", "")], 3, silent)
    assert absent.failure == "not installed"
    assert not absent.counts


def test_memory_and_noise_are_the_worst_of_all_runs() -> None:
    noisy = result("a", [run(1, peak=200, others=0.1), run(1, peak=250, others=0.0)])
    assert noisy.peak_mb == 250
    assert noisy.others == 0.1
