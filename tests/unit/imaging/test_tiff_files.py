"""The TIFF encoder: read by others to the bit, the same for every cut and thread count, never half a TIFF."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import OpenImageIO as oiio
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from flatiron_tasks.contracts.mark import find_mark
from flatiron_tasks.imaging import tiff
from flatiron_tasks.imaging.image_input import dtype_of
from flatiron_tasks.imaging.output_file import OutputFile
from flatiron_tasks.imaging.parallel import Crew
from flatiron_tasks.imaging.texture import TextureSpec, mark_text
from flatiron_tasks.imaging.tiff import TiffEncoder
from flatiron_tasks.imaging.write import texture_writer
from tests.unit.imaging.image_examples import MARK, read_samples

Samples = npt.NDArray[Any]
TYPES = ["uint8", "uint16", "float"]
every_form = pytest.mark.parametrize(("pixel_type", "alpha"), [(kind, alpha) for kind in TYPES for alpha in (0, 1)])


def texture(width: int, height: int, pixel_type: str = "uint8", alpha: bool = True, **changes: Any) -> TextureSpec:
    values = {"kind": "color", "metadata": {"flatiron": MARK}, **changes}
    return TextureSpec(width=width, height=height, file_format="tiff", pixel_type=pixel_type, alpha=alpha, **values)


def any_bits(spec: TextureSpec) -> Samples:
    """What no encoder can make smaller; in floats every kind of number."""
    shape, dtype = (spec.height, spec.width, spec.channels), dtype_of(spec.pixel_type)
    data = np.random.default_rng(1).bytes(int(np.prod(shape)) * dtype.itemsize)
    return np.frombuffer(data, dtype).reshape(shape)


def picture(spec: TextureSpec) -> Samples:
    """Noise in the left half, one colour in the right."""
    samples = any_bits(spec).copy()
    samples[:, spec.width // 2 :] = samples[0, 0]
    return samples


def write_tiff(path: Path, spec: TextureSpec, bands: Sequence[Samples], *, threads: int = 2) -> bytes:
    with Crew(threads) as crew, texture_writer(path, spec, crew=crew) as writer:
        for band in bands:
            writer.write(band)
        writer.commit()
    return path.read_bytes()


CODES = {2: "s", 3: "H", 4: "I", 16: "Q"}


def fields(data: bytes) -> dict[int, Any]:
    """The directory by a reader of its own: tag -> values, or text."""
    big = data[2] == 43
    assert data[:8] == b"II+\0\x08\0\0\0" if big else data[:4] == b"II*\0"
    number, inline = ("Q", 8) if big else ("I", 4)
    (at,) = struct.unpack_from(f"<{number}", data, inline)
    count_code = "<Q" if big else "<H"
    (count,) = struct.unpack_from(count_code, data, at)
    at += struct.calcsize(count_code)
    found: dict[int, Any] = {}
    for entry in range(at, at + count * (4 + 2 * inline), 4 + 2 * inline):
        tag, kind, length = struct.unpack_from(f"<HH{number}", data, entry)
        values = f"<{length}{CODES[kind]}"
        place = entry + 4 + inline
        if struct.calcsize(values) > inline:
            (place,) = struct.unpack_from(f"<{number}", data, place)
            assert place % 2 == 0
        found[tag] = struct.unpack_from(values, data, place)
    assert list(found) == sorted(found)
    assert data[at + count * (4 + 2 * inline) :].startswith(bytes(inline))  # no other image
    return found


def strips(data: bytes) -> list[bytes]:
    """The predicted bytes of every strip, by Python's zlib."""
    found = fields(data)
    return [zlib.decompress(data[at : at + size]) for at, size in zip(found[273], found[279], strict=True)]


