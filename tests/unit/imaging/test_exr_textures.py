"""OpenEXR textures: the same bytes for every cut and thread count, and what others would see in OpenImageIO's file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import OpenImageIO as oiio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flatiron_tasks.imaging.image_input import dtype_of
from flatiron_tasks.imaging.parallel import Crew
from flatiron_tasks.imaging.texture import TextureSpec, mark_text
from flatiron_tasks.imaging.write import texture_writer
from tests.unit.imaging.image_examples import MARK, exr_output, read_samples

Samples = npt.NDArray[Any]


def texture(width: int, height: int, pixel_type: str, alpha: bool) -> TextureSpec:
    return TextureSpec(
        width=width,
        height=height,
        kind="data",
        file_format="exr",
        pixel_type=pixel_type,
        alpha=alpha,
        metadata={"flatiron": MARK},
    )


def picture(spec: TextureSpec) -> Samples:
    """Every kind of number in the left half, one colour in the right."""
    shape, dtype = (spec.height, spec.width, spec.channels), dtype_of(spec.pixel_type)
    data = np.random.default_rng(1).bytes(int(np.prod(shape)) * dtype.itemsize)
    samples = np.frombuffer(data, dtype).reshape(shape).copy()
    samples[:, spec.width // 2 :] = 0.25
    return samples


def write_exr(path: Path, spec: TextureSpec, bands: list[Samples], *, threads: int = 2) -> bytes:
    with Crew(threads) as crew, texture_writer(path, spec, crew=crew) as writer:
        for band in bands:
            writer.write(band)
        writer.commit()
    return path.read_bytes()


@settings(max_examples=40, deadline=None)
@given(
    width=st.integers(1, 90),
    height=st.integers(1, 200),
    pixel_type=st.sampled_from(["half", "float"]),
    alpha=st.booleans(),
    cuts=st.lists(st.integers(0, 200), max_size=5),
    threads=st.integers(1, 3),
)
def test_any_picture_decodes_exactly_and_has_the_same_bytes_for_all_cuts_and_threads(
    tmp_path_factory: pytest.TempPathFactory,
    width: int,
    height: int,
    pixel_type: str,
    alpha: bool,
    cuts: list[int],
    threads: int,
) -> None:
    out = tmp_path_factory.getbasetemp() / "any.exr"
    spec = texture(width, height, pixel_type, alpha)
    samples = picture(spec)
    whole = write_exr(out, spec, [samples], threads=1)
    in_parts = np.split(samples, sorted(min(cut, height) for cut in cuts))
    assert write_exr(out, spec, in_parts, threads=threads) == whole
    assert read_samples(out).tobytes() == samples.tobytes()


@pytest.mark.parametrize("pixel_type", ["half", "float"])
@pytest.mark.parametrize("alpha", [False, True])
def test_a_reader_sees_what_it_sees_in_openimageio_s_own_file(tmp_path: Path, pixel_type: str, alpha: bool) -> None:
    spec = texture(20, 130, pixel_type, alpha)
    write_exr(tmp_path / "ours.exr", spec, [picture(spec)])
    image = oiio.ImageSpec(20, 130, spec.channels, pixel_type)
    image.attribute("ImageDescription", mark_text(spec.metadata))
    image.attribute("compression", "zip")
    output = exr_output()
    assert output.open(str(tmp_path / "theirs.exr"), image)
    assert output.write_image(picture(spec))
    assert output.close()
    assert seen(tmp_path / "ours.exr") == seen(tmp_path / "theirs.exr")


def seen(path: Path) -> tuple[str, bytes]:
    """All that OpenImageIO says about a file, and its pixels."""
    image = oiio.ImageInput.open(str(path))
    assert image is not None
    spec = image.spec()
    pixels = image.read_image(0, 0, 0, spec.nchannels, spec.format)
    assert pixels is not None
    spec.erase_attribute("DateTime")  # OpenImageIO's default
    return spec.to_xml(), pixels.tobytes()
