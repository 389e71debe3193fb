"""The naive loop gives our texture, and a result that differs is noticed."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import numpy as np
import numpy.typing as npt
import pytest

from tests.benchmarks.contenders import compose, naive, oiio_algo
from tests.benchmarks.contenders.deviation import deviation
from tests.benchmarks.contenders.images import read_samples
from tests.benchmarks.peers import imagemagick_arguments, oiiotool_arguments
from tests.benchmarks.pieces import Pieces, Workload
from tests.benchmarks.worker import Request
from tests.benchmarks.workloads import prepare

Samples = npt.NDArray[np.uint8]


@pytest.fixture
def pieces(tmp_path: Path) -> Pieces:
    return prepare(Workload("crop", 256, 4), tmp_path)


@pytest.fixture
def texture() -> Samples:
    """Rows of opaque, half covered, padded and empty texels."""
    rows = [(10, 20, 30, 255), (10, 20, 30, 128), (10, 20, 30, 0), (0, 0, 0, 0)]
    return np.repeat(np.array(rows, np.uint8)[:, np.newaxis], 5, axis=1)


@pytest.mark.parametrize(("contender", "edges"), [(naive, 1), (oiio_algo, 255)])
def test_other_ways_to_merge_give_our_opaque_texels(
    contender: ModuleType, edges: int, pieces: Pieces, tmp_path: Path
) -> None:
    def merged(module: ModuleType, name: str) -> Samples:
        request = Request(pieces=pieces.folder, warm_up=pieces.folder, out=tmp_path / name)
        module.prepare(request)()
        return read_samples(request.out)

    found = deviation(merged(compose, "ours.png"), merged(contender, "theirs.png"))
    assert found["opaque"] <= 1
    assert found["edges"] <= edges


def test_equal_textures_do_not_deviate(texture: Samples) -> None:
    assert deviation(texture, texture.copy()) == {"opaque": 0, "edges": 0, "padded_same": 1, "identical": 1}


@pytest.mark.parametrize(
    ("row", "found"),
    [
        (0, {"opaque": 50, "edges": 0, "padded_same": 1, "identical": 0}),
        (1, {"opaque": 0, "edges": 50, "padded_same": 1, "identical": 0}),
        (2, {"opaque": 0, "edges": 0, "padded_same": 0.8, "identical": 0}),
        (3, {"opaque": 0, "edges": 0, "padded_same": 1, "identical": 0}),
    ],
)
def test_one_texel_that_differs_is_noticed_where_it_lies(row: int, found: dict[str, float], texture: Samples) -> None:
    theirs = texture.copy()
    theirs[row, 2, 0] += 50
    assert deviation(texture, theirs) == found


def test_another_shape_or_type_differs_everywhere(texture: Samples) -> None:
    for theirs in (texture[..., :3], texture.astype(np.uint16)):
        assert deviation(texture, theirs)["opaque"] == 255


def test_full_frames_are_laid_over_and_never_pasted(tmp_path: Path) -> None:
    cropped = prepare(Workload("crop", 256, 4), tmp_path)
    full = prepare(Workload("full", 256, 4), tmp_path)
    assert "--paste:all=1:mergeroi=1" in oiiotool_arguments("oiiotool", cropped, tmp_path)
    arguments = oiiotool_arguments("oiiotool", full, tmp_path)
    assert arguments.count("--over") == 3
    assert not any(word.startswith("--paste") for word in arguments)
    assert imagemagick_arguments("convert", full, tmp_path).count("-composite") == 4