@settings(max_examples=60, deadline=None)
@given(
    width=st.integers(1, 90),
    height=st.integers(1, 200),
    pixel_type=st.sampled_from(TYPES),
    alpha=st.booleans(),
    cuts=st.lists(st.integers(0, 200), max_size=5),
    threads=st.integers(1, 3),
)
@example(width=1, height=1, pixel_type="uint8", alpha=False, cuts=[], threads=1)
@example(width=7, height=64, pixel_type="uint16", alpha=True, cuts=[64], threads=1)
@example(width=7, height=128, pixel_type="float", alpha=True, cuts=[1, 65], threads=2)
def test_any_picture_decodes_exactly_and_has_the_same_bytes_for_all_cuts_and_threads(
    tmp_path_factory: pytest.TempPathFactory,
    width: int,
    height: int,
    pixel_type: str,
    alpha: bool,
    cuts: list[int],
    threads: int,
) -> None:
    out = tmp_path_factory.getbasetemp() / "any.tif"
    spec = texture(width, height, pixel_type, alpha)
    samples = picture(spec)
    whole = write_tiff(out, spec, [samples], threads=1)
    in_parts = np.split(samples, sorted(min(cut, height) for cut in cuts))
    assert write_tiff(out, spec, in_parts, threads=threads) == whole
    assert read_samples(out).tobytes() == samples.tobytes()
    assert sum(map(len, strips(whole))) == samples.nbytes


@pytest.mark.parametrize("pixel_type", ["uint8", "uint16"])
def test_integers_are_differences_to_the_texel_before(tmp_path: Path, pixel_type: str) -> None:
    spec = texture(5, 70, pixel_type, alpha=False)
    samples = any_bits(spec)
    data = write_tiff(tmp_path / "t.tif", spec, [samples])
    differences = np.frombuffer(b"".join(strips(data)), samples.dtype).reshape(samples.shape)
    assert np.cumsum(differences, axis=1, dtype=samples.dtype).tobytes() == samples.tobytes()
    assert fields(data)[317] == (2,)


def test_floats_are_differences_of_their_bytes_the_highest_first(tmp_path: Path) -> None:
    spec = texture(5, 70, "float", alpha=True)
    samples = any_bits(spec)
    data = write_tiff(tmp_path / "t.tif", spec, [samples])
    differences = np.frombuffer(b"".join(strips(data)), np.uint8).reshape(70, 4 * 5, 4)
    by_significance = np.cumsum(differences, axis=1, dtype=np.uint8).reshape(70, 4, 5 * 4)
    assert by_significance.transpose(0, 2, 1).tobytes() == samples.astype(">f4").tobytes()
    assert fields(data)[317] == (3,)


@every_form
@pytest.mark.parametrize("width", [300, 1000])
def test_what_deflate_would_lengthen_is_stored(tmp_path: Path, pixel_type: str, alpha: int, width: int) -> None:
    """OpenImageIO does not read longer strips, and the size of a file is known beforehand, see `_MOST_OF_CLASSIC`."""
    spec = texture(width, 64, pixel_type, bool(alpha))
    samples = any_bits(spec)
    data = write_tiff(tmp_path / "t.tif", spec, [samples])
    assert read_samples(tmp_path / "t.tif").tobytes() == samples.tobytes()
    assert len(data) <= samples.nbytes * 65540 / 65535 + 500


def test_a_strip_has_the_bytes_of_python_s_own_zlib() -> None:
    spec = texture(300, 64)
    strip = tiff.encoded_strip(picture(spec))
    deflate = zlib.compressobj(1, zlib.DEFLATED, 15, 9, zlib.Z_RLE)
    assert strip == deflate.compress(zlib.decompress(strip)) + deflate.flush()


@every_form
def test_the_directory_says_what_readers_must_know_and_nothing_else(
    tmp_path: Path, pixel_type: str, alpha: int
) -> None:
    spec = texture(20, 70, pixel_type, bool(alpha))
    channels = 3 + alpha
    found = fields(write_tiff(tmp_path / "t.tif", spec, [picture(spec)]))
    assert {tag: values for tag, values in found.items() if tag not in (273, 279)} == {
        256: (20,),
        257: (70,),
        258: ({"uint8": 8, "uint16": 16, "float": 32}[pixel_type],) * channels,
        259: (8,),
        262: (2,),
        270: (MARK.encode() + b"\0",),
        274: (1,),
        277: (channels,),
        278: (64,),
        284: (1,),
        317: (3 if pixel_type == "float" else 2,),
        **({338: (2,)} if alpha else {}),
        339: (3 if pixel_type == "float" else 1,) * channels,
    }


