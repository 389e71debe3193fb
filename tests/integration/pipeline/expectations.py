"""What a bake must give, found without Redis and farm."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import OpenImageIO as oiio

from flatiron_tasks.pipeline.manual_merge import merge_by_hand
from flatiron_tasks.pipeline.states import JobState
from flatiron_tasks.settings import Settings
from tests.integration.pipeline.workshop import Workshop
from tests.synthetic_job import JOB_ID, make_job


def state(workshop: Workshop) -> JobState:
    return workshop.context.store.load(JOB_ID).state


def expected_textures(folder: Path) -> dict[str, bytes]:
    """The textures of the same bake as one Single Pass in one strip, merged by hand without Redis and farm."""
    folder.mkdir()
    job = make_job(folder, mode="single", strips=1)
    job.render()
    merge_by_hand(job.files.folder.description, settings_of(folder))
    return job.textures()


def settings_of(folder: Path) -> Settings:
    return Settings(network_folders=(folder / "network",))


def read_pixels(path: Path) -> npt.NDArray[np.uint8]:
    pixels = oiio.ImageBuf(str(path)).get_pixels(oiio.UINT8)
    assert pixels is not None
    return pixels
