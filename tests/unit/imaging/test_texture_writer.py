"""How a texture file is written: whole or not at all, read back, and the same however its rows arrive."""

from __future__ import annotations

import errno
import os
import threading
from concurrent import futures
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from flatiron_tasks.contracts.elements import FILE_FORMATS
from flatiron_tasks.contracts.errors import BadInputError, ShareError
from flatiron_tasks.imaging import verify, write
from flatiron_tasks.imaging.exr.writer import ExrWriter
from flatiron_tasks.imaging.image_input import ImageFile, dtype_of
from flatiron_tasks.imaging.output_file import OutputFile
from flatiron_tasks.imaging.parallel import Crew
from flatiron_tasks.imaging.pixel_hash import pixels_sha256_of
from flatiron_tasks.imaging.texture import TextureSpec
from flatiron_tasks.imaging.verify import verify_texture_readable
from flatiron_tasks.imaging.write import WrittenTexture, texture_writer
from tests.unit.imaging.image_examples import MARK, read_samples

WIDTH, HEIGHT = 60, 130
EVERY_TYPE = [(file_format, pixel_type) for file_format, held in FILE_FORMATS.items() for pixel_type in held[1]]
every_type = pytest.mark.parametrize(("file_format", "pixel_type"), EVERY_TYPE)
every_format = pytest.mark.parametrize("file_format", list(FILE_FORMATS))


def texture(file_format: str, pixel_type: str = "") -> TextureSpec:
    _, pixel_types, alpha = FILE_FORMATS[file_format]
    return TextureSpec(
        width=WIDTH,
        height=HEIGHT,
        kind="color",
        file_format=file_format,
        pixel_type=pixel_type or pixel_types[0],
        alpha=alpha,
        metadata={"flatiron": MARK},
    )


def noise(spec: TextureSpec) -> npt.NDArray[Any]:
    """Samples that no encoder can make small, the alpha of the first texels 0."""
    rng = np.random.default_rng(1)
    shape = (spec.height, spec.width, spec.channels)
    dtype = dtype_of(spec.pixel_type)
    samples = rng.integers(0, np.iinfo(dtype).max, shape) if dtype.kind == "u" else rng.random(shape)
    samples[:5, :, -1] = 0
    return samples.astype(dtype)


def written(
    out: Path, spec: TextureSpec, samples: npt.NDArray[Any], *, step: int = HEIGHT, threads: int = 2
) -> WrittenTexture:
    with Crew(threads) as crew, texture_writer(out, spec, crew=crew) as writer:
        for begin in range(0, len(samples), step):
            writer.write(samples[begin : begin + step])
        return writer.commit()


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@every_type
def test_the_writer_does_not_care_how_rows_arrive(tmp_path: Path, file_format: str, pixel_type: str) -> None:
    spec = texture(file_format, pixel_type)
    samples = noise(spec)
    ways = [(130, 1), (1, 2), (3, 3), (64, 2), (100, 1)]
    files = {written(tmp_path / "t.out", spec, samples, step=step, threads=threads) for step, threads in ways}
    assert len(files) == 1
    if file_format != "jpeg":
        assert read_samples(tmp_path / "t.out").tobytes() == samples.tobytes()


@every_type
def test_the_report_says_what_stands_in_the_file(tmp_path: Path, file_format: str, pixel_type: str) -> None:
    out = tmp_path / "t.out"
    spec = texture(file_format, pixel_type)
    report = written(out, spec, noise(spec))
    assert report.size == out.stat().st_size
    assert report.pixels_sha256 == pixels_sha256_of(out) == verify_texture_readable(out, spec)


def test_rows_with_gaps_between_them_are_written_as_they_are(tmp_path: Path) -> None:
    spec = texture("png", "uint16")
    samples = noise(spec)
    wide = np.zeros((HEIGHT, WIDTH + 7, 4), np.uint16)
    wide[:, :WIDTH] = samples
    assert written(tmp_path / "a", spec, wide[:, :WIDTH]) == written(tmp_path / "b", spec, samples)


@every_format
def test_the_old_file_stays_until_the_new_one_is_whole(tmp_path: Path, file_format: str) -> None:
    out = tmp_path / "t.old"
    out.write_bytes(b"old")
    spec = texture(file_format)
    samples = noise(spec)
    with Crew(2) as crew:
        with texture_writer(out, spec, crew=crew, token="job1") as writer:
            writer.write(samples[:100])
            assert names_in(tmp_path) == ["t.job1.tmp.old", "t.old"]
            with pytest.raises(BadInputError, match="100 of 130 rows"):
                writer.commit()
        with texture_writer(out, spec, crew=crew) as writer, pytest.raises(BadInputError, match="0 of 130 rows"):
            writer.commit()
    assert names_in(tmp_path) == ["t.old"]
    assert out.read_bytes() == b"old"
    written(out, spec, samples)
    assert names_in(tmp_path) == ["t.old"]
    verify_texture_readable(out, spec)


@every_format
def test_an_error_in_between_leaves_nothing_behind(tmp_path: Path, file_format: str) -> None:
    spec = texture(file_format)
    samples = noise(spec)

    def interrupted() -> None:
        with Crew(2) as crew, texture_writer(tmp_path / "t.out", spec, crew=crew) as writer:
            writer.write(samples)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert names_in(tmp_path) == []


