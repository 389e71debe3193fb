"""Is a delivered texture the right one? By its bytes, against a fault-free bake, and that one by the formula."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from workers.chaos.checker import Violation
from workers.chaos.checker.pictures import Picture, decode


def check_references(shapes: Iterable[Mapping[str, Any]], folder: Path) -> list[Violation]:
    """Every texture of the fault-free bakes in `shape-<number>`, texel by texel where an object covers it."""
    return [flaw for shape in shapes for flaw in _check_reference(shape, folder / f"shape-{shape['number']}")]


def check_delivery(job_id: str, output: Path, reference: Path) -> list[Violation]:
    """The output folder of a finished job holds the textures of the reference and nothing else."""
    found = {path.name: path for path in output.iterdir()} if output.is_dir() else {}
    wanted = {path.name: path for path in reference.iterdir()}
    flaws = [f"{name} is missing in {output}" for name in sorted(wanted.keys() - found.keys())]
    flaws += [f"{output / name} should not be there" for name in sorted(found.keys() - wanted.keys())]
    for name in sorted(wanted.keys() & found.keys()):
        if found[name].is_symlink() or found[name].read_bytes() != wanted[name].read_bytes():
            flaws.append(f"{found[name]} differs from the fault-free bake")
    return [Violation("texture", job_id, flaw, (str(output), str(reference))) for flaw in flaws]


def check_withdrawn(job_id: str, output: Path, reference: Path) -> list[Violation]:
    """In the output folder of a cancelled job are its placeholders, which replaced nothing, and whole textures."""
    flaws = []
    for path in sorted(output.iterdir()) if output.is_dir() else ():
        right, data = reference / path.name, path.read_bytes()
        is_texture = right.is_file() and right.read_bytes() == data
        if not is_texture and (not right.is_file() or f"flatiron:placeholder:{job_id}:".encode() not in data[:4096]):
            flaws.append(f"{path} stays after a cancel and is neither placeholder nor texture of the job")
    return [Violation("withdrawn", job_id, flaw, (str(output),)) for flaw in flaws]


def _check_reference(shape: Mapping[str, Any], folder: Path) -> list[Violation]:
    names = iter(shape["texture_names"])
    flaws = []
    for element, kind, _, pixel_type in shape["elements"]:
        for index in range(shape["maps"]):
            path = folder / next(names)
            flaw = _flaw(path, shape, element, index, is_srgb=kind == "color" and pixel_type.startswith("uint"))
            if flaw:
                flaws.append(Violation("formula", "", f"{path}: {flaw}", (str(path),)))
    return flaws


def _flaw(path: Path, shape: Mapping[str, Any], element: str, index: int, *, is_srgb: bool) -> str:
    try:
        picture = decode(path.read_bytes())
    except (OSError, ValueError, zlib.error, KeyError) as error:
        return f"it cannot be decoded: {error!r}"
    width, height = shape["width"], shape["height"]
    if picture.shape != (height, width, 4):
        return f"it is {picture.shape}"
    wanted, covered = expected(width, height, f"Map{index}", shape["objects"], element)
    if is_srgb:
        wanted[..., :3] = np.where(
            wanted[..., :3] <= 0.0031308, wanted[..., :3] * 12.92, 1.055 * wanted[..., :3] ** (1 / 2.4) - 0.055
        )
    wrong = np.abs(picture - wanted).max(axis=2) > 1.01 / 510
    count = int((wrong & covered).sum())
    return f"{count} texels differ from the formula" if count else ""


def expected(width: int, height: int, prefix: str, objects: int, element: str) -> tuple[Picture, Any]:
    """The linear picture by the formula, and where an object covers it; frame 0."""
    picture = np.zeros((height, width, 4))
    covered = np.zeros((height, width), bool)
    index = int(prefix.removeprefix("Map"))
    for number in range(objects):
        key = f"{prefix}.{number}of{objects}|{element}|{index}|0"
        seed = zlib.crc32(key.encode()) % 61
        x = np.arange(width * number // objects + 1, width * (number + 1) // objects - 1)
        y = np.arange(1, height - 1)
        for channel in range(3):
            values = (7 * x[None, :] + 13 * y[:, None] + seed + 17 * channel) % 61 / 64
            picture[1 : height - 1, x[0] : x[-1] + 1, channel] = values
        covered[1 : height - 1, x[0] : x[-1] + 1] = True
    picture[covered, 3] = 1
    return picture, covered
