"""The deflate of our own files: any zlib's bytes, and a way out for what it would only lengthen."""

from __future__ import annotations

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flatiron_tasks.imaging.deflate import RAW, WITH_HEADER, deflated, stored


@given(part=st.binary(max_size=200), repeats=st.integers(0, 300), form=st.sampled_from([RAW, WITH_HEADER]))
def test_the_bytes_are_those_of_python_s_own_zlib(part: bytes, repeats: int, form: int) -> None:
    data = part * repeats
    stream = zlib.compressobj(1, zlib.DEFLATED, form, 9, zlib.Z_RLE)
    assert deflated(data, form=form) == stream.compress(data) + stream.flush()


@pytest.mark.parametrize("size", [1, 65534, 65535, 65536, 200_000])
def test_what_is_stored_is_a_stream_that_is_hardly_longer(size: int) -> None:
    data = bytes(range(256)) * 1000
    stream = stored(data[:size])
    assert zlib.decompress(stream) == data[:size]
    assert len(stream) == 2 + 5 * -(-size // 65535) + size + 4