@pytest.mark.parametrize(
    ("rows", "named"),
    [
        (np.zeros((1, WIDTH, 3), np.uint8), r"\(60, 3\)"),
        (np.zeros((1, WIDTH + 1, 4), np.uint8), r"\(61, 4\)"),
        (np.zeros((1, WIDTH, 4), np.uint16), "uint16"),
        (np.zeros((HEIGHT + 1, WIDTH, 4), np.uint8), "more than 130 rows"),
    ],
)
def test_rows_of_another_texture_are_refused(tmp_path: Path, rows: npt.NDArray[Any], named: str) -> None:
    with (
        Crew(1) as crew,
        texture_writer(tmp_path / "t.png", texture("png"), crew=crew) as writer,
        pytest.raises(BadInputError, match=named),
    ):
        writer.write(rows)


@every_format
def test_a_folder_that_is_not_there_is_an_error_of_the_share(tmp_path: Path, file_format: str) -> None:
    spec = texture(file_format)
    with pytest.raises(ShareError, match="cannot be written"):
        written(tmp_path / "missing" / "t.out", spec, noise(spec))


@pytest.mark.parametrize("file_format", ["png", "tiff"])
def test_a_disk_without_room_is_an_error_of_the_share(
    tmp_path: Path, file_format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From its very first bytes: then nobody has entered the writer's context yet."""

    def into_a_full_disk(output: OutputFile, data: bytes) -> None:
        output.file.write(data[:1])
        raise output.failed(os.strerror(errno.ENOSPC))

    monkeypatch.setattr(OutputFile, "write", into_a_full_disk)
    with Crew(1) as crew, pytest.raises(ShareError, match="No space left on device"):
        texture_writer(tmp_path / "t.out", texture(file_format), crew=crew)
    assert names_in(tmp_path) == []


@pytest.mark.parametrize("step", ["append", "finish"])
def test_a_disk_that_fills_up_on_the_way_is_an_error_of_the_share(
    tmp_path: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def into_a_full_disk(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(ExrWriter, step, into_a_full_disk)
    spec = texture("exr")
    with pytest.raises(ShareError, match="No space left on device"):
        written(tmp_path / "t.exr", spec, noise(spec))
    assert names_in(tmp_path) == []


def test_a_failed_write_is_an_error_of_the_share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with OutputFile(tmp_path / "t.png") as output:
        output.file.close()
        with output.temporary.open("rb") as not_for_writing:
            monkeypatch.setattr(output, "_file", not_for_writing)
            with pytest.raises(ShareError, match="cannot be written"):
                output.write(b"data")


def damage(path: Path) -> None:
    """Turn over a bit in the middle of the pixels."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes(bytes(data))


@pytest.mark.parametrize("file_format", ["png", "tiff", "exr"])
def test_a_file_of_our_own_that_reads_back_as_other_bytes_is_never_put_in_place(
    tmp_path: Path, file_format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even if it is damaged after its pixels were found right."""
    spec = texture(file_format)

    def flushed_wrongly(descriptor: int) -> None:
        damage(next(tmp_path.glob("t.*.tmp.out")))

    monkeypatch.setattr(os, "fsync", flushed_wrongly)
    with pytest.raises(ShareError, match="reads back as other bytes"):
        written(tmp_path / "t.out", spec, noise(spec))
    assert names_in(tmp_path) == []


@pytest.mark.parametrize("file_format", ["tiff", "tga", "exr", "tx"])
def test_a_file_that_decodes_to_other_pixels_is_never_put_in_place(
    tmp_path: Path, file_format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = texture(file_format)

    def read_back_wrongly(path: Path, *args: Any, **named: Any) -> str:
        damage(path)
        return verify_texture_readable(path, *args, **named)

    monkeypatch.setattr(write, "verify_texture_readable", read_back_wrongly)
    with pytest.raises(ShareError, match=r"cannot be read back|decodes to other pixels"):
        written(tmp_path / "t.out", spec, noise(spec))
    assert names_in(tmp_path) == []


def test_nobody_has_the_file_open_any_more_when_reading_back_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows would not remove it."""
    reading, waited_for = threading.Event(), threading.Event()
    began: list[int] = []
    ended: list[int] = []

    def part(path: Path, name: Path, begin: int, end: int) -> list[bytes]:
        if begin == 0:
            assert reading.wait(60)
            raise ImageFile.rejected(image, "it is damaged")
        began.append(begin)
        reading.set()
        assert waited_for.wait(60)
        ended.append(begin)
        return [b""]

    def wait(jobs: list[Future[object]]) -> None:
        waited_for.set()
        futures.wait(jobs)

    spec = texture("tiff")
    monkeypatch.setattr(verify, "_ROWS_AT_ONCE", 64)
    written(tmp_path / "t.tif", spec, noise(spec))
    monkeypatch.setattr(verify, "_part_digests", part)
    monkeypatch.setattr(verify, "wait", wait)
    with Crew(2) as crew, ImageFile(tmp_path / "t.tif") as image:
        with pytest.raises(ShareError, match="it is damaged"):
            verify_texture_readable(tmp_path / "t.tif", spec, crew=crew)
        assert sorted(began) == sorted(ended) != []  # two at once end in any order


@every_format
def test_a_file_is_on_the_disk_before_it_gets_its_name(
    tmp_path: Path, file_format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[str] = []
    replace = Path.replace

    def named(path: Path, target: Path) -> Path:
        events.append("named")
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", lambda _: events.append("flushed"))
    monkeypatch.setattr(Path, "replace", named)
    spec = texture(file_format)
    written(tmp_path / "t.out", spec, noise(spec))
    assert events == ["flushed", "named", "flushed"]  # the file, then its folder
