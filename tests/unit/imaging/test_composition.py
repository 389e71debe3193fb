"""Combining layers: plan order, free coverage, overlaps, normals, and bytes that depend on nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import OpenImageIO as oiio
import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flatiron_tasks.contracts.errors import BadInputError, RejectedPieceError, ShareError
from flatiron_tasks.imaging import compose as compose_module
from flatiron_tasks.imaging import layer_stack
from flatiron_tasks.imaging.accumulate import BandAccumulator
from flatiron_tasks.imaging.compose import ComposeReport, Layer, Overlap, TextureSpec, compose
from flatiron_tasks.imaging.exr.header import Box
from flatiron_tasks.imaging.layer_stack import LayerStack, UnusableLayerError
from flatiron_tasks.imaging.overlap import OVERLAP_TOLERANCE, OverlapTally
from tests.unit.imaging.image_examples import Array, covering, make_layer, random_pixels, read_samples

WIDTH, HEIGHT = 70, 100


def spec(**changes: object) -> TextureSpec:
    values: dict[str, object] = {
        "width": WIDTH,
        "height": HEIGHT,
        "kind": "data",
        "file_format": "exr",
        "pixel_type": "half",
        "alpha": True,
        **changes,
    }
    return TextureSpec(**values)  # type: ignore[arg-type]


def composed(layers: Sequence[Layer], folder: Path, **changes: object) -> tuple[Array, ComposeReport]:
    report = compose(layers, spec(**changes), folder / "texture.out")
    return read_samples(folder / "texture.out"), report


def atlas(folder: Path, *, dtype: type = np.float16) -> list[Layer]:
    """Objects that touch, nest, overlap, leave rows empty; one of one texel, one empty."""
    windows = [(0, 0, 30, 40), (30, 0, 40, 35), (5, 5, 20, 20), (60, 30, 10, 66), (69, 99, 1, 1), (10, 50, 45, 21)]
    layers = [
        make_layer(folder, f"o{number}", random_pixels(h, w, seed=number, dtype=dtype), x=x, y=y, size=(WIDTH, HEIGHT))
        for number, (x, y, w, h) in enumerate(windows)
    ]
    return [*layers, make_layer(folder, "empty", np.zeros((3, 3, 4), dtype), size=(WIDTH, HEIGHT))]


def reference(images: Sequence[Array], *, normals: bool) -> Array:
    """The rule of `accumulate`, texel by texel in Python's float64."""
    result = np.zeros_like(images[0])
    for y, x in np.ndindex(result.shape[:2]):
        covering_here = [image[y, x] for image in images if image[y, x, 3] > 0]
        if len(covering_here) == 1:
            result[y, x] = covering_here[0]
        elif covering_here:
            result[y, x] = shared_texel([[float(part) for part in texel] for texel in covering_here], normals=normals)
    return result


def shared_texel(texels: list[list[float]], *, normals: bool) -> list[float]:
    sums = list(texels[0])
    strongest = texels[0]
    for texel in texels[1:]:
        used = min(texel[3], 1.0 - sums[3])
        weight = 1.0 if used == texel[3] else used / texel[3]
        if used:
            sums = [*(sums[part] + texel[part] * weight for part in range(3)), min(sums[3] + used, 1.0)]
        strongest = texel if texel[3] > strongest[3] else strongest
    if normals:
        return [*(part * (sums[3] / strongest[3]) for part in strongest[:3]), sums[3]]
    return sums


alphas = st.sampled_from([0.0, 0.0, 2**-24, 0.1, 0.25, 0.3330078125, 0.5, 0.75, 0.9995, 1.0])
colours = st.floats(-4, 100, width=16)
texels = st.tuples(colours, colours, colours, alphas).map(
    lambda texel: [part * texel[3] for part in texel[:3]] + [texel[3]]
)


def planes(pixels: Array) -> Array:
    return np.ascontiguousarray(pixels.transpose(2, 0, 1))


@given(
    images=st.lists(st.lists(texels, min_size=6, max_size=6), min_size=1, max_size=5),
    normals=st.booleans(),
    dtype=st.sampled_from([np.float16, np.float32]),
)
def test_combining_follows_the_rule_to_the_last_bit(
    images: list[list[list[float]]], normals: bool, dtype: type
) -> None:
    arrays: list[Array] = [np.array(image, dtype).reshape(2, 3, 4) for image in images]
    for array in arrays:
        array[array[..., 3] == 0] = 0
    band = BandAccumulator(begin=5, rows=2, width=3, dtype=np.dtype(dtype), normals=normals, tally=None)
    for number, array in enumerate(arrays):
        band.add(number, 0, 5, planes(array))
    assert band.result().tobytes() == planes(reference(arrays, normals=normals)).tobytes()


