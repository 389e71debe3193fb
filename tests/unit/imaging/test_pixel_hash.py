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
from flatiron_tasks.imaging.pixel_hash import BLOCK_ROWS, PixelHash, block_digest, joined_digest, pixels_sha256_of


def samples(height: int, dtype: str = "uint8") -> npt.NDArray[Any]:
    values = np.arange(height * 5 * 3, dtype=np.uint32) * 2654435761 % 251
    return values.reshape(height, 5, 3).astype(dtype)


def rule(image: npt.NDArray[Any]) -> str:
    """The rule, word for word."""
    blocks = [image[top : top + 64] for top in range(0, len(image), 64)]
    return hashlib.sha256(b"".join(hashlib.sha256(block.tobytes()).digest() for block in blocks)).hexdigest()


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


@given(cuts=st.lists(st.integers(0, 150), max_size=6), height=st.sampled_from([1, 63, 64, 65, 128, 150]))
def test_the_hash_does_not_depend_on_the_bands(cuts: list[int], height: int) -> None:
    image = samples(height)
    pixels = PixelHash()
    for band in np.split(image, sorted(min(cut, height) for cut in cuts)):
        pixels.update(band)
    assert pixels.hexdigest() == rule(image)


def test_blocks_may_be_hashed_apart() -> None:
    image = samples(150)
    blocks = [image[top : top + BLOCK_ROWS] for top in range(0, 150, BLOCK_ROWS)]
    assert joined_digest(map(block_digest, blocks)) == rule(image)


def test_byte_order_in_memory_and_gaps_between_samples_do_not_matter() -> None:
    image = samples(70, "uint16")
    strange = np.zeros((70, 5, 4), ">u2")
    strange[..., :3] = image
    pixels = PixelHash()
    pixels.update(strange[..., :3])
    assert pixels.hexdigest() == rule(image) == joined_digest([block_digest(strange[:64, :, :3]), *_last(strange)])


def _last(strange: npt.NDArray[Any]) -> list[bytes]:
    return [block_digest(strange[64:, :, :3])]


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
