"""A file is put in place only as it was written, wherever in it something was written again."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flatiron_tasks.contracts.errors import ShareError
from flatiron_tasks.imaging.output_file import OutputFile


def fill(output: OutputFile) -> None:
    """As the encoders do: a header and a table that are written again at the end."""
    output.write(bytes(8))
    output.file.write(bytes(16))
    for chunk in range(5):
        output.write(bytes([chunk]) * 100)
    output.file.seek(8)
    output.file.write(b"offsets of parts")
    output.rewrite_start(b"a header")
    output.file.flush()


def test_what_was_written_again_is_in_the_file(tmp_path: Path) -> None:
    with OutputFile(tmp_path / "t") as output:
        fill(output)
        assert output.commit().size == 524
    assert (tmp_path / "t").read_bytes()[:25] == b"a headeroffsets of parts\0"


@given(bit=st.integers(0, 524 * 8 - 1))
def test_a_file_with_any_bit_turned_over_is_never_put_in_place(
    tmp_path_factory: pytest.TempPathFactory, bit: int
) -> None:
    out = tmp_path_factory.getbasetemp() / "turned"
    with OutputFile(out) as output:
        fill(output)
        data = bytearray(output.temporary.read_bytes())
        data[bit // 8] ^= 1 << bit % 8
        output.temporary.write_bytes(data)
        with pytest.raises(ShareError, match="reads back as other bytes"):
            output.commit()
    assert not out.exists()


@pytest.mark.parametrize("damaged", [slice(0, 523), slice(0, 8), slice(0, 0)])
def test_a_file_that_lost_its_end_is_never_put_in_place(tmp_path: Path, damaged: slice) -> None:
    with OutputFile(tmp_path / "t") as output:
        fill(output)
        output.temporary.write_bytes(output.temporary.read_bytes()[damaged])
        with pytest.raises(ShareError, match="reads back as other bytes"):
            output.commit()


def test_a_file_with_something_behind_its_end_is_never_put_in_place(tmp_path: Path) -> None:
    with OutputFile(tmp_path / "t") as output:
        fill(output)
        output.temporary.write_bytes(output.temporary.read_bytes() + b"!")
        with pytest.raises(ShareError, match="reads back as other bytes"):
            output.commit()


@pytest.mark.parametrize(("offset", "data"), [(4, b"0123"), (0, b"shorter"), (4, b"across two parts"), (600, b"a gap")])
def test_what_is_not_written_again_as_a_whole_is_refused(tmp_path: Path, offset: int, data: bytes) -> None:
    """Nobody could say then which bytes the file has to have."""
    with OutputFile(tmp_path / "t") as output:
        fill(output)
        output.file.seek(offset)
        output.file.write(data)
        with pytest.raises(ShareError, match="reads back as other bytes"):
            output.commit()


def test_what_an_encoder_wrote_by_itself_is_put_in_place_as_it_is(tmp_path: Path) -> None:
    with OutputFile(tmp_path / "t") as output:
        output.temporary.write_bytes(b"an image")
        assert output.commit().size == 8
    assert (tmp_path / "t").read_bytes() == b"an image"
