"""`.tx` textures: tiles, exact mip levels down to one texel, found by OpenImageIO's texture system."""

from __future__ import annotations

import io
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt
import OpenImageIO as oiio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flatiron_tasks.contracts.errors import ShareError
from flatiron_tasks.contracts.mark import find_mark
from flatiron_tasks.imaging import tx
from flatiron_tasks.imaging.image_input import ImageFile, dtype_of
from flatiron_tasks.imaging.mipmap import Halver, level_sizes
from flatiron_tasks.imaging.parallel import Crew
from flatiron_tasks.imaging.texture import TextureSpec
from flatiron_tasks.imaging.verify import verify_texture_readable
from flatiron_tasks.imaging.write import texture_writer
from tests.unit.imaging.image_examples import MARK

Samples = npt.NDArray[Any]

PIXEL_TYPES = ("uint8", "uint16", "half", "float")
every_type = pytest.mark.parametrize("pixel_type", PIXEL_TYPES)


def texture(width: int, height: int, pixel_type: str, alpha: bool = True, **changes: Any) -> TextureSpec:
    values = {"kind": "color", "metadata": {"flatiron": MARK}, **changes}
    return TextureSpec(width=width, height=height, file_format="tx", pixel_type=pixel_type, alpha=alpha, **values)


def noise(width: int, height: int, pixel_type: str, channels: int = 4, seed: int = 0) -> Samples:
    rng = np.random.default_rng(seed)
    dtype = dtype_of(pixel_type)
    shape = (height, width, channels)
    return (rng.integers(0, np.iinfo(dtype).max + 1, shape) if dtype.kind == "u" else rng.random(shape)).astype(dtype)


def write_tx(path: Path, spec: TextureSpec, samples: Samples) -> None:
    with Crew(2) as crew, texture_writer(path, spec, crew=crew) as writer:
        writer.write(samples)
        writer.commit()


def levels(path: Path, count: int) -> list[Samples]:
    with ImageFile(path) as image:
        return [level_of(image, level) for level in range(count)]


def level_of(image: ImageFile, level: int) -> Samples:
    image.choose_level(level)
    return image.rows(0, image.spec.height)


def half_size(samples: Samples, **rules: bool) -> Samples:
    """The next level, made at once."""
    return Halver(len(samples), **rules).add(samples)