@settings(max_examples=30)
@given(st.permutations(range(4)))
def test_objects_that_share_no_texel_combine_in_any_order_to_the_same_bytes(order: list[int]) -> None:
    pieces = [random_pixels(3, 3, seed=number) for number in range(4)]
    results = []
    for sequence in (range(4), order):
        band = BandAccumulator(begin=0, rows=3, width=12, dtype=np.dtype(np.float16), normals=False, tally=None)
        for number in sequence:
            band.add(number, number * 3, 0, planes(pieces[number]))
        results.append(band.result().tobytes())
    assert results[0] == results[1]


def test_a_single_object_passes_through_untouched(tmp_path: Path) -> None:
    pixels = random_pixels(HEIGHT, WIDTH, coverage=0.8)
    pixels[0, 0] = (65504, -3, 6e-8, 1)
    samples, report = composed([make_layer(tmp_path, "a", pixels)], tmp_path)
    assert samples.tobytes() == pixels.tobytes()
    assert report.covered_texels == np.count_nonzero(pixels[..., 3])
    assert report.overlaps == ()


def test_the_first_object_wins_where_it_covers_fully_and_the_overlap_is_reported(tmp_path: Path) -> None:
    first = make_layer(tmp_path, "first", covering(20, 30, (1, 0, 0)), x=5, y=10, size=(WIDTH, HEIGHT))
    second = make_layer(tmp_path, "second", covering(40, 10, (0, 1, 0)), x=30, y=0, size=(WIDTH, HEIGHT))
    samples, report = composed([first, second], tmp_path)
    assert (samples[10:30, 5:35] == (1, 0, 0, 1)).all()
    assert (samples[10:30, 35:40] == (0, 1, 0, 1)).all()
    assert report.overlaps == (Overlap("first", "second", 100, Box(30, 10, 35, 30)),)
    samples, report = composed([second, first], tmp_path)
    assert (samples[10:30, 30:35] == (0, 1, 0, 1)).all()
    assert report.overlaps == (Overlap("second", "first", 100, Box(30, 10, 35, 30)),)


def test_overlaps_name_the_first_object_that_covered_each_texel(tmp_path: Path) -> None:
    layers = [
        make_layer(tmp_path, name, covering(4, 4, (1, 1, 1)), x=x, size=(WIDTH, HEIGHT))
        for name, x in (("a", 0), ("b", 2), ("c", 1))
    ]
    _, report = composed(layers, tmp_path)
    assert report.overlaps == (
        Overlap("a", "b", 8, Box(2, 0, 4, 4)),
        Overlap("a", "c", 12, Box(1, 0, 4, 4)),
        Overlap("b", "c", 4, Box(4, 0, 5, 4)),
    )


@pytest.mark.parametrize("rules", [{"padding": 9}, {"padding": 9, "wrap": True}, {"fill_all": True, "wrap": True}])
def test_rows_that_padding_needs_again_are_not_counted_again(tmp_path: Path, rules: dict[str, object]) -> None:
    layers = atlas(tmp_path)
    plain, padded = (
        compose(layers, spec(**changes), tmp_path / "t", _band_rows=7) for changes in (dict[str, object](), rules)
    )
    assert plain.overlaps
    assert padded.overlaps == plain.overlaps
    assert padded.covered_texels == plain.covered_texels


def test_two_half_covering_objects_share_a_texel_by_their_alpha(tmp_path: Path) -> None:
    layers = [
        make_layer(tmp_path, "a", covering(1, 1, (1, 0, 0), 0.25), size=(1, 1)),
        make_layer(tmp_path, "b", covering(1, 1, (0, 1, 0), 0.75), size=(1, 1)),
    ]
    samples, report = composed(layers, tmp_path, width=1, height=1)
    assert samples[0, 0].tolist() == [0.25, 0.75, 0, 1]
    assert report.overlaps == ()


@pytest.mark.parametrize(("excess", "overlaps"), [(OVERLAP_TOLERANCE, 0), (OVERLAP_TOLERANCE + 2**-10, 1)])
def test_only_a_cut_beyond_the_tolerance_is_an_overlap(tmp_path: Path, excess: float, overlaps: int) -> None:
    layers = [
        make_layer(tmp_path, "a", covering(1, 1, (1, 0, 0), 0.5), size=(1, 1)),
        make_layer(tmp_path, "b", covering(1, 1, (0, 1, 0), 0.5 + excess), size=(1, 1)),
    ]
    samples, report = composed(layers, tmp_path, width=1, height=1)
    assert samples[0, 0].tolist() == [0.5, 0.5, 0, 1]
    assert len(report.overlaps) == overlaps


