"""The folder of a probe: what a node finds in it, and that nothing goes but what a probe made."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flatiron_tasks.contracts.errors import OwnershipError, ShareError
from flatiron_tasks.contracts.layout import PROBES
from flatiron_tasks.contracts.share_probe import ShareChallenge
from flatiron_tasks.share import probe_folder
from workers.node import probe
from workers.node.exit_codes import NodeExit

NONCE = "0123456789abcdef" * 2
MADE = datetime(2026, 1, 31, 14, 25, 1, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A probe of two servers."""
    challenge = ShareChallenge(1, NONCE, "2026-01-31T14:25:01.000Z", "//server/bakes", ("node-1", "node-2"))
    probe_folder.make(tmp_path, challenge, b"program")
    return tmp_path / PROBES / NONCE


def run(folder: Path, step: str, server: int = 1) -> NodeExit:
    challenge = str(folder / probe_folder.CHALLENGE)
    return probe.main(["--probe", challenge, "--server", str(server), "--step", step])


def stale(network_folder: Path, *open_nonces: str, days: int = 3) -> list[str]:
    later = MADE + timedelta(days=days)
    return list(probe_folder.stale(network_folder, now=later, age=timedelta(days=2), open_nonces=open_nonces))


def test_a_node_that_sees_the_folder_answers_what_it_sees(folder: Path) -> None:
    assert run(folder, "read") == run(folder, "write") == NodeExit.DONE
    (answer,) = probe_folder.answers(folder, NONCE).values()
    assert (answer.server, answer.nonce) == (1, NONCE)
    assert answer.target == str(folder.parents[1].resolve())
    assert answer.free_bytes > 0
    assert {path.name for path in folder.iterdir()} == {"challenge.json", "node.pyz", "answer-00001.json"}


def test_the_target_is_where_links_lead(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder.parents[1])
    assert run(tmp_path / "link" / PROBES / NONCE, "write") == NodeExit.DONE
    assert probe_folder.answers(folder, NONCE)[1].target == str(folder.parents[1].resolve())


def test_reading_writes_nothing(folder: Path) -> None:
    assert run(folder, "read") == NodeExit.DONE
    assert probe_folder.answers(folder, NONCE) == {}


def test_a_node_that_sees_another_folder_writes_nothing_there(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other" / PROBES / NONCE
    other.mkdir(parents=True)
    assert run(other, "write") == NodeExit.SHARE
    assert list(other.iterdir()) == []


def test_a_challenge_in_another_probes_folder_is_not_answered(folder: Path) -> None:
    copy = folder.with_name(NONCE[::-1])
    copy.mkdir()
    (copy / "challenge.json").write_bytes((folder / "challenge.json").read_bytes())
    assert run(copy, "write") == NodeExit.JOB_DESCRIPTION
    assert len(list(copy.iterdir())) == 1


def test_a_server_that_was_not_asked_is_refused(folder: Path) -> None:
    assert run(folder, "write", server=2) == NodeExit.JOB_DESCRIPTION


@pytest.mark.parametrize("text", ["", "{}", "no json", '{"schema_version": 1}', "x" * 100_000])
def test_an_answer_that_breaks_its_contract_is_none(folder: Path, text: str) -> None:
    (folder / "answer-00000.json").write_text(text)
    assert probe_folder.answers(folder, NONCE) == {}


def test_an_answer_under_another_servers_name_is_none(folder: Path) -> None:
    run(folder, "write")
    (folder / "answer-00001.json").rename(folder / "answer-00000.json")
    assert probe_folder.answers(folder, NONCE) == {}


def test_making_it_again_changes_nothing(folder: Path) -> None:
    challenge = ShareChallenge(1, NONCE, "2026-02-01T00:00:00Z", "//server/bakes", ("node-1", "node-2"))
    before = (folder / "challenge.json").read_bytes()
    probe_folder.make(folder.parents[1], challenge, b"other")
    assert (folder / "challenge.json").read_bytes() == before


def test_everything_goes_and_again_is_harmless(folder: Path) -> None:
    run(folder, "write")
    (folder / ".answer-00001.json.00ff.tmp").write_text("of a killed node")
    assert probe_folder.remove(folder.parents[1], NONCE) == ()
    assert not folder.parent.exists()
    assert probe_folder.remove(folder.parents[1], NONCE) == ()


def test_what_is_not_a_probes_stays_and_so_does_the_challenge(folder: Path) -> None:
    (folder / "notes.txt").write_text("mine")
    (folder / "answer-00009.json").symlink_to(folder.parents[1])
    left = probe_folder.remove(folder.parents[1], NONCE)
    assert left == (str(folder / "answer-00009.json"), str(folder / "notes.txt"))
    assert (folder / "challenge.json").exists()


def test_a_link_in_the_place_of_a_probes_folder_is_not_followed(folder: Path, tmp_path: Path) -> None:
    treasure = tmp_path / "treasure"
    folder.rename(treasure)
    folder.symlink_to(treasure)
    with pytest.raises(ShareError, match="cannot be removed"):
        probe_folder.remove(folder.parents[1], NONCE)
    assert (treasure / "challenge.json").exists()


def test_a_folder_whose_challenge_names_another_probe_is_not_touched(folder: Path) -> None:
    other = folder.with_name(NONCE[::-1])
    folder.rename(other)
    with pytest.raises(OwnershipError):
        probe_folder.remove(folder.parents[1], other.name)
    assert (other / "node.pyz").exists()


def test_a_name_that_is_no_nonce_is_refused(tmp_path: Path) -> None:
    (tmp_path / PROBES / "x").mkdir(parents=True)
    with pytest.raises(OwnershipError):
        probe_folder.remove(tmp_path, "../x")


def test_only_old_probes_that_nobody_waits_for_are_stale(folder: Path) -> None:
    root = folder.parents[1]
    (folder.parent / ("f" * 32)).mkdir()  # empty: nothing proves whose it is
    assert stale(root) == [NONCE]
    assert stale(root, NONCE) == []
    assert stale(root, days=1) == []
