"""Joining the strips of a pass gives one layer that depends on the texels alone."""

from __future__ import annotations

import hashlib
import os
import pickle
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flatiron_tasks.contracts.errors import BadInputError, RejectedPieceError, ShareError
from flatiron_tasks.imaging import spool
from flatiron_tasks.imaging.gate import PieceExpectation, PieceSource
from flatiron_tasks.imaging.layer import (
    LayerHeader,
    LayerInfo,
    RejectedSourceError,
    read_layer_info,
    write_layer,
)
from flatiron_tasks.imaging.parallel import Crew
from flatiron_tasks.imaging.planes import Planes
from tests.unit.imaging.image_examples import (
    MARK,
    Array,
    make_layer,
    random_pixels,
    read_samples,
    receipt_of,
    write_exr,
)

WIDTH, HEIGHT = 50, 90


class Strips:
    """Writes pieces to a folder beside the layers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    def piece(
        self,
        pixels: Array,
        x: int = 0,
        y: int = 0,
        rows: tuple[int, int] | None = None,
        compression: str = "zip",
        **changes: Any,
    ) -> PieceSource:
        """The piece of the strip `rows` (its own rows by default), as the job plans it, apart from `changes`."""
        begin, end = rows or (y, y + len(pixels))
        pixel_type = "half" if pixels.dtype == np.float16 else "float"
        fields = {"width": WIDTH, "height": HEIGHT, "row_begin": begin, "row_end": end, "pixel_type": pixel_type}
        plan = PieceExpectation(**{**fields, **changes})
        path = self.folder / f"{len(list(self.folder.iterdir()))}.exr"
        write_exr(path, pixels, x=x, y=y, display=(WIDTH, HEIGHT), compression=compression)
        return PieceSource(path, plan, *receipt_of(path))

    def cut(self, whole: Array, borders: list[int], compression: str = "zip") -> list[PieceSource]:
        """Full-frame strips."""
        ends = zip([0, *borders], [*borders, HEIGHT], strict=True)
        return [self.piece(whole[begin:end], y=begin, compression=compression) for begin, end in ends]


def merge(
    sources: Sequence[PieceSource],
    out: Path,
    pixel_type: str = "half",
    *,
    threads: int = 2,
    on_rows: Callable[[int, int, Planes], None] | None = None,
) -> LayerInfo:
    with Crew(threads) as crew:
        return write_layer(
            sources,
            width=WIDTH,
            height=HEIGHT,
            out=out,
            pixel_type=pixel_type,
            metadata={"flatiron": MARK},
            crew=crew,
            on_rows=on_rows,
        )


@pytest.fixture
def strips(tmp_path: Path) -> Strips:
    return Strips(tmp_path / "pieces")


@pytest.fixture
def whole() -> Array:
    pixels = random_pixels(HEIGHT, WIDTH, coverage=0.3)
    pixels[:7] = pixels[80:] = pixels[:, :3] = pixels[:, 41:] = 0
    pixels[7, 20] = pixels[79, 20] = pixels[40, 3] = pixels[40, 40] = 1
    return pixels


def test_a_layer_is_cropped_to_the_covered_texels_and_exact(tmp_path: Path, strips: Strips, whole: Array) -> None:
    """All but its top, which lies on the grid of chunks that all layers share."""
    out = tmp_path / "layers" / "layer.exr"
    out.parent.mkdir()
    info = merge(strips.cut(whole, [30, 60]), out)
    assert (info.x, info.y, info.width, info.height) == (3, 0, 38, 80)
    assert info.covered_texels == np.count_nonzero(whole[..., 3])
    assert read_layer_info(out) == LayerHeader(WIDTH, HEIGHT, 3, 0, 38, 80, "half")
    assert read_samples(out).tobytes() == whole[:80, 3:41].tobytes()
    assert info.sha256 == hashlib.sha256(out.read_bytes()).hexdigest()
    assert info.size == out.stat().st_size
    assert MARK.encode() in out.read_bytes()
    assert [path.name for path in out.parent.iterdir()] == ["layer.exr"]


@pytest.mark.parametrize(("first", "top"), [(15, 0), (16, 16), (17, 16), (89, 80)])
def test_the_top_of_a_layer_lies_on_the_grid_of_chunks(tmp_path: Path, strips: Strips, first: int, top: int) -> None:
    pixels = np.ones((HEIGHT - first, 3, 4), np.float16)
    info = merge([strips.piece(pixels, 9, first)], tmp_path / "layer.exr")
    assert (info.x, info.y, info.width, info.height) == (9, top, 3, HEIGHT - top)
    samples = read_samples(tmp_path / "layer.exr")
    assert not samples[: first - top].any()
    assert (samples[first - top :] == 1).all()


@settings(max_examples=40)
@given(
    borders=st.lists(st.integers(1, HEIGHT - 1), unique=True, max_size=6).map(sorted),
    randomness=st.randoms(use_true_random=False),
    compression=st.sampled_from(["zip", "zips", "piz"]),
    threads=st.integers(1, 4),
)
def test_neither_strips_order_threads_nor_memory_change_the_bytes(
    tmp_path_factory: pytest.TempPathFactory,
    borders: list[int],
    randomness: Random,
    compression: str,
    threads: int,
) -> None:
    folder = tmp_path_factory.mktemp("order")
    strips = Strips(folder / "pieces")
    whole = random_pixels(HEIGHT, WIDTH, coverage=0.3)
    pieces = strips.cut(whole, borders, compression)
    randomness.shuffle(pieces)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spool, "_MEMORY_BYTES", 999)
        found = merge(pieces, folder / "a.exr", threads=threads)
    assert found == merge(strips.cut(whole, []), folder / "b.exr", threads=1)


def test_cropping_of_pieces_does_not_change_the_bytes(tmp_path: Path, strips: Strips, whole: Array) -> None:
    cropped = [
        strips.piece(whole[7:30, 3:41], 3, 7, (0, 30)),
        strips.piece(whole[30:85, 2:45], 2, 30, (30, HEIGHT)),
    ]
    assert merge(cropped, tmp_path / "a.exr") == merge(strips.cut(whole, []), tmp_path / "b.exr")


def test_a_strip_without_pieces_stays_uncovered(tmp_path: Path, strips: Strips, whole: Array) -> None:
    merge([strips.piece(whole[:30]), strips.piece(whole[60:], 0, 60)], tmp_path / "layer.exr")
    samples = read_samples(tmp_path / "layer.exr")
    assert not samples[30:60].any()
    assert samples[-1].any()


def test_float_stays_float(tmp_path: Path, strips: Strips) -> None:
    pixels = random_pixels(HEIGHT, WIDTH, dtype=np.float32, coverage=1.0)
    merge([strips.piece(pixels)], tmp_path / "layer.exr", "float")
    assert read_samples(tmp_path / "layer.exr").tobytes() == pixels.tobytes()


@pytest.mark.parametrize("count", [0, 1])
def test_a_pass_that_covers_nothing_is_one_transparent_texel(tmp_path: Path, strips: Strips, count: int) -> None:
    pieces = [strips.piece(np.zeros((1, 1, 4), np.float16), 7, 9)][:count]
    info = merge(pieces, tmp_path / "layer.exr")
    assert (info.x, info.y, info.width, info.height, info.covered_texels) == (0, 0, 1, 1, 0)
    assert not read_samples(tmp_path / "layer.exr").any()


def test_rows_are_told_as_they_pass(tmp_path: Path, strips: Strips, whole: Array) -> None:
    seen = np.zeros_like(whole)

    def on_rows(x: int, y: int, planes: Planes) -> None:
        _, rows, width = planes.shape
        seen[y : y + rows, x : x + width] = planes.transpose(1, 2, 0)

    merge(strips.cut(whole, [40]), tmp_path / "layer.exr", on_rows=on_rows)
    assert seen.tobytes() == whole.tobytes()


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs files without a name")
@pytest.mark.parametrize("compression", ["zip", "piz"])
def test_a_worker_that_is_killed_leaves_nothing_on_its_disk(
    tmp_path: Path, strips: Strips, whole: Array, monkeypatch: pytest.MonkeyPatch, compression: str
) -> None:
    """What it keeps there while it merges has no name, be it spooled rows or a copy for another decoder."""
    local = tmp_path / "local"
    local.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(local))
    monkeypatch.setattr(spool, "_MEMORY_BYTES", 1)
    seen: list[list[Path]] = []
    sources = strips.cut(whole, [40], compression)
    merge(sources, tmp_path / "layer.exr", on_rows=lambda *_: seen.append(list(local.iterdir())))
    assert len(seen) > 1
    assert not any(seen)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"rows": (9, 20)}, "overlaps"),
        ({"rows": (0, 20)}, "overlaps"),
        ({"height": 91}, "planned as 50x91"),
        ({"width": 51}, "planned as 51x90"),
        ({"pixel_type": "float"}, "float"),
    ],
)
def test_pieces_that_do_not_fit_together_are_refused(
    tmp_path: Path, strips: Strips, changes: dict[str, Any], words: str
) -> None:
    pixels = np.zeros((10, 5, 4), np.float16)
    with pytest.raises(BadInputError, match=words):
        merge([strips.piece(pixels, y=10, **changes), strips.piece(pixels)], tmp_path / "layer.exr")
    assert not (tmp_path / "layer.exr").exists()


def test_a_rejected_piece_is_named_and_nothing_is_written(tmp_path: Path, strips: Strips, whole: Array) -> None:
    good, bad = strips.cut(whole, [30])
    out = tmp_path / "layer.exr"
    out.write_bytes(b"old")
    bad = replace(bad, sha256="0" * 64)
    with pytest.raises(RejectedSourceError, match=r"1\.exr is rejected") as refusal:
        merge([good, bad], out)
    assert refusal.value.source is bad
    assert type(pickle.loads(pickle.dumps(refusal.value))) is RejectedPieceError
    assert out.read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["layer.exr", "pieces"]


def test_a_layer_that_cannot_be_written_is_a_share_error(tmp_path: Path, strips: Strips, whole: Array) -> None:
    with pytest.raises(ShareError, match="cannot be written"):
        merge(strips.cut(whole, []), tmp_path / "missing" / "layer.exr")


def test_what_is_no_layer_is_rejected(tmp_path: Path) -> None:
    layer = make_layer(tmp_path, "layer", random_pixels(20, 20))
    layer.path.write_bytes(layer.path.read_bytes()[:100])
    with pytest.raises(RejectedPieceError, match=r"layer\.exr"):
        read_layer_info(layer.path)
    write_exr(layer.path, np.ones((2, 2, 3), np.float16), channels=("R", "G", "B"))
    with pytest.raises(RejectedPieceError, match="not a usable layer"):
        read_layer_info(layer.path)


def test_a_layer_that_is_damaged_while_it_is_written_is_never_put_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One bit of its pixels, between the last write and the reading back."""

    def flushed_wrongly(descriptor: int) -> None:
        (path,) = tmp_path.glob("layer.*")
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 4
        path.write_bytes(data)

    strips = Strips(tmp_path / "strips")
    piece = strips.piece(random_pixels(40, WIDTH), y=10)
    monkeypatch.setattr(os, "fsync", flushed_wrongly)
    with Crew(1) as crew, pytest.raises(ShareError, match="reads back as other bytes"):
        write_layer(
            [piece], width=WIDTH, height=HEIGHT, out=tmp_path / "layer.exr", pixel_type="half", metadata={}, crew=crew
        )
    assert not list(tmp_path.glob("layer*"))