def windows(side: int) -> list[slice]:
    """Which texels of a side make one of the next level, by the rule: two, three at an odd end."""
    half = max(1, side // 2)
    return [slice(2 * place, 2 * place + 2 if place + 1 < half else side) for place in range(half)]


def rule(samples: Samples, *, weighted: bool = False) -> Samples:
    """The mean of every window with exact numbers, integers rounded half up, other types to their nearest number.

    Colour counts as much as its texel's alpha, if it has one; where all alpha is 0 it counts as everywhere else.
    """
    rows, columns = windows(len(samples)), windows(samples.shape[1])
    result = np.empty((len(rows), len(columns), samples.shape[2]), samples.dtype)
    for y, x, channel in np.ndindex(result.shape):
        window = samples[rows[y], columns[x]].reshape(-1, samples.shape[2])
        weights = [Fraction(texel[3].item()) if weighted and channel < 3 else Fraction(1) for texel in window]
        weights = weights if any(weights) else [Fraction(1)] * len(window)
        parts = [Fraction(texel[channel].item()) * weight for texel, weight in zip(window, weights, strict=True)]
        mean = sum(parts) / sum(weights)
        result[y, x, channel] = int(mean + Fraction(1, 2)) if samples.dtype.kind == "u" else float(mean)
    return result


@settings(max_examples=80, deadline=None)
@given(
    width=st.integers(1, 9),
    height=st.integers(1, 12),
    pixel_type=st.sampled_from(PIXEL_TYPES),
    cuts=st.lists(st.integers(0, 12), max_size=4),
    seed=st.integers(0, 99),
    straight=st.booleans(),
    soft=st.booleans(),
)
def test_every_level_is_the_exact_mean_however_the_rows_arrive(
    width: int, height: int, pixel_type: str, cuts: list[int], seed: int, straight: bool, soft: bool
) -> None:
    samples = noise(width, height, pixel_type, seed=seed)
    alpha = samples[..., 3]
    samples[..., 3] = np.where(alpha < alpha.mean(), 0, alpha if soft else alpha.max())
    halver = Halver(height, premultiplied=not straight)
    bands = np.split(samples, sorted(min(cut, height) for cut in cuts))
    made = np.concatenate([halver.add(band) for band in bands])
    assert made.dtype == samples.dtype
    expected = rule(samples, weighted=straight)
    if pixel_type == "float" and (width % 2 or height % 2 or straight):
        np.testing.assert_array_max_ulp(made, expected, 1)  # a quotient is rounded before it is stored
    else:
        assert made.tobytes() == expected.tobytes()


@pytest.mark.parametrize("pixel_type", PIXEL_TYPES)
def test_what_lies_under_uncovered_texels_does_not_bleed_into_a_level(pixel_type: str) -> None:
    dtype = dtype_of(pixel_type)
    top = np.iinfo(dtype).max if dtype.kind == "u" else 1
    samples = np.zeros((2, 4, 4), dtype)
    samples[0, 0] = top
    samples[:, 2:] = (top, 0, 0, 0)  # padding
    made = half_size(samples)[0].tolist()
    quarter = (top + 2) // 4 if dtype.kind == "u" else 0.25
    assert made == [[top, top, top, quarter], [top, 0, 0, 0]]


@pytest.mark.parametrize("pixel_type", ["uint8", "uint16"])
def test_weighted_means_of_integers_round_half_up(pixel_type: str) -> None:
    """(1 * 3 + 2 * 3) / 6 is a tie; (1 * 4 + 2 * 3) / 7 lies below one."""
    row = np.array([[[1, 0, 0, 3], [2, 1, 0, 3], [1, 0, 0, 4], [2, 1, 0, 3]]], dtype_of(pixel_type))
    assert half_size(row)[0].tolist() == [[2, 1, 0, 3], [1, 0, 0, 4]]


@pytest.mark.parametrize("pixel_type", ["uint8", "half"])
def test_a_direction_beside_uncovered_texels_stays_bit_for_bit(pixel_type: str) -> None:
    """Also one that the renderer did not make exactly unit length."""
    samples = noise(2, 2, pixel_type)
    samples[..., 3] = [[1, 0], [0, 0]]
    assert np.array_equal(half_size(samples, normals=True)[0, 0, :3], samples[0, 0, :3])


def test_levels_go_down_to_one_texel_and_round_down() -> None:
    assert level_sizes(100, 35) == [(100, 35), (50, 17), (25, 8), (12, 4), (6, 2), (3, 1), (1, 1)]
    assert level_sizes(1, 4) == [(1, 4), (1, 2), (1, 1)]
    assert level_sizes(1, 1) == [(1, 1)]


def directions(*vectors: tuple[float, float, float], pixel_type: str = "float", alpha: float = 1) -> Samples:
    """A row of texels that hold these directions."""
    top = np.iinfo(dtype_of(pixel_type)).max if pixel_type.startswith("u") else 1
    texels = [[((part + 1) / 2) * top for part in vector] + [alpha * top] for vector in vectors]
    return np.array([texels]).round(6).astype(dtype_of(pixel_type))


@pytest.mark.parametrize(("pixel_type", "tolerance"), [("uint8", 1 / 127), ("uint16", 1e-4), ("half", 1e-3)])
def test_directions_that_were_mixed_have_unit_length_again(pixel_type: str, tolerance: float) -> None:
    mixed = half_size(directions((1, 0, 0), (0, 0, 1), pixel_type=pixel_type), normals=True)[0, 0, :3]
    top = np.iinfo(mixed.dtype).max if mixed.dtype.kind == "u" else 1
    assert mixed.astype(np.float64) / top * 2 - 1 == pytest.approx([0.5**0.5, 0, 0.5**0.5], abs=tolerance)


def test_a_direction_that_was_not_mixed_stays_bit_for_bit() -> None:
    """Also one that the renderer did not make exactly unit length."""
    flat = noise(1, 1, "uint8").repeat(4, axis=0).repeat(4, axis=1)
    assert np.array_equal(half_size(flat, normals=True), flat[:2, :2])


def test_directions_that_cancel_out_keep_their_mean() -> None:
    assert half_size(directions((1, 0, 0), (-1, 0, 0)), normals=True)[0, 0].tolist() == [0.5, 0.5, 0.5, 1]


def test_the_mean_of_directions_that_are_multiplied_by_alpha_stays_as_it_is() -> None:
    texels = directions((1, 0, 0), (0, 0, 1), alpha=0.5)
    plain = half_size(texels, premultiplied=True)
    assert np.array_equal(half_size(texels, normals=True, premultiplied=True), plain)
    assert not np.array_equal(half_size(texels, normals=True), plain)


def test_infinite_samples_do_not_break_a_level() -> None:
    row = np.array([[[np.inf], [-np.inf], [np.inf], [1]]], np.float16)
    assert np.isnan(half_size(row)[0, 0, 0])
    assert half_size(row)[0, 1, 0] == np.inf


@every_type
@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("kind", ["color", "normal"])
def test_a_tx_file_holds_all_levels_in_tiles(tmp_path: Path, pixel_type: str, alpha: bool, kind: str) -> None:
    spec = texture(150, 133, pixel_type, alpha, kind=kind)
    samples = noise(150, 133, pixel_type, spec.channels)
    write_tx(tmp_path / "t.tx", spec, samples)
    expected = [samples]
    while expected[-1].shape[:2] != (1, 1):
        expected.append(half_size(expected[-1], normals=kind == "normal", premultiplied=spec.premultiplied))
    found = levels(tmp_path / "t.tx", len(expected))
    assert [level.shape[1::-1] for level in found] == level_sizes(150, 133)
    assert [level.tobytes() for level in found] == [level.tobytes() for level in expected]
    with ImageFile(tmp_path / "t.tx") as image:
        assert image.format_name == ("tiff" if pixel_type.startswith("u") else "openexr")
        assert (image.spec.tile_width, image.spec.tile_height) == (64, 64)
        assert image.spec.get_string_attribute("textureformat") == "Plain Texture"
        assert not image.has_part(0, len(expected))


@pytest.mark.parametrize(("wrap", "modes"), [(False, "clamp,clamp"), (True, "periodic,periodic")])
@pytest.mark.parametrize("pixel_type", ["uint8", "half"])
def test_the_file_says_whether_it_tiles(tmp_path: Path, wrap: bool, modes: str, pixel_type: str) -> None:
    write_tx(tmp_path / "t.tx", texture(4, 4, pixel_type, wrap=wrap), noise(4, 4, pixel_type))
    with ImageFile(tmp_path / "t.tx") as image:
        assert image.spec.get_string_attribute("wrapmodes") == modes


@every_type
def test_openimageio_s_texture_system_filters_over_the_stored_levels(tmp_path: Path, pixel_type: str) -> None:
    """A look-up as wide as the whole texture finds the smallest level; as a converted file it would be refused."""
    path = tmp_path / "t.tx"
    samples = np.zeros((128, 128, 3), dtype_of(pixel_type))
    top = np.iinfo(samples.dtype).max if samples.dtype.kind == "u" else 1
    samples[:, 64:] = top
    write_tx(path, texture(128, 128, pixel_type, alpha=False, kind="data"), samples)
    system = oiio.TextureSystem(shared=False)
    system.attribute("automip", 0)
    system.attribute("accept_untiled", 0)
    system.attribute("accept_unmipped", 0)
    for footprint, expected in ((1 / 256, 0), (1, 0.5)):
        found = system.texture(str(path), oiio.TextureOpt(), 0.25, 0.5, footprint, 0, 0, footprint, 3)
        assert found == pytest.approx([expected] * 3, abs=0.01), system.geterror()


@every_type
def test_the_mark_is_found_in_a_large_file(tmp_path: Path, pixel_type: str) -> None:
    write_tx(tmp_path / "t.tx", texture(400, 400, pixel_type), noise(400, 400, pixel_type))
    assert (tmp_path / "t.tx").stat().st_size > 3 * 65536
    found = find_mark(tmp_path / "t.tx")
    assert found is not None
    assert found.text == MARK


@every_type
def test_a_file_whose_last_level_is_damaged_is_never_called_readable(tmp_path: Path, pixel_type: str) -> None:
    spec = texture(100, 100, pixel_type)
    write_tx(tmp_path / "t.tx", spec, noise(100, 100, pixel_type))
    data = (tmp_path / "t.tx").read_bytes()
    (tmp_path / "t.tx").write_bytes(data[:-3])
    with pytest.raises(ShareError, match="cannot be read back"):
        verify_texture_readable(tmp_path / "t.tx", spec)


def test_a_plain_image_is_not_called_a_tx(tmp_path: Path) -> None:
    spec = texture(100, 100, "uint8")
    write_tx(tmp_path / "t.tx", spec, noise(100, 100, "uint8"))
    buffer = oiio.ImageBuf(str(tmp_path / "t.tx"))
    for tiles, named in ((0, "not in tiles"), (64, "mip level 1")):
        buffer.set_write_tiles(tiles, tiles)
        assert buffer.write(str(tmp_path / "plain.tif"))
        with pytest.raises(ShareError, match=named):
            verify_texture_readable(tmp_path / "plain.tif", spec)


def test_levels_that_wait_on_the_disk_are_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec, samples = texture(200, 100, "half"), noise(200, 100, "half")
    write_tx(tmp_path / "memory.tx", spec, samples)
    monkeypatch.setattr(tx, "_MEMORY_BYTES", 1)
    write_tx(tmp_path / "disk.tx", spec, samples)
    assert (tmp_path / "memory.tx").read_bytes() == (tmp_path / "disk.tx").read_bytes()


def test_levels_wait_on_the_disk_from_the_start_if_they_are_more_than_the_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each level has its place from the start: a spool would be filled with zeros up to that of the last one."""
    opened: list[IO[bytes]] = []

    def on_the_disk() -> IO[bytes]:
        opened.append(io.BytesIO())
        return opened[-1]

    monkeypatch.setattr(tempfile, "TemporaryFile", on_the_disk)
    size = 4 * (2 * 2 + 1)  # of the levels below 4x4
    for limit, files in ((size, 0), (size - 1, 1)):
        monkeypatch.setattr(tx, "_MEMORY_BYTES", limit)
        levels_ = tx._SmallerLevels(texture(4, 4, "uint8"))
        assert len(opened) == files
        levels_.add(noise(4, 4, "uint8"))
        levels_.close()


class _FullDisk(io.BytesIO):
    def __init__(self, **_: object) -> None:
        super().__init__()

    def write(self, data: Any) -> int:
        raise OSError("No space left on device")


def test_a_full_temporary_folder_is_named_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tx, "_MEMORY_BYTES", 1)
    monkeypatch.setattr(tempfile, "TemporaryFile", _FullDisk)
    with pytest.raises(ShareError, match="local disk"):
        write_tx(tmp_path / "t.tx", texture(100, 100, "uint8"), noise(100, 100, "uint8"))
    assert list(tmp_path.iterdir()) == []
