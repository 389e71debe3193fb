"""Every placeholder is a whole image that an independent reader decodes to exactly the picture that was drawn."""

import zlib
from collections.abc import Callable
from itertools import product
from pathlib import Path

import numpy as np
import numpy.typing as npt
import OpenImageIO as oiio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flatiron_tasks.contracts.elements import FILE_FORMATS, KINDS
from flatiron_tasks.contracts.errors import BadInputError
from flatiron_tasks.contracts.mark import find_mark, placeholder_mark
from max_submitter.placeholder import LONGEST_MARK, LONGEST_SIDE, placeholder_bytes
from max_submitter.placeholder.formats import FORMATS
from max_submitter.placeholder.palette import colours
from max_submitter.placeholder.picture import Picture, compose

Pixels = npt.NDArray[np.float64]

MARK = placeholder_mark("20260102-abcdef", "kitchen_CompleteMap.png")
FILES = [
    (name, pixel_type, alpha)
    for name, (_, pixel_types, holds_alpha) in FILE_FORMATS.items()
    for pixel_type, alpha in product(pixel_types, (False, True))
    if holds_alpha or not alpha
]
FULL_SCALE = {"uint8": 255.0, "uint16": 65535.0, "half": 1.0, "float": 1.0}
# What a reader may differ by, in parts of full scale: half's precision; the rounding of JPEG's colour transform.
TOLERANCE = {"half": 2**-11, "jpeg": 3 / 255}


def make(
    width: int = 64,
    height: int = 48,
    file_format: str = "png",
    pixel_type: str = "uint8",
    *,
    alpha: bool = False,
    kind: str = "color",
    job_name: str = "kitchen v12",
    mark: str = MARK,
) -> bytes:
    return placeholder_bytes(
        width=width,
        height=height,
        file_format=file_format,
        pixel_type=pixel_type,
        alpha=alpha,
        kind=kind,
        job_name=job_name,
        mark=mark,
    )


def write(folder: Path, file_format: str, content: bytes) -> Path:
    path = folder / f"placeholder.{file_format}"
    path.write_bytes(content)
    return path


def decode(path: Path) -> tuple[oiio.ImageSpec, Pixels]:
    """The whole first image as (height, width, channels) parts of full scale."""
    reader = oiio.ImageInput.open(str(path))
    assert reader is not None, oiio.geterror()
    spec = reader.spec()
    pixels = reader.read_image(spec.format)
    assert pixels is not None, reader.geterror()
    assert not reader.has_error
    reader.close()
    return spec, np.asarray(pixels, dtype=np.float64) / FULL_SCALE[str(spec.format)]


def drawn(picture: Picture, kind: str, pixel_type: str, *, alpha: bool) -> Pixels:
    palette = np.array(colours(kind, pixel_type, alpha=alpha), dtype=np.float64) / FULL_SCALE[pixel_type]
    rows = np.stack([np.repeat([role for role, _ in row], [length for _, length in row]) for row in picture.rows])
    indices = np.repeat([row for row, _ in picture.runs], [count for _, count in picture.runs])
    result: Pixels = palette[rows[indices]]
    return result


def assert_file_shows_what_was_drawn(
    path: Path, size: tuple[int, int], file_format: str, pixel_type: str, *, alpha: bool, kind: str = "color"
) -> None:
    spec, pixels = decode(path)
    assert (spec.width, spec.height, spec.nchannels, str(spec.format)) == (*size, 4 if alpha else 3, pixel_type)
    assert tuple(spec.channelnames) == tuple("RGBA"[: spec.nchannels])
    picture = compose(*size, "kitchen v12", grid=FORMATS[file_format].grid)
    tolerance = TOLERANCE.get(file_format, TOLERANCE.get(pixel_type, 1e-7))
    np.testing.assert_allclose(pixels, drawn(picture, kind, pixel_type, alpha=alpha), rtol=0, atol=tolerance)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("file_format", "pixel_type", "alpha"), FILES)
