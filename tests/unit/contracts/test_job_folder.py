"""Where things stand in a job folder: always inside it."""

from __future__ import annotations

from pathlib import Path

from flatiron_tasks.contracts.layout import SUBFOLDERS, JobFolder
from tests.unit.contracts.document_examples import ATTEMPT, JOB_ID


def test_everything_stands_inside_the_folder_of_the_job() -> None:
    folder = JobFolder.of(Path("/mnt/share"), JOB_ID)
    assert folder.path == Path(f"/mnt/share/flatiron-{JOB_ID}")
    files = (
        folder.description,
        folder.node_program,
        folder.piece(0, 0, 0, ATTEMPT),
        folder.receipt(0, 0, 0, ATTEMPT),
        folder.layer(0, 0),
        folder.merged_pass(0),
        folder.finished_texture("a.png"),
        folder.log(1, ATTEMPT),
        folder.result(1, ATTEMPT),
        folder.thumbnail(0, 0),
        folder.preview("a.png"),
    )
    assert len(set(files)) == len(files)
    for file in files:
        assert file.parent == folder.path or (file.parent.parent == folder.path and file.parent.name in SUBFOLDERS)
