"""What stands in a finished file: exact samples, the mark, and nothing about time, host or path.

How a file comes to stand there is tested in `test_texture_writer`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio
import pytest

from flatiron_tasks.contracts.elements import FILE_FORMATS, PIXEL_TYPES, extension
from flatiron_tasks.contracts.errors import BadInputError, ShareError
from flatiron_tasks.contracts.mark import find_mark
from flatiron_tasks.imaging.colour import encode
from flatiron_tasks.imaging.compose import Layer, compose
from flatiron_tasks.imaging.pixel_hash import pixels_sha256_of
from flatiron_tasks.imaging.texture import MAX_MARK, TextureSpec, mark_text
from flatiron_tasks.imaging.verify import verify_texture_readable
from tests.unit.imaging.image_examples import MARK, covering, make_layer, random_pixels, read_samples

WIDTH, HEIGHT = 60, 130

Combination = tuple[str, str, bool]

COMBINATIONS: list[Combination] = [
    (file_format, pixel_type, alpha)
    for file_format, (_, pixel_types, holds_alpha) in FILE_FORMATS.items()
    for pixel_type in pixel_types
    for alpha in ([False, True] if holds_alpha else [False])
]
every_combination = pytest.mark.parametrize("combination", COMBINATIONS, ids=lambda held: "-".join(map(str, held)))


def spec(file_format: str, pixel_type: str, alpha: bool, **changes: Any) -> TextureSpec:
    values = {"width": WIDTH, "height": HEIGHT, "kind": "color", "metadata": {"flatiron": MARK}, **changes}
    return TextureSpec(file_format=file_format, pixel_type=pixel_type, alpha=alpha, **values)


@pytest.fixture
def layer(tmp_path: Path) -> Layer:
    pixels = random_pixels(HEIGHT, WIDTH, coverage=0.7)
    pixels[:70, 20:] = covering(70, WIDTH - 20, (0.1, 0.5, 0.9))
    return make_layer(tmp_path, "layer", pixels)


@pytest.mark.parametrize(("file_format", "longest"), [("jpeg", 65500), ("tga", 65535), ("png", 65536), ("tx", 65536)])
def test_a_side_that_the_format_cannot_hold_is_refused_at_once(file_format: str, longest: int) -> None:
    assert spec(file_format, "uint8", False, width=longest, height=longest).width == longest
    for side in ("width", "height"):
        with pytest.raises(BadInputError, match=str(longest + 1)) as refused:
            spec(file_format, "uint8", False, **{side: longest + 1})
        assert "Choose a smaller map" in refused.value.advice or longest == 65536


@every_combination
@pytest.mark.parametrize("kind", ["color", "data", "normal"])
def test_every_format_holds_the_exact_samples(
    tmp_path: Path, layer: Layer, combination: Combination, kind: str
) -> None:
    texture = spec(*combination, kind=kind)
    out = tmp_path / f"t{extension(combination[0])}"
    report = compose([layer], texture, out)
    verify_texture_readable(out, texture)
    pixels = random_pixels(HEIGHT, WIDTH, coverage=0.7)
    pixels[:70, 20:] = covering(70, WIDTH - 20, (0.1, 0.5, 0.9))
    expected = expected_samples(pixels, texture)
    samples = read_samples(out)
    assert samples.dtype == expected.dtype
    assert samples.shape == expected.shape
    if combination[0] == "jpeg":
        assert np.abs(samples[:64, 24:].astype(int) - expected[:64, 24:]).max() <= 2
    else:
        assert samples.tobytes() == expected.tobytes()
    assert report.size == out.stat().st_size
    assert report.pixels_sha256 == pixels_sha256_of(out)


def expected_samples(pixels: np.ndarray[Any, Any], texture: TextureSpec) -> np.ndarray[Any, Any]:
    """Straight colour in float64 where there is coverage, the background elsewhere."""
    exact = pixels.astype(np.float64)
    alpha = exact[..., 3]
    colour = np.zeros_like(exact[..., :3])
    colour[:] = (0.5, 0.5, 1) if texture.kind == "normal" else 0
    colour[alpha > 0] = exact[alpha > 0, :3]
    if not texture.premultiplied:
        colour[alpha > 0] /= alpha[alpha > 0, np.newaxis]
    samples = encode(colour, texture.pixel_type, srgb=texture.srgb)
    if not texture.alpha:
        return samples
    return np.concatenate([samples, encode(exact[..., 3:], texture.pixel_type, srgb=False)], axis=-1)


@every_combination
def test_the_same_input_gives_the_same_bytes_whatever_the_path_or_time(
    tmp_path: Path, layer: Layer, combination: Combination, monkeypatch: pytest.MonkeyPatch
) -> None:
    texture = spec(*combination, padding=4)
    (tmp_path / "elsewhere").mkdir()
    one = compose([layer], texture, tmp_path / "one.out", token="a")
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    other = compose([layer], texture, tmp_path / "elsewhere" / "ünother name.xyz", token="bbbbbbbb")
    assert one == other
    data = (tmp_path / "one.out").read_bytes()
    assert b"DateTime" not in data
    assert b"OpenImageIO" not in data
    assert str(tmp_path).encode() not in data
    assert not [year for year in range(2020, 2100) if f"{year}:".encode() in data.replace(MARK.encode(), b"")]


@every_combination
def test_the_mark_is_found_near_an_end_of_the_file(tmp_path: Path, combination: Combination) -> None:
    """The picture is large and cannot be compressed, so that both ends are far apart."""
    pixels = random_pixels(700, 300, coverage=1.0, edges=False)
    noise = make_layer(tmp_path, "noise", pixels)
    out = tmp_path / "t.out"
    compose([noise], spec(*combination, width=300, height=700), out)
    data = out.read_bytes()
    assert len(data) > 2 * 65536
    found = find_mark(out)
    assert found is not None
    assert found.text == MARK
    assert MARK.encode() in data[:65536] + data[-65536:]


@pytest.mark.parametrize("file_format", list(FILE_FORMATS))
def test_the_longest_mark_stays_in_one_piece(tmp_path: Path, file_format: str) -> None:
    mark = "m" * MAX_MARK
    pixel_type = FILE_FORMATS[file_format][1][0]
    out = tmp_path / "t.out"
    compose([], spec(file_format, pixel_type, False, metadata={"flatiron": mark}), out)
    assert mark.encode() in out.read_bytes()


def test_padding_changes_colour_but_not_alpha(tmp_path: Path) -> None:
    layer = make_layer(tmp_path, "a", covering(1, 1, (0.5, 0.25, 1), 0.5), x=3, y=3, size=(7, 7))
    for file_format, pixel_type, covered in (
        ("tiff", "float", (0.5, 0.25, 1, 0.5)),
        ("exr", "half", (0.25, 0.125, 0.5, 0.5)),
    ):
        compose([layer], spec(file_format, pixel_type, True, width=7, height=7, padding=1), tmp_path / "t")
        samples = read_samples(tmp_path / "t")
        assert samples[3, 3].tolist() == list(covered)
        for y, x in ((2, 3), (4, 3), (3, 2), (3, 4)):
            assert samples[y, x].tolist() == [0.5, 0.25, 1, 0]
        assert np.count_nonzero(samples.any(axis=-1)) == 5


def test_only_colour_in_integers_gets_the_srgb_transfer(tmp_path: Path) -> None:
    layer = make_layer(tmp_path, "a", covering(2, 2, (0.5, 0.5, 0.5)))
    values = {}
    for kind, file_format, pixel_type in (
        ("color", "png", "uint8"),
        ("data", "png", "uint8"),
        ("normal", "png", "uint8"),
        ("color", "tiff", "uint16"),
        ("color", "tiff", "float"),
        ("color", "exr", "half"),
    ):
        texture = spec(file_format, pixel_type, True, width=2, height=2, kind=kind)
        compose([layer], texture, tmp_path / "t")
        values[kind, file_format, pixel_type] = read_samples(tmp_path / "t")[0, 0].tolist()
    assert list(values.values()) == [
        [188, 188, 188, 255],
        [128, 128, 128, 255],
        [128, 128, 128, 255],
        [48192, 48192, 48192, 65535],
        [0.5, 0.5, 0.5, 1],
        [0.5, 0.5, 0.5, 1],
    ]


@pytest.mark.parametrize("kind", ["data", "normal"])
def test_png_without_transfer_does_not_claim_to_be_srgb(tmp_path: Path, kind: str) -> None:
    for out, texture_kind in ((tmp_path / "colour.png", "color"), (tmp_path / "other.png", kind)):
        compose([], spec("png", "uint8", False, kind=texture_kind), out)
    assert b"sRGB" in (tmp_path / "colour.png").read_bytes()
    assert b"sRGB" not in (tmp_path / "other.png").read_bytes()


@every_combination
def test_a_damaged_texture_is_never_called_readable(tmp_path: Path, layer: Layer, combination: Combination) -> None:
    texture = spec(*combination)
    out = tmp_path / "t.out"
    compose([layer], texture, out)
    data = out.read_bytes()
    for length in (0, 10, len(data) // 2):
        out.write_bytes(data[:length])
        with pytest.raises(ShareError, match="cannot be read back"):
            verify_texture_readable(out, texture)


def test_a_texture_that_is_something_else_is_not_called_readable(tmp_path: Path) -> None:
    written = spec("png", "uint8", False)
    compose([], written, tmp_path / "t.png")
    for other in (
        spec("png", "uint8", True),
        spec("png", "uint16", False),
        spec("tga", "uint8", False),
        spec("png", "uint8", False, width=61),
        spec("png", "uint8", False, height=131),
    ):
        with pytest.raises(ShareError, match="planned are"):
            verify_texture_readable(tmp_path / "t.png", other)
    with pytest.raises(ShareError):
        verify_texture_readable(tmp_path / "missing.png", written)


@pytest.mark.parametrize("file_format", [*FILE_FORMATS, "bmp"])
@pytest.mark.parametrize("pixel_type", [*PIXEL_TYPES, "double"])
@pytest.mark.parametrize("alpha", [False, True])
def test_what_no_file_can_hold_is_refused(file_format: str, pixel_type: str, alpha: bool) -> None:
    if (file_format, pixel_type, alpha) in COMBINATIONS:
        assert spec(file_format, pixel_type, alpha).channels == 3 + alpha
    else:
        with pytest.raises(BadInputError):
            spec(file_format, pixel_type, alpha)


@pytest.mark.parametrize(
    "changes",
    [
        {"width": 0},
        {"height": 65537},
        {"kind": "bump"},
        {"padding": -1},
        {"metadata": {"a": "ü"}},
        {"metadata": {"a": "\n"}},
    ],
)
def test_an_impossible_texture_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(BadInputError):
        spec("png", "uint8", True, **changes)


def test_a_mark_too_long_for_some_format_is_refused() -> None:
    assert mark_text({"a": "x" * 100, "b": "y"}) == "x" * 100 + " y"
    with pytest.raises(BadInputError, match="256 characters"):
        mark_text({"a": "x" * (MAX_MARK + 1)})


def test_files_open_in_a_reader_that_knows_nothing_of_us(tmp_path: Path, layer: Layer) -> None:
    """By extension alone, as other programs open them; premultiplication is the reader's business then."""
    for file_format, pixel_type, alpha in COMBINATIONS:
        out = tmp_path / f"t{extension(file_format)}"
        compose([layer], spec(file_format, pixel_type, alpha), out)
        buffer = oiio.ImageBuf(str(out))
        assert buffer.read(force=True), buffer.geterror()
        assert (buffer.spec().width, buffer.spec().height) == (WIDTH, HEIGHT)