def openimageio_file(path: Path, spec: TextureSpec, samples: Samples) -> Path:
    """The same texture by OpenImageIO's own TIFF writer."""
    image = oiio.ImageSpec(spec.width, spec.height, spec.channels, spec.pixel_type)
    image.attribute("ImageDescription", mark_text(spec.metadata))
    image.attribute("DateTime", "")
    image.attribute("compression", "zip")
    image.attribute("tiff:RowsPerStrip", 64)
    if spec.alpha:
        image.attribute("oiio:UnassociatedAlpha", 1)
    output = oiio.ImageOutput.create("tiff")
    assert output is not None
    assert output.open(str(path), image)
    assert output.write_image(samples)
    assert output.close()
    return path


@every_form
def test_a_reader_sees_what_it_sees_in_openimageio_s_own_file(tmp_path: Path, pixel_type: str, alpha: int) -> None:
    spec = texture(20, 130, pixel_type, bool(alpha))
    samples = picture(texture(20, 130, pixel_type, bool(alpha)))
    samples = np.nan_to_num(samples, posinf=1, neginf=0) if pixel_type == "float" else samples
    write_tiff(tmp_path / "ours.tif", spec, [samples])
    openimageio_file(tmp_path / "theirs.tif", spec, samples)
    assert seen(tmp_path / "ours.tif") == seen(tmp_path / "theirs.tif")


def seen(path: Path) -> tuple[str, bytes]:
    """All that OpenImageIO says about a file, and its pixels as it gives them to programs, premultiplied."""
    image = oiio.ImageInput.open(str(path))
    assert image is not None
    pixels = image.read_image(oiio.FLOAT)
    assert pixels is not None
    return image.spec().to_xml(), pixels.tobytes()


@every_form
def test_the_big_form_holds_the_same_picture(
    tmp_path: Path, pixel_type: str, alpha: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = texture(33, 150, pixel_type, bool(alpha))
    samples = picture(spec)
    classic = write_tiff(tmp_path / "classic.tif", spec, [samples])
    monkeypatch.setattr(tiff, "_MOST_OF_CLASSIC", 0)
    big = write_tiff(tmp_path / "big.tif", spec, [samples])
    assert (classic[:4], big[:4]) == (b"II*\0", b"II+\0")
    assert read_samples(tmp_path / "big.tif").tobytes() == samples.tobytes()
    assert strips(big) == strips(classic)
    assert find_mark(tmp_path / "big.tif") == find_mark(tmp_path / "classic.tif") is not None


@pytest.mark.parametrize(("height", "begin"), [(16_000, b"II*\0"), (16_384, b"II+\0")])
def test_only_a_texture_that_could_reach_4_gib_has_the_big_form(tmp_path: Path, height: int, begin: bytes) -> None:
    with Crew(1) as crew, OutputFile(tmp_path / "t.tif") as output:
        encoder = TiffEncoder(texture(65_536, height), output, crew)
        encoder.finish()
        assert output.temporary.read_bytes()[:4] == begin


def test_the_mark_of_the_highest_texture_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lists of its 1024 strips stand beside the mark; in the big form they are longest."""
    monkeypatch.setattr(tiff, "_MOST_OF_CLASSIC", 0)
    spec = texture(4, 65_536)
    write_tiff(tmp_path / "t.tif", spec, [any_bits(spec)])
    found = find_mark(tmp_path / "t.tif")
    assert found is not None
    assert found.text == MARK


def test_an_unfinished_file_is_no_tiff(tmp_path: Path) -> None:
    spec = texture(60, 130)
    with Crew(1) as crew, texture_writer(tmp_path / "t.tif", spec, crew=crew, token="x") as writer:
        writer.write(any_bits(spec)[:128])
        assert not (tmp_path / "t.x.tmp.tif").read_bytes()[:8].strip(b"\0")