def test_normals_are_never_blended_between_objects(tmp_path: Path) -> None:
    layers = [
        make_layer(tmp_path, "a", covering(1, 1, (0.25, 0.5, 1), 0.25), size=(1, 1)),
        make_layer(tmp_path, "b", covering(1, 1, (0.75, 0.5, 1), 0.5), size=(1, 1)),
        make_layer(tmp_path, "c", covering(1, 1, (0.5, 0.5, 1), 0.5), size=(1, 1)),
    ]
    samples, _ = composed(layers, tmp_path, width=1, height=1, kind="normal", file_format="tiff", pixel_type="float")
    assert samples[0, 0].tolist() == [0.75, 0.5, 1, 1]


@pytest.mark.parametrize("kind", ["color", "data", "normal"])
@pytest.mark.parametrize(("file_format", "pixel_type"), [("png", "uint8"), ("tiff", "uint16"), ("exr", "half")])
@pytest.mark.parametrize(
    "rules", [{"padding": 0}, {"padding": 5}, {"padding": 40, "wrap": True}, {"fill_all": True, "wrap": True}]
)
def test_band_size_does_not_change_the_bytes(
    tmp_path: Path, kind: str, file_format: str, pixel_type: str, rules: dict[str, object]
) -> None:
    layers = atlas(tmp_path)
    texture = spec(kind=kind, file_format=file_format, pixel_type=pixel_type, **rules)
    reports = {
        compose(layers, texture, tmp_path / "t", holes=[(80, 90)], _band_rows=rows) for rows in (1, 7, 64, HEIGHT)
    }
    assert len(reports) == 1


def test_thread_count_does_not_change_the_bytes(tmp_path: Path) -> None:
    layers = atlas(tmp_path)
    before = oiio.get_int_attribute("threads")
    reports = set()
    try:
        for threads in (1, 4):
            oiio.attribute("threads", threads)
            for file_format, pixel_type in (("png", "uint8"), ("tiff", "uint8"), ("exr", "half")):
                texture = spec(file_format=file_format, pixel_type=pixel_type, padding=3)
                reports.add(compose(layers, texture, tmp_path / "t"))
    finally:
        oiio.attribute("threads", before)
    assert len(reports) == 3


def test_float_layers_stay_float(tmp_path: Path) -> None:
    pixels = random_pixels(HEIGHT, WIDTH, coverage=1.0, dtype=np.float32)
    samples, _ = composed([make_layer(tmp_path, "a", pixels)], tmp_path, pixel_type="float")
    assert samples.tobytes() == pixels.tobytes()


def test_half_and_float_layers_combine_as_float(tmp_path: Path) -> None:
    wide = random_pixels(HEIGHT, 30, coverage=1.0, dtype=np.float32)
    narrow = random_pixels(HEIGHT, 40, coverage=1.0)
    layers = [
        make_layer(tmp_path, "a", wide, size=(WIDTH, HEIGHT)),
        make_layer(tmp_path, "b", narrow, x=30, size=(WIDTH, HEIGHT)),
    ]
    samples, _ = composed(layers, tmp_path, pixel_type="float")
    assert np.array_equal(samples, np.concatenate([wide, narrow], axis=1))


def test_more_layers_than_may_be_open_at_once(tmp_path: Path) -> None:
    layers = [make_layer(tmp_path, f"o{x}", covering(2, 1, (x, 0, 0)), x=x, size=(150, 2)) for x in range(150)]
    report = compose(layers, spec(width=150, height=2), tmp_path / "t", _band_rows=1)
    assert (read_samples(tmp_path / "t")[1, :, 0] == np.arange(150)).all()
    assert report.covered_texels == 300
    assert most_open(layers) <= layer_stack._OPEN_FILES


def most_open(layers: list[Layer]) -> int:
    """The most files of these layers that are open at once while bands are read."""
    opened = []
    for _ in LayerStack(layers, width=150, height=2, normals=False).bands(1):
        opened.append(sum("/o" in file.path and file.path.endswith(".exr") for file in psutil.Process().open_files()))
    return max(opened)


def test_no_layers_give_the_background(tmp_path: Path) -> None:
    samples, report = composed([], tmp_path, kind="normal", file_format="png", pixel_type="uint8", fill_all=True)
    assert (samples == (128, 128, 255, 0)).all()
    assert (report.covered_texels, report.padded_texels) == (0, 0)