def test_every_texel_of_every_format_is_the_drawn_one(
    tmp_path: Path, file_format: str, pixel_type: str, alpha: bool, kind: str
) -> None:
    path = write(tmp_path, file_format, make(600, 520, file_format, pixel_type, alpha=alpha, kind=kind))
    assert_file_shows_what_was_drawn(path, (600, 520), file_format, pixel_type, alpha=alpha, kind=kind)


@settings(max_examples=150, deadline=None)
@given(file=st.sampled_from(FILES), width=st.integers(1, 300), height=st.integers(1, 300))
def test_any_size_decodes_fully_with_that_size(
    tmp_path_factory: pytest.TempPathFactory, file: tuple[str, str, bool], width: int, height: int
) -> None:
    file_format, pixel_type, alpha = file
    content = make(width, height, file_format, pixel_type, alpha=alpha)
    path = write(tmp_path_factory.getbasetemp(), file_format, content)
    assert_file_shows_what_was_drawn(path, (width, height), file_format, pixel_type, alpha=alpha)


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (8, 8), (9, 7), (5000, 3)])
@pytest.mark.parametrize(("file_format", "pixel_type", "alpha"), FILES)
def test_extreme_sizes_decode_too(
    tmp_path: Path, file_format: str, pixel_type: str, alpha: bool, size: tuple[int, int]
) -> None:
    path = write(tmp_path, file_format, make(*size, file_format, pixel_type, alpha=alpha))
    assert_file_shows_what_was_drawn(path, size, file_format, pixel_type, alpha=alpha)


@pytest.mark.parametrize(
    ("file_format", "pixel_type", "kind", "corner"),
    [
        ("png", "uint8", "color", (58 / 255, 58 / 255, 62 / 255)),
        ("png", "uint16", "normal", (128 / 255, 128 / 255, 1.0)),
        ("exr", "half", "normal", (0.5, 0.5, 1.0)),
        ("tiff", "float", "data", (112 / 255, 112 / 255, 112 / 255)),
        ("tiff", "float", "color", (0.04231141, 0.04231141, 0.04817182)),
    ],
)
def test_the_first_texel_is_the_ground_in_the_colour_state_of_the_format(
    tmp_path: Path, file_format: str, pixel_type: str, kind: str, corner: tuple[float, float, float]
) -> None:
    _, pixels = decode(write(tmp_path, file_format, make(256, 256, file_format, pixel_type, kind=kind)))
    assert pixels[0, 0] == pytest.approx(corner, abs=TOLERANCE["half"] if pixel_type == "half" else 1e-7)


@pytest.mark.parametrize(
    ("pixel_type", "container"), [("uint8", "tiff"), ("uint16", "tiff"), ("half", "exr"), ("float", "exr")]
)
def test_a_tx_placeholder_is_tiff_or_openexr_by_its_samples(pixel_type: str, container: str) -> None:
    assert make(file_format="tx", pixel_type=pixel_type) == make(file_format=container, pixel_type=pixel_type)


def test_a_normal_placeholder_leaves_every_normal_pointing_straight_out(tmp_path: Path) -> None:
    _, pixels = decode(write(tmp_path, "exr", make(256, 256, "exr", "float", kind="normal")))
    assert np.all(pixels[..., :2] == 0.5)
    assert pixels[..., 2].min() > 0.5


@pytest.mark.parametrize(("file_format", "pixel_type", "alpha"), FILES)
def test_the_mark_is_plain_text_in_the_first_4_kib(
    tmp_path: Path, file_format: str, pixel_type: str, alpha: bool
) -> None:
    content = make(2048, 2048, file_format, pixel_type, alpha=alpha)
    assert MARK.encode("ascii") in content[:4096]
    found = find_mark(write(tmp_path, file_format, content))
    assert found is not None
    assert found.text == MARK


@pytest.mark.parametrize(
    ("file_format", "attribute", "value"),
    [
        ("png", "ImageDescription", MARK),
        ("tiff", "ImageDescription", MARK),
        ("tga", "targa:ImageID", MARK),
        ("exr", "ImageDescription", MARK),
        ("tx", "ImageDescription", MARK),
        # OpenImageIO takes a JPEG comment with colons for an attribute and its value.
        ("jpeg", "flatiron:placeholder", MARK.removeprefix("flatiron:placeholder:")),
    ],
)
def test_image_programs_show_the_mark(tmp_path: Path, file_format: str, attribute: str, value: str) -> None:
    pixel_type = FILE_FORMATS[file_format][1][0]
    spec, _ = decode(write(tmp_path, file_format, make(file_format=file_format, pixel_type=pixel_type)))
    assert spec.get_string_attribute(attribute) == value


