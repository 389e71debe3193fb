"""Workers keep a proof of every texture, and say where they could not; the bake ends the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from flatiron_tasks.contracts.layout import PROOFS
from flatiron_tasks.pipeline.proof_check import Answer, check_by_proof
from flatiron_tasks.pipeline.states import JobState
from tests.integration.pipeline.expectations import state
from tests.integration.pipeline.workshop import Workshop
from tests.share_contents import beside_proofs
from tests.synthetic_job import JOB_ID, SyntheticJob, make_job


def bake(workshop: Workshop, job: SyntheticJob) -> None:
    job.render()
    workshop.accept(job)
    workshop.live()


def test_proofs_outlive_the_job_folder(workshop: Workshop, job: SyntheticJob) -> None:
    bake(workshop, job)
    assert state(workshop) is JobState.DONE
    assert beside_proofs(job.network_folder) == []
    for name in job.textures():
        assert check_by_proof(job.output_folder / name, [job.network_folder]).answer is Answer.EXACT


def test_textures_that_wait_to_be_collected_are_proven_too(workshop: Workshop, tmp_path: Path) -> None:
    job = make_job(tmp_path, output_visible=False)
    bake(workshop, job)
    assert state(workshop) is JobState.READY_TO_COLLECT
    for texture in job.files.plan.textures:
        finished = job.files.folder.finished_texture(texture.file_name)
        assert check_by_proof(finished, [job.network_folder]).answer is Answer.EXACT


@pytest.mark.parametrize("visible", [True, False])
def test_a_proof_that_cannot_be_kept_is_a_note_and_no_failure(
    workshop: Workshop, tmp_path: Path, *, visible: bool
) -> None:
    job = make_job(tmp_path, output_visible=visible)
    (job.network_folder / PROOFS).write_text("in the way")
    bake(workshop, job)
    assert state(workshop) is (JobState.DONE if visible else JobState.READY_TO_COLLECT)
    assert not workshop.errors
    for texture in workshop.desk.job(JOB_ID).textures:
        assert "There is no proof of" in texture.note
        assert PROOFS in texture.note
