"""What an artist reads of a job that has ended well."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flatiron_tasks.pipeline.sentences import sentence
from flatiron_tasks.pipeline.states import JobState
from tests.unit.pipeline.test_next_steps import record


@pytest.mark.parametrize(
    ("textures", "said"),
    [
        ("dd", "All textures are in place."),
        ("db", "Finished; 1 texture stands beside its name: Somebody's file is there."),
        ("bdb", "Finished; 2 textures stand beside their names: Somebody's file is there."),
    ],
)
def test_textures_that_stand_beside_their_names_are_counted_in_english(textures: str, said: str) -> None:
    done = record(JobState.DONE, "m", textures)
    noted = tuple(replace(texture, note="Somebody's file is there.") for texture in done.textures)
    assert sentence(replace(done, textures=noted)) == said