@settings(max_examples=100, deadline=None)
@given(name=st.text(max_size=300), file=st.sampled_from(FILES))
def test_any_texture_and_job_name_gives_an_image_whose_mark_is_found(
    tmp_path_factory: pytest.TempPathFactory, name: str, file: tuple[str, str, bool]
) -> None:
    file_format, pixel_type, alpha = file
    mark = placeholder_mark("20260102-abcdef", name + ".png")
    content = make(256, 128, file_format, pixel_type, alpha=alpha, job_name=name, mark=mark)
    path = write(tmp_path_factory.getbasetemp(), file_format, content)
    decode(path)
    found = find_mark(path)
    assert found is not None
    assert found.text == mark


@pytest.mark.parametrize(("file_format", "pixel_type", "alpha"), FILES)
def test_8192_texels_square_stay_below_four_mebibytes(file_format: str, pixel_type: str, alpha: bool) -> None:
    assert len(make(8192, 8192, file_format, pixel_type, alpha=alpha)) < 4 * 2**20


def _counted(monkeypatch: pytest.MonkeyPatch, name: str) -> list[None]:
    calls: list[None] = []
    original: Callable[..., object] = getattr(zlib, name)

    def counting(*args: object, **kwargs: object) -> object:
        calls.append(None)
        return original(*args, **kwargs)

    monkeypatch.setattr(zlib, name, counting)
    return calls


@pytest.mark.parametrize(
    ("file_format", "pixel_type", "compressor", "extra"),
    [("png", "uint16", "compressobj", 1), ("tiff", "float", "compress", 0), ("exr", "float", "compress", 0)],
)
def test_each_distinct_row_is_compressed_once(
    monkeypatch: pytest.MonkeyPatch, file_format: str, pixel_type: str, compressor: str, extra: int
) -> None:
    calls = _counted(monkeypatch, compressor)
    make(8192, 8192, file_format, pixel_type, alpha=True)
    assert len(calls) == len(compose(8192, 8192, "kitchen v12").rows) + extra


@pytest.mark.parametrize(("file_format", "pixel_type", "alpha"), FILES)
def test_the_same_request_gives_the_same_bytes(file_format: str, pixel_type: str, alpha: bool) -> None:
    first, second = (make(300, 200, file_format, pixel_type, alpha=alpha) for _ in range(2))
    assert first == second


def test_the_png_stream_keeps_its_checksum() -> None:
    content = make(1000, 700, "png", "uint16", alpha=True)
    stream, at = b"", 8
    while at < len(content):
        length = int.from_bytes(content[at : at + 4], "big")
        if content[at + 4 : at + 8] == b"IDAT":
            stream += content[at + 8 : at + 8 + length]
        at += length + 12
    assert len(zlib.decompress(stream)) == 700 * (1 + 1000 * 8)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"file_format": "bmp"}, "bmp"),
        ({"file_format": "png", "pixel_type": "half"}, "half"),
        ({"file_format": "tga", "pixel_type": "uint16"}, "uint16"),
        ({"file_format": "exr", "pixel_type": "uint8"}, "uint8"),
        ({"file_format": "jpeg", "alpha": True}, "alpha"),
        ({"kind": "colour"}, "colour"),
        ({"width": 0}, "0 x 48"),
        ({"height": LONGEST_SIDE + 1}, str(LONGEST_SIDE + 1)),
        ({"mark": ""}, "mark"),
        ({"mark": "é"}, "é"),
        ({"mark": "two\nlines"}, "lines"),
        ({"mark": "m" * (LONGEST_MARK + 1)}, "mark"),
    ],
)
def test_a_file_that_cannot_exist_is_refused_by_name(wrong: dict[str, object], named: str) -> None:
    with pytest.raises(BadInputError, match=named):
        make(**wrong)  # type: ignore[arg-type]