def test_missing_rows_are_hatched_and_not_padded_into(tmp_path: Path) -> None:
    layers = [make_layer(tmp_path, "a", covering(30, 20, (0, 1, 0)), x=10, y=10, size=(WIDTH, HEIGHT))]
    texture = spec(file_format="png", pixel_type="uint8", fill_all=True)
    report = compose(layers, texture, tmp_path / "t", holes=[(30, 60), (99, 100)])
    samples = read_samples(tmp_path / "t")
    assert (samples[10:40, 10:30] == (0, 255, 0, 255)).all()
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    missing = (((y >= 30) & (y < 60)) | (y == 99)) & ~((y >= 10) & (y < 40) & (x >= 10) & (x < 30))
    assert {tuple(texel) for texel in samples[missing].tolist()} == {(255, 0, 255, 255), (0, 0, 0, 255)}
    assert report.hatched_texels == np.count_nonzero(missing)
    assert report.padded_texels == HEIGHT * WIDTH - report.covered_texels - report.hatched_texels


def test_progress_ends_at_the_last_row(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    compose(
        atlas(tmp_path), spec(), tmp_path / "t", on_progress=lambda done, rows: seen.append((done, rows)), _band_rows=30
    )
    assert seen == [(30, 100), (60, 100), (90, 100), (100, 100)]


def test_a_layer_of_another_map_or_a_broken_one_is_rejected_and_nothing_is_written(tmp_path: Path) -> None:
    layer = make_layer(tmp_path, "a", random_pixels(50, 50), size=(WIDTH, HEIGHT))
    out = tmp_path / "out" / "t.exr"
    out.parent.mkdir()
    with pytest.raises(RejectedPieceError, match="70x100"):
        compose([layer], spec(width=71), out)
    data = layer.path.read_bytes()
    for length in (len(data) - 1, len(data) // 2, 600):
        layer.path.write_bytes(data[:length])
        with pytest.raises(RejectedPieceError, match=r"a\.exr"):
            compose([layer], spec(), out)
    assert not list(out.parent.iterdir())


def test_an_unwritable_folder_and_impossible_holes_are_clear_errors(tmp_path: Path) -> None:
    with pytest.raises(ShareError, match="cannot be written"):
        compose([], spec(), tmp_path / "missing" / "t.exr")
    with pytest.raises(BadInputError, match="cannot be missing"):
        compose([], spec(), tmp_path / "t.exr", holes=[(90, 101)])


def test_a_tally_does_not_depend_on_how_it_is_fed() -> None:
    whole, parts = OverlapTally(), OverlapTally()
    first, x, y = np.array([0, 1, 0, 1, 1]), np.array([4, 2, 9, 3, 1]), np.array([1, 1, 2, 2, 3])
    whole.add(first, 2, x, y)
    for row in (1, 2, 3):
        parts.add(first[y == row], 2, x[y == row], y[y == row])
    assert whole.report("abc") == parts.report("abc")


def test_a_layer_that_changes_between_two_readings_is_refused_before_its_rows_are_placed(tmp_path: Path) -> None:
    layer = make_layer(tmp_path, "a", covering(20, 10, (1, 0, 0)), x=WIDTH - 10, size=(WIDTH, HEIGHT))
    stack = LayerStack([layer], width=WIDTH, height=HEIGHT, normals=False)
    make_layer(tmp_path, "a", covering(20, 30, (1, 0, 0)), x=WIDTH - 30, size=(WIDTH, HEIGHT))
    with pytest.raises(UnusableLayerError, match="changed while it was used") as refused:
        stack.rows(0, HEIGHT)
    assert refused.value.index == 0


def test_rows_outside_a_band_are_an_error_and_never_written(tmp_path: Path) -> None:
    band = BandAccumulator(begin=0, rows=4, width=8, dtype=np.dtype(np.float16), normals=False, tally=None)
    with pytest.raises(IndexError):
        band.add(0, 5, 0, planes(covering(4, 4, (1, 1, 1))))


def test_many_objects_on_one_place_cost_no_more_memory_than_the_budget(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pixels = random_pixels(HEIGHT, WIDTH, coverage=0.9)
    layers = [make_layer(tmp_path, f"o{number}", pixels) for number in range(8)]
    plain, _ = composed(layers, tmp_path)
    monkeypatch.setattr(compose_module, "_HELD_BYTES", 4096)
    bounded, report = composed(layers, tmp_path)
    assert bounded.tobytes() == plain.tobytes()
    assert len(report.overlaps) > 0
