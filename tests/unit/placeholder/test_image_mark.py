"""A mark says whose file it is: found wherever writers put metadata, never read beyond its end, never invented."""

from pathlib import Path

import OpenImageIO as oiio
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flatiron_tasks.contracts.errors import BadInputError
from flatiron_tasks.contracts.mark import LONGEST_MARK, Mark, find_mark, placeholder_mark, texture_mark

JOB = "20260102-abcdef"
PNG = b"\x89PNG\r\n\x1a\n"
job_ids = st.from_regex(r"[a-z0-9][a-z0-9-]{7,63}", fullmatch=True)
any_text = st.text(min_size=1, max_size=300)


def found_in(folder: Path, content: bytes) -> Mark | None:
    path = folder / "image"
    path.write_bytes(content)
    return find_mark(path)


@given(job_id=job_ids, name=any_text)
@example(job_id="a" * 64, name="é" * 300)
@example(job_id="a" * 8, name="a" * 300)
@example(job_id="a" * 8, name="\udcff:.png")
def test_any_texture_name_survives_as_bounded_ascii(
    tmp_path_factory: pytest.TempPathFactory, job_id: str, name: str
) -> None:
    mark = placeholder_mark(job_id, name)
    assert mark.isascii()
    assert len(mark) <= LONGEST_MARK
    found = found_in(tmp_path_factory.getbasetemp(), PNG + mark.encode("ascii"))
    assert found == Mark("placeholder", job_id, mark.split(":")[3].rstrip(";"))
    assert found.text == mark


def test_the_texts_are_the_documented_ones() -> None:
    assert placeholder_mark(JOB, "wall: ö.png") == f"flatiron:placeholder:{JOB}:wall%3A%20%C3%B6.png;"
    assert texture_mark("0f" * 32, "0.1.0") == f"flatiron:texture:{'0f' * 32}:0.1.0;"


def test_long_names_that_differ_at_the_end_have_different_marks() -> None:
    assert placeholder_mark(JOB, "x" * 300 + "1.png") != placeholder_mark(JOB, "x" * 300 + "2.png")


@pytest.mark.parametrize("next_byte", [b"A", b"7", b";", b"\0", b"\xff", b"%41"])
def test_bytes_after_a_mark_are_not_part_of_it(tmp_path: Path, next_byte: bytes) -> None:
    found = found_in(tmp_path, PNG + texture_mark("cafe" * 4, "1").encode() + next_byte)
    assert found == Mark("texture", "", "cafe" * 4 + ":1")


@pytest.mark.parametrize(
    "text",
    [
        "flatiron:placeholder:short:a.png;",
        f"flatiron:placeholder:{'x' * 65}:a.png;",
        "flatiron:placeholder:Upper-case-1:a.png;",
        "flatiron:placeholder:-leading-hyphen:a.png;",
        f"flatiron:placeholder:{JOB}:;",
        f"flatiron:placeholder:{JOB}:a b.png;",
        f"flatiron:placeholder:{JOB}:a%zz.png;",
        f"flatiron:placeholder:{JOB}:cut-off",
        f"flatiron:texture:{'cafe' * 4};",
        f"flatiron:other:{JOB}:a.png;",
        f"FLATIRON:placeholder:{JOB}:a.png;",
    ],
)
def test_text_outside_the_grammar_is_no_mark(tmp_path: Path, text: str) -> None:
    assert found_in(tmp_path, PNG + text.encode()) is None


@pytest.mark.parametrize(("before", "after"), [(60_000, 500_000), (500_000, 60_000), (70_000, 20_000), (0, 0)])
def test_a_mark_near_either_end_is_found(tmp_path: Path, before: int, after: int) -> None:
    mark = placeholder_mark(JOB, "a.png")
    found = found_in(tmp_path, PNG + bytes(before) + mark.encode() + bytes(after))
    assert found == Mark("placeholder", JOB, "a.png")


def test_texels_in_the_middle_of_a_file_are_not_searched(tmp_path: Path) -> None:
    mark = placeholder_mark(JOB, "a.png").encode()
    assert found_in(tmp_path, PNG + bytes(100_000) + mark + bytes(100_000)) is None


@pytest.mark.parametrize("content", [b"", b"x", PNG, b'{"mark": "' + placeholder_mark(JOB, "a.png").encode() + b'"}'])
def test_what_is_no_marked_image_has_no_mark(tmp_path: Path, content: bytes) -> None:
    assert found_in(tmp_path, content) is None


def test_a_missing_file_has_no_mark(tmp_path: Path) -> None:
    assert find_mark(tmp_path / "missing" / "a.png") is None


def test_a_file_that_cannot_be_read_is_an_error_not_an_unmarked_file(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=str(tmp_path.name)):
        find_mark(tmp_path)


@pytest.mark.parametrize("suffix", ["png", "tif", "tga", "jpg", "exr"])
def test_a_mark_that_openimageio_wrote_is_found(tmp_path: Path, suffix: str) -> None:
    spec = oiio.ImageSpec(700, 700, 3, "half" if suffix == "exr" else "uint8")
    spec.attribute("ImageDescription", texture_mark("0f" * 32, "0.1.0"))
    path = tmp_path / f"texture.{suffix}"
    assert oiio.ImageBuf(spec).write(str(path))
    assert find_mark(path) == Mark("texture", "", "0f" * 32 + ":0.1.0")


@pytest.mark.parametrize(
    ("texture_hash", "version"),
    [("cafe", "1"), ("", "1"), ("ca:fe" * 4, "1"), ("cafe" * 4 + "\n", "1"), ("cafe" * 4, "1;")],
)
def test_parts_outside_the_grammar_are_refused(texture_hash: str, version: str) -> None:
    with pytest.raises(BadInputError, match="cannot be part of an image's mark"):
        texture_mark(texture_hash, version)


def test_a_placeholder_without_a_job_or_a_name_is_refused() -> None:
    with pytest.raises(BadInputError, match="job id"):
        placeholder_mark("Bad Id", "a.png")
    with pytest.raises(BadInputError, match="name is empty"):
        placeholder_mark(JOB, "")
