"""Two processes never bake the same job of this machine at once."""

from __future__ import annotations

import multiprocessing
import os
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from workers.cli.local_lock import alone

JOB_ID = "20261123-011132-dd032a19"


def hold(folder: str, told: Connection) -> None:
    os.environ["TMPDIR"] = folder
    with alone(JOB_ID, lambda: told.send("waits")):
        told.send("has it")
        told.recv()


@pytest.mark.skipif(os.name == "nt", reason="TMPDIR names the folder for temporary files only here")
def test_a_second_process_waits_until_the_first_has_ended_however_it_ends(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    pipes = [multiprocessing.Pipe() for _ in range(2)]
    first, second = (spawn.Process(target=hold, args=(str(tmp_path), there)) for _, there in pipes)
    (one, _), (two, _) = pipes
    first.start()
    assert one.recv() == "has it"
    second.start()
    assert two.recv() == "waits"
    first.kill()
    assert two.recv() == "has it"
    two.send("end")
    for process in (first, second):
        process.join()
        process.close()
    for pipe in pipes:
        for end in pipe:
            end.close()
