"""The reader returns the bits of a whole, sound file, and refuses everything else without being led astray."""

from __future__ import annotations

import io
import struct
import zlib
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flatiron_tasks.contracts.errors import RejectedPieceError
from flatiron_tasks.imaging.exr.codec import BlankChunks, RawChunk, decode
from flatiron_tasks.imaging.exr.header import Box, UnsupportedExrError
from flatiron_tasks.imaging.exr.reader import ExrReader
from flatiron_tasks.imaging.planes import Planes
from tests.unit.imaging.exr_examples import (
    DTYPES,
    NAME,
    any_bits,
    foreign_exr,
    hand_made_exr,
    own_exr,
    peak_memory,
    read_exr,
    same_bits,
    smooth_planes,
)

ROW = bytes(range(32))
"""One row of 4 texels, half."""


def refused(data: bytes) -> RejectedPieceError:
    with pytest.raises(RejectedPieceError) as caught:
        read_exr(data)
    assert NAME.name in str(caught.value)
    return caught.value


@pytest.mark.parametrize("pixel_type", ["half", "float"])
@pytest.mark.parametrize("compression", ["none", "rle", "zips", "zip"])
def test_what_openimageio_wrote_is_read_to_the_bit(tmp_path: Path, compression: str, pixel_type: str) -> None:
    noise = any_bits(37, 29, pixel_type)  # mostly stored as it is
    slopes = smooth_planes(37, 129, pixel_type)
    slopes[:, 11:, 30:] = 0
    for planes in (noise, slopes):
        header, found = read_exr(foreign_exr(tmp_path, planes, x=7, y=5, compression=compression))
        assert same_bits(found, planes)
        assert (header.compression, header.pixel_type) == (compression, pixel_type)
        assert header.display == Box(0, 0, 4000, 3000)
        assert header.data == Box(7, 5, 7 + planes.shape[2], 42)
        assert header.channels == ("A", "B", "G", "R")


def test_texts_of_the_header_are_found(tmp_path: Path) -> None:
    header, _ = read_exr(foreign_exr(tmp_path, smooth_planes(1, 1), ImageDescription="a mark; café"))
    assert header.attributes["comments"] == "a mark; café"


def test_rows_may_be_stored_from_the_bottom_up(tmp_path: Path) -> None:
    planes = smooth_planes(40, 20)
    data = foreign_exr(tmp_path, planes, compression="zip", openexr__lineOrder="decreasingY")
    reader = ExrReader(io.BytesIO(data), name=NAME)
    assert [chunk.top for chunk in iter(reader.next_chunk, None)] == [32, 16, 0]
    assert same_bits(read_exr(data)[1], planes)


