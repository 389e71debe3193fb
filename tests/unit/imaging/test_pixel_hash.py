"""The pixel hash: equal for equal samples however they arrive and whatever file holds them, unequal otherwise."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import OpenImageIO as oiio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flatiron_tasks.contracts.errors import RejectedPieceError
from flatiron_tasks.imaging.pixel_hash import (
    BLOCK_ROWS,
    Geometry,
    block_digest,
    holds_more_images,
    joined_digest,
    pixels_sha256_of,
)


def samples(height: int, dtype: str = "uint8") -> npt.NDArray[Any]:
    values = np.arange(height * 5 * 3, dtype=np.uint32) * 2654435761 % 251
    return values.reshape(height, 5, 3).astype(dtype)


def rule(image: npt.NDArray[Any]) -> str:
    """The rule, word for word."""
    height, width, channels = image.shape
    line = f"{width} {height} {channels} {image.dtype}\n".encode()
    blocks = [image[top : top + 64] for top in range(0, len(image), 64)]
    return hashlib.sha256(line + b"".join(hashlib.sha256(block.tobytes()).digest() for block in blocks)).hexdigest()


def written(path: Path, image: npt.NDArray[Any], **attributes: str) -> Path:
    height, width, channels = image.shape
    spec = oiio.ImageSpec(width, height, channels, str(image.dtype))
    for name, value in attributes.items():
        spec.attribute(name, value)
    output = oiio.ImageOutput.create(str(path))
    assert output is not None
    assert output.open(str(path), spec)
    assert output.write_image(image)
    assert output.close()
    return path


def joined(image: npt.NDArray[Any]) -> str:
    height, width, channels = image.shape
    blocks = [image[top : top + BLOCK_ROWS] for top in range(0, height, BLOCK_ROWS)]
    return joined_digest(Geometry(width, height, channels, image.dtype.name), map(block_digest, blocks))


@pytest.mark.parametrize("height", [1, 63, 64, 65, 128, 150])
def test_blocks_may_be_hashed_apart(tmp_path: Path, height: int) -> None:
    image = samples(height)
    assert joined(image) == rule(image) == pixels_sha256_of(written(tmp_path / "a.png", image))


def test_byte_order_in_memory_and_gaps_between_samples_do_not_matter() -> None:
    image = samples(70, "uint16")
    strange = np.zeros((70, 5, 4), ">u2")
    strange[..., :3] = image
    assert joined(strange[..., :3]) == rule(image)


@given(
    first=st.tuples(*[st.integers(1, 6)] * 3),
    second=st.tuples(*[st.integers(1, 6)] * 3),
    types=st.tuples(*[st.sampled_from(["uint8", "uint16", "half", "float"])] * 2),
)
def test_the_same_bytes_in_another_shape_or_type_have_another_hash(
    first: tuple[int, int, int], second: tuple[int, int, int], types: tuple[str, str]
) -> None:
    one, other = Geometry(*first, types[0]), Geometry(*second, types[1])
    same = joined_digest(one, [bytes(32)]) == joined_digest(other, [bytes(32)])
    assert same == (one == other)


def test_an_image_turned_into_another_shape_has_another_hash(tmp_path: Path) -> None:
    image = samples(60)
    for number, shape in enumerate([(30, 10, 3), (20, 15, 3), (100, 9, 1), (300, 1, 3)]):
        reshaped = written(tmp_path / f"{number}.png", image.reshape(shape))
        assert pixels_sha256_of(reshaped) != rule(image)


def test_further_images_in_a_file_are_noticed(tmp_path: Path) -> None:
    plain = written(tmp_path / "a.tif", samples(70))
    assert not holds_more_images(plain)
    assert oiio.ImageBufAlgo.make_texture(oiio.MakeTxTexture, oiio.ImageBuf(str(plain)), str(tmp_path / "b.tx"))
    assert holds_more_images(tmp_path / "b.tx")
    page = oiio.ImageSpec(5, 7, 3, "uint8")
    output = oiio.ImageOutput.create(str(tmp_path / "c.tif"))
    assert output is not None
    assert output.open(str(tmp_path / "c.tif"), (page, page))
    assert output.write_image(samples(7))
    assert output.open(str(tmp_path / "c.tif"), page, "AppendSubimage")
    assert output.write_image(samples(7))
    assert output.close()
    assert holds_more_images(tmp_path / "c.tif")


def test_an_image_saved_again_with_other_settings_has_the_same_hash(tmp_path: Path) -> None:
    image = samples(100)
    first = written(tmp_path / "a.png", image, compression="zip:1")
    again = written(tmp_path / "b.png", image, compression="zip:9", Author="somebody")
    other_format = written(tmp_path / "c.tif", image)
    assert first.read_bytes() != again.read_bytes()
    assert {pixels_sha256_of(path) for path in (first, again, other_format)} == {rule(image)}


def test_one_changed_sample_changes_the_hash(tmp_path: Path) -> None:
    image = samples(100)
    changed = image.copy()
    changed[99, 4, 2] ^= 1
    assert pixels_sha256_of(written(tmp_path / "a.png", changed)) != rule(image)


def test_a_file_that_does_not_decode_has_no_hash(tmp_path: Path) -> None:
    path = written(tmp_path / "a.png", samples(100))
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(RejectedPieceError):
        pixels_sha256_of(path)
