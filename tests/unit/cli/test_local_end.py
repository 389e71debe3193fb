"""`flatiron local` on a job that has ended: it brings an interrupted clean-up to its end, and deletes nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from flatiron_tasks.contracts.ended import Ended
from tests.synthetic_job import SyntheticJob, make_job
from workers.cli.app import app
from workers.cli.exit_codes import ExitCode

RUN = CliRunner()


def ended(folder: Path, state: str, *, cleaned: bool, keep_pieces: bool = False) -> SyntheticJob:
    job = make_job(folder, keep_pieces=keep_pieces)
    mark = Ended(2, job.files.job.job_id, state, cleaned=cleaned)
    job.files.folder.ended.write_text(mark.to_json(), "utf-8")
    return job


@pytest.mark.parametrize(
    ("state", "cleaned", "keep_pieces"), [("done", True, True), ("done", False, True), ("failed", False, False)]
)
def test_what_is_kept_of_a_job_that_has_ended_stays(
    tmp_path: Path, state: str, cleaned: bool, keep_pieces: bool
) -> None:
    folder = ended(tmp_path, state, cleaned=cleaned, keep_pieces=keep_pieces).files.folder
    before = sorted(folder.path.rglob("*"))
    answer = RUN.invoke(app, ["local", str(folder.path)])
    assert answer.exit_code not in (ExitCode.OK, ExitCode.INTERNAL)
    assert sorted(folder.path.rglob("*")) == before


def test_a_clean_up_that_was_interrupted_is_brought_to_its_end(tmp_path: Path) -> None:
    folder = ended(tmp_path, "done", cleaned=False).files.folder
    assert RUN.invoke(app, ["local", str(folder.path)]).exit_code == ExitCode.OK
    assert not folder.path.exists()


def test_a_bake_that_was_cancelled_meanwhile_is_no_success(tmp_path: Path) -> None:
    folder = ended(tmp_path, "cancelled", cleaned=False).files.folder
    assert RUN.invoke(app, ["local", str(folder.path)]).exit_code == ExitCode.JOB_FAILED
    assert not folder.path.exists()