class _Trickle(io.BytesIO):
    """Gives fewer bytes than it is asked for."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(size or 0, 7))


def test_a_stream_that_gives_few_bytes_at_a_time_is_read_whole() -> None:
    planes = smooth_planes(20, 9)
    reader = ExrReader(_Trickle(own_exr(planes)), name=NAME)
    read = [decode(reader.header, chunk) for chunk in iter(reader.next_chunk, None)]
    assert same_bits(np.concatenate(read, axis=1), planes)


@pytest.mark.parametrize("compression", ["none", "rle", "zip"])
def test_a_truncated_exr_is_never_accepted(tmp_path: Path, compression: str) -> None:
    data = foreign_exr(tmp_path, smooth_planes(18, 8), compression=compression)
    for size in range(len(data)):
        refused(data[:size])


def test_an_unfinished_file_is_never_accepted(tmp_path: Path) -> None:
    data = bytearray(foreign_exr(tmp_path, smooth_planes(40, 8), compression="zip"))
    table = _table_at(bytes(data), 3)
    data[table + 8 : table + 16] = bytes(8)
    assert "offset table" in str(refused(bytes(data)))


def _table_at(data: bytes, chunks: int) -> int:
    """Where the offset table begins: its first entry points right behind it."""
    return next(at for at in range(len(data)) if data[at : at + 8] == struct.pack("<Q", at + 8 * chunks))


def test_exchanged_chunks_are_refused() -> None:
    data = bytearray(hand_made_exr([ROW, ROW[::-1]], rows=2))
    table = _table_at(bytes(data), 2)
    data[table : table + 16] = data[table + 8 : table + 16] + data[table : table + 8]
    assert "row 1" in str(refused(bytes(data)))


def test_chunks_that_do_not_lie_one_behind_the_other_are_refused() -> None:
    data = bytearray(hand_made_exr([ROW, ROW + bytes(8), ROW], rows=3, compression=1))
    table = _table_at(bytes(data), 3)
    (second,) = struct.unpack_from("<Q", data, table + 8)
    struct.pack_into("<i", data, second + 4, len(ROW))  # leaves 8 bytes that belong to nobody
    assert "offset table" in str(refused(bytes(data)))


@pytest.mark.parametrize("claim", [-(2**31), -1, 0, 31, 33, 2**31 - 1])
def test_a_chunk_of_another_size_is_refused(claim: int) -> None:
    data = bytearray(hand_made_exr([ROW]) + bytes(100))
    struct.pack_into("<i", data, data.index(ROW) - 4, claim)
    refused(bytes(data))


@pytest.mark.parametrize("count", [0, 31, 33, 128])
def test_a_payload_of_another_length_is_refused(count: int) -> None:
    refused(hand_made_exr([zlib.compress(bytes(count))], compression=2))


@pytest.mark.parametrize("payload", [zlib.compress(bytes(32)) + b"\0", zlib.compress(ROW, 0)])
def test_a_payload_that_is_longer_than_it_must_be_is_refused(payload: bytes) -> None:
    refused(hand_made_exr([payload], compression=2))


def test_a_payload_without_its_whole_checksum_is_refused() -> None:
    payload = zlib.compress(bytes(32))
    for missing in range(1, 5):
        refused(hand_made_exr([payload[:-missing]], compression=2))
    assert not read_exr(hand_made_exr([payload], compression=2))[1].view(np.uint16)[3, 0, 0]


def test_bytes_behind_the_last_rows_are_refused() -> None:
    data = own_exr(smooth_planes(16, 300))
    for more in (b"\0", bytes(10000)):
        assert "follows" in str(refused(data + more))


def test_no_flipped_bit_changes_a_compressed_pixel() -> None:
    planes = smooth_planes(18, 20)
    data = own_exr(planes)
    first = _table_at(data, 2) + 16
    for bit in range(8 * first, 8 * len(data)):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        try:
            _, found = read_exr(bytes(flipped))
        except RejectedPieceError:
            continue
        assert same_bits(found, planes)  # padding between deflate's last code and its checksum


SOUND = own_exr(smooth_planes(18, 12))


@given(at=st.integers(0, len(SOUND) - 1), new=st.binary(min_size=1, max_size=12), cut=st.integers(0, 40))
def test_damage_anywhere_gives_a_refusal_or_pixels(at: int, new: bytes, cut: int) -> None:
    damaged = SOUND[:at] + new + SOUND[at + cut :]
    try:
        header, planes = read_exr(damaged)
    except RejectedPieceError:
        return
    assert planes.shape == (4, header.rows, header.width)


@given(st.binary(max_size=400))
def test_garbage_behind_the_magic_number_is_refused(garbage: bytes) -> None:
    refused(struct.pack("<2i", 20000630, 2) + garbage)
    refused(garbage)


@given(st.integers(0, 3), st.lists(st.binary(min_size=1, max_size=64), min_size=1, max_size=1))
def test_garbage_as_payload_is_refused_or_the_size_of_its_rows(compression: int, payloads: list[bytes]) -> None:
    data = hand_made_exr(payloads, compression=compression)
    try:
        _, planes = read_exr(data)
    except RejectedPieceError:
        return
    assert planes.shape == (4, 1, 4)


def test_a_bomb_does_not_expand_beyond_its_rows() -> None:
    width, rows = 8192, 16
    size = width * rows * 8
    bomb = zlib.compress(bytes(100 * size), 9)
    assert len(bomb) < size
    data = hand_made_exr([bomb], width=width, rows=rows, compression=3, step=16)
    assert peak_memory(lambda: refused(data)) < 5 * size


def box(*edges: int) -> tuple[str, bytes]:
    return "box2i", struct.pack("<4i", *edges)


LIES: dict[str, dict[str, tuple[str, bytes] | None]] = {
    "wide": {"dataWindow": box(0, 0, 2**31 - 1, 0)},
    "high": {"dataWindow": box(0, -(2**31), 0, 2**31 - 1)},
    "as large as a map may be": {"dataWindow": box(0, 0, 65535, 65535)},
    "empty": {"dataWindow": box(0, 0, -1, 0)},
    "no window": {"dataWindow": None},
    "no channels": {"channels": ("chlist", b"\0")},
    "open list of channels": {"channels": ("chlist", b"A\0\1\0\0")},
    "another type": {"compression": ("int", b"\0")},
    "short window": {"displayWindow": ("box2i", bytes(8))},
    "unknown line order": {"lineOrder": ("lineOrder", b"\7")},
}


@pytest.mark.parametrize("lie", LIES)
def test_a_header_that_lies_costs_no_memory(lie: str) -> None:
    data = hand_made_exr([ROW], changed=LIES[lie])
    assert peak_memory(lambda: refused(data)) < 4_000_000


def test_an_attribute_that_claims_much_costs_no_memory() -> None:
    data = bytearray(hand_made_exr([ROW]))
    at = data.index(b"chlist\0") + 7
    for claim in (-1, 2**31 - 1, (1 << 24) - 100):
        data[at : at + 4] = struct.pack("<i", claim)
        assert peak_memory(lambda: refused(bytes(data))) < 4_000_000


def test_a_header_of_very_many_attributes_is_refused() -> None:
    """Each is small; together they would fill the memory."""
    few: dict[str, tuple[str, bytes] | None] = {f"a{index}": ("string", b"") for index in range(995)}
    assert len(read_exr(hand_made_exr([ROW], changed=few))[0].attributes) == 995
    for more in (6, 3000):
        many = {**few, **{f"more{index}": ("string", b"") for index in range(more)}}
        data = hand_made_exr([ROW], changed=many)
        assert "more than 1000 attributes" in refused(data).reason
        assert peak_memory(partial(refused, data)) < 4_000_000


def test_a_header_longer_than_a_mebibyte_is_refused() -> None:
    def data(size: int) -> bytes:
        return hand_made_exr(
            [ROW], changed={"first": ("string", bytes(size // 2)), "second": ("string", bytes(size // 2))}
        )

    read_exr(data((1 << 20) - 500))
    assert "are the most that is read" in refused(data(1 << 20)).reason


class _Counting(io.BytesIO):
    """Remembers the largest number of bytes that it was asked for: a file would allocate them before it looks."""

    largest = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.largest = max(self.largest, size or 0)
        return super().read(size)


def test_a_chunk_that_claims_much_costs_no_memory() -> None:
    payload = b"\xaa" * 100
    data = bytearray(hand_made_exr([payload], width=65536, rows=16, compression=3))
    struct.pack_into("<i", data, data.index(payload) - 4, 8 * 65536 * 16)
    stream = _Counting(bytes(data))
    with pytest.raises(RejectedPieceError, match="too early"):
        ExrReader(stream, name=NAME).next_chunk()
    assert 100 < stream.largest <= 1 << 20


def test_an_attribute_that_comes_twice_is_refused() -> None:
    data = hand_made_exr([ROW], changed={"dataWindoX": box(0, 0, 3, 0)})
    assert "twice" in str(refused(data.replace(b"dataWindoX", b"dataWindow")))


def test_channels_out_of_order_are_refused() -> None:
    channels = [("R", "half", 1), ("G", "half", 1), ("B", "half", 1), ("A", "half", 1)]
    assert "alphabetical" in str(refused(hand_made_exr([ROW], channels=channels)))


@pytest.mark.parametrize("options", [{"tile": 16}, {"compression": "piz"}, {"compression": "b44"}])
def test_forms_for_another_decoder_are_told_apart(tmp_path: Path, options: dict[str, int | str]) -> None:
    data = foreign_exr(tmp_path, smooth_planes(20, 20), **options)  # type: ignore[arg-type]
    with pytest.raises(UnsupportedExrError):
        read_exr(data)


@pytest.mark.parametrize("version", [2 | 0x200, 2 | 0x800, 2 | 0x1000])
def test_tiled_deep_and_multi_part_files_are_told_apart(version: int) -> None:
    with pytest.raises(UnsupportedExrError):
        read_exr(hand_made_exr([ROW], version=version))


@pytest.mark.parametrize(
    "channels",
    [
        [("A", "half", 1), ("B", "float", 1), ("G", "half", 1), ("R", "half", 1)],
        [("A", "uint", 1), ("B", "uint", 1), ("G", "uint", 1), ("R", "uint", 1)],
        [("A", "half", 1), ("B", "half", 2), ("G", "half", 1), ("R", "half", 1)],
    ],
)
def test_mixed_integer_and_subsampled_channels_are_told_apart(channels: list[tuple[str, str, int]]) -> None:
    with pytest.raises(UnsupportedExrError):
        read_exr(hand_made_exr([ROW], channels=channels))


def test_other_channels_are_listed_but_not_decoded() -> None:
    channels = [("B", "half", 1), ("G", "half", 1), ("R", "half", 1), ("Z", "half", 1)]
    reader = ExrReader(io.BytesIO(hand_made_exr([ROW], channels=channels)), name=NAME)
    assert reader.header.channels == ("B", "G", "R", "Z")
    chunk = reader.next_chunk()
    assert chunk is not None
    with pytest.raises(RejectedPieceError, match="B, G, R, Z"):
        decode(reader.header, chunk)


@pytest.mark.parametrize("compression", ["rle", "zips", "zip"])
@pytest.mark.parametrize("pixel_type", ["half", "float"])
def test_blank_chunks_are_known_again_and_others_never(tmp_path: Path, compression: str, pixel_type: str) -> None:
    planes = np.zeros((4, 88, 512), DTYPES[pixel_type])
    planes[:, 40] = smooth_planes(1, 512, pixel_type)[:, 0]
    known, decoded = _decode_unknown(foreign_exr(tmp_path, planes, compression=compression))
    blank = [chunk for chunk in known if not planes[:, chunk.top : chunk.top + chunk.rows].any()]
    assert known == blank
    assert len(known) >= 2
    assert all(same_bits(found, planes[:, chunk.top : chunk.top + chunk.rows]) for chunk, found in decoded)


def _decode_unknown(data: bytes) -> tuple[list[RawChunk], list[tuple[RawChunk, Planes]]]:
    """The chunks that were known to be blank, and the others with their samples."""
    reader, blank = ExrReader(io.BytesIO(data), name=NAME), BlankChunks()
    known, decoded = [], []
    for chunk in iter(reader.next_chunk, None):
        if chunk in blank:
            known.append(chunk)
            continue
        decoded.append((chunk, decode(reader.header, chunk)))
        blank.learn(*decoded[-1])
    return known, decoded


def test_a_blank_payload_at_another_number_of_rows_is_not_known() -> None:
    planes = np.zeros((4, 16, 512), np.float16)
    whole = ExrReader(io.BytesIO(own_exr(planes)), name=NAME).next_chunk()
    assert whole is not None
    blank = BlankChunks()
    blank.learn(whole, planes)
    assert whole in blank
    assert RawChunk(3, 48, 5, whole.payload, NAME) not in blank
