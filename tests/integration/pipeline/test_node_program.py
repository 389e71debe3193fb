"""Where an administrator names the node program, no farm job of ours names the one in the job folder."""

from __future__ import annotations

import dataclasses

import pytest

from tests.integration.pipeline.workshop import Workshop
from tests.synthetic_job import SyntheticJob

READ_ONLY = "//fileserver/programs/node.pyz"


@pytest.mark.parametrize("named", [READ_ONLY, ""])
def test_nodes_run_the_program_that_the_administrator_names(workshop: Workshop, job: SyntheticJob, named: str) -> None:
    settings = workshop.context.settings.model_copy(update={"node_program_path": named})
    workshop.context = dataclasses.replace(workshop.context, settings=settings)
    workshop.accept(job)
    workshop.live()
    submitted = workshop.farm.submissions
    assert submitted
    for farm_job in submitted:
        words = [*farm_job.command, *(word for row in farm_job.task_rows for word in row)]
        programs = {word for word in words if word.endswith("node.pyz")}
        assert programs
        assert (programs == {READ_ONLY}) is bool(named)
