"""What a node promises about one task, proven with real processes."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from flatiron_tasks.contracts.layout import SUBFOLDERS
from flatiron_tasks.pipeline.plan import Plan
from tests.contract.node.bake import Bake, Clock, Grandchild
from workers.node.exit_codes import NodeExit


def test_a_good_run_leaves_verified_pieces_receipts_a_log_and_no_work(tmp_path: Path) -> None:
    bake = Bake(tmp_path)
    assert bake.run(task=2) is NodeExit.DONE
    for receipt, element, index in zip(bake.receipts(), bake.job.elements, (0, 1), strict=True):
        piece = bake.folder.piece(0, 1, index, receipt.attempt)
        data = piece.read_bytes()
        assert (receipt.size, receipt.sha256) == (len(data), hashlib.sha256(data).hexdigest())
        assert (receipt.element, receipt.file_name, receipt.node_path) == (element.name, piece.name, str(piece))
        assert (receipt.task, receipt.strip, receipt.plan_hash) == (2, 1, Plan(bake.job).hash)
    assert (bake.result().succeeded, bake.result().failure_class, bake.result().exit_code) == (True, "none", 0)
    assert bake.log() == f"rendering {bake.folder.scene / 'wall.glb'}\ndone\n"
    assert list(bake.folder.work.iterdir()) == []


def test_a_task_that_is_done_is_not_rendered_again_unless_asked(tmp_path: Path) -> None:
    bake = Bake(tmp_path)
    bake.run()
    before = bake.receipts()
    assert bake.run() is NodeExit.DONE
    assert bake.receipts() == before
    assert bake.run(rerender=True) is NodeExit.DONE
    assert len(bake.receipts()) == 2 * len(before)


@pytest.mark.parametrize("damage", ["piece gone", "piece changed", "receipt gone", "receipt of another plan"])
def test_a_task_that_is_only_half_done_is_rendered_again(tmp_path: Path, damage: str) -> None:
    bake = Bake(tmp_path)
    bake.run()
    (first, second) = bake.receipts()
    piece, receipt = bake.folder.pieces / second.file_name, bake.folder.receipt(0, 0, 1, second.attempt)
    if damage == "piece gone":
        piece.unlink()
    elif damage == "piece changed":
        piece.write_bytes(piece.read_bytes()[:-1] + b"x")
    elif damage == "receipt gone":
        receipt.unlink()
    else:
        receipt.write_text(second.to_json().replace(second.plan_hash, "0" * 64))
    assert bake.run() is NodeExit.DONE
    assert {found.attempt for found in bake.receipts()} > {first.attempt}


def test_a_crash_is_never_taken_for_a_result_even_if_all_files_are_there(tmp_path: Path) -> None:
    bake = Bake(tmp_path, exit_code=3, last_words="No licence could be obtained")
    assert bake.run() is NodeExit.RENDERER_FAILED
    assert bake.has_no_piece()
    result = bake.result()
    assert (result.succeeded, result.failure_class, result.exit_code) == (False, "licence", 3)
    assert "No licence could be obtained" in result.reason
    assert "licence server" in result.advice


def test_an_exit_code_that_is_known_to_lie_does_not_spoil_whole_pieces(tmp_path: Path) -> None:
    bake = Bake(tmp_path, exit_code=126)
    bake.configure(trust_exit_code=False)
    assert bake.run() is NodeExit.DONE
    assert [receipt.exit_code for receipt in bake.receipts()] == [126, 126]


@pytest.mark.parametrize("trust", [True, False])
@pytest.mark.parametrize("pieces", [0, 1])
def test_exit_code_0_without_every_piece_is_a_failure(tmp_path: Path, pieces: int, *, trust: bool) -> None:
    bake = Bake(tmp_path, pieces=pieces)
    bake.configure(trust_exit_code=trust)
    assert bake.run() is NodeExit.PIECES
    assert bake.has_no_piece()
    assert f"{2 - pieces} of 2 pieces" in bake.result().reason


def test_a_truncated_exr_is_never_published(tmp_path: Path) -> None:
    bake = Bake(tmp_path, cut=1)
    assert bake.run() is NodeExit.PIECES
    assert bake.has_no_piece()
    assert "cut off" in bake.result().reason


def test_output_in_utf_16_becomes_a_readable_log(tmp_path: Path) -> None:
    bake = Bake(tmp_path, encoding="utf-16-le", last_words="größe")
    assert bake.run() is NodeExit.DONE
    assert bake.log().endswith("größe\n")


def test_a_hanging_renderer_is_killed_with_a_grandchild_that_left_its_session(tmp_path: Path) -> None:
    grandchild = Grandchild(tmp_path)
    bake = Bake(tmp_path, hang=True, fifo=str(grandchild.fifo))
    assert bake.run(clock=Clock(jump_s=5000, when=grandchild.runs)) is NodeExit.TIMED_OUT
    assert grandchild.has_ended()
    assert bake.result().failure_class == "timeout"
    assert bake.result().exit_code is None
    assert bake.has_no_piece()


def test_a_renderer_that_neither_writes_nor_speaks_is_killed_long_before_the_time_limit(tmp_path: Path) -> None:
    grandchild = Grandchild(tmp_path)
    bake = Bake(tmp_path, hang=True, fifo=str(grandchild.fifo))
    bake.configure(no_progress_seconds=60)
    assert bake.run(clock=Clock(jump_s=50, when=grandchild.runs)) is NodeExit.NO_PROGRESS
    assert grandchild.has_ended()
    assert bake.result().failure_class == "no-progress"


def test_nothing_that_a_renderer_leaves_behind_survives_a_good_run(tmp_path: Path) -> None:
    grandchild = Grandchild(tmp_path)
    bake = Bake(tmp_path, fifo=str(grandchild.fifo))
    assert bake.run() is NodeExit.DONE
    assert grandchild.has_ended()
    assert len(bake.receipts()) == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_node_that_is_asked_to_stop_takes_its_renderer_along(tmp_path: Path, number: signal.Signals) -> None:
    grandchild = Grandchild(tmp_path)
    bake = Bake(tmp_path, hang=True, fifo=str(grandchild.fifo))
    command = [sys.executable, "-m", "workers.node", "--job", str(bake.folder.description), "--task", "1"]
    with subprocess.Popen(command, env=bake.environment, stderr=subprocess.DEVNULL) as node:
        grandchild.wait_until_it_runs()
        node.send_signal(number)
        assert node.wait() == NodeExit.REVOKED
    assert grandchild.has_ended()
    assert bake.result().failure_class == "revoked"
    assert bake.has_no_piece()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
def test_a_renderer_dies_with_a_node_that_is_killed_outright(tmp_path: Path) -> None:
    renderer = Grandchild(tmp_path)
    bake = Bake(tmp_path, hang=True, pipe=str(renderer.fifo))
    command = [sys.executable, "-m", "workers.node", "--job", str(bake.folder.description), "--task", "1"]
    with subprocess.Popen(command, env=bake.environment, stderr=subprocess.DEVNULL) as node:
        renderer.wait_until_it_runs()
        node.kill()
    assert renderer.has_ended()


def test_a_scene_that_changes_while_it_is_rendered_spoils_the_attempt(tmp_path: Path) -> None:
    bake = Bake(tmp_path, overwrite_scene=True)
    os.utime(bake.folder.scene / "wall.glb", ns=(0, 0))
    assert bake.run() is NodeExit.SCENE
    assert bake.has_no_piece()
    assert "changed while it was rendered" in bake.result().reason


def test_a_link_that_appears_while_the_renderer_works_gets_nothing(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    bake = Bake(tmp_path, link_pieces_to=str(tmp_path / "elsewhere"))
    assert bake.run() is NodeExit.SHARE
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_result_gives_one_advice_and_the_renderers_own_wins(tmp_path: Path) -> None:
    bake = Bake(tmp_path, exit_code=3, last_words="The scene cannot be opened. Next step: Export the scene again.")
    assert bake.run() is NodeExit.RENDERER_FAILED
    assert bake.result().advice == "Export the scene again."
    assert "The scene cannot be opened." in bake.result().reason
    assert "Next step" not in bake.result().reason


def test_a_job_folder_that_goes_away_ends_the_renderer_and_is_never_made_again(tmp_path: Path) -> None:
    grandchild = Grandchild(tmp_path)
    bake = Bake(tmp_path, hang=True, fifo=str(grandchild.fifo))

    def clean_up() -> None:
        grandchild.wait_until_it_runs()
        shutil.rmtree(bake.folder.path)

    cleaner = threading.Thread(target=clean_up)
    cleaner.start()
    assert bake.run(clock=Clock(jump_s=6, when=lambda: not bake.folder.path.exists())) is NodeExit.REVOKED
    cleaner.join()
    assert grandchild.has_ended()
    assert not bake.folder.path.exists()


def test_two_attempts_side_by_side_never_mix(tmp_path: Path) -> None:
    bake = Bake(tmp_path)
    codes: list[NodeExit] = []
    threads = [threading.Thread(target=lambda: codes.append(bake.run(rerender=True))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == [NodeExit.DONE, NodeExit.DONE]
    attempts = sorted(receipt.attempt for receipt in bake.receipts())
    assert len(attempts) == 4
    assert len(set(attempts)) == 2
    for receipt in bake.receipts():
        data = (bake.folder.pieces / receipt.file_name).read_bytes()
        assert receipt.attempt in receipt.file_name
        assert receipt.sha256 == hashlib.sha256(data).hexdigest()
    assert {path.name for path in bake.folder.path.iterdir()} == {*SUBFOLDERS, "job.desc"}
