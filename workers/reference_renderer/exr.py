"""Write a piece as an OpenEXR file: display window = the whole map, data window = the texels that are covered.

The same pixels give the same bytes: one thread, no date, no host name. Readers never see half a file.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import OpenEXR  # type: ignore[import-not-found]  # the wheel ships no types

from flatiron_tasks.contracts.errors import RenderError, ShareError

Pixels: TypeAlias = npt.NDArray[np.floating[Any]]


def write_exr(path: Path, pixels: Pixels, *, column: int, row: int, width: int, height: int) -> None:
    """Write premultiplied linear RGBA.

    pixels: (rows, columns, 4), float16 or float32; their type is the file's. column, row: where their top left texel
    is in the map of width x height texels. Raises ShareError when the folder cannot be written, RenderError when the
    pixels cannot be encoded.
    """
    rows, columns = pixels.shape[:2]
    header = {
        "type": OpenEXR.scanlineimage,
        "compression": OpenEXR.ZIP_COMPRESSION,
        "displayWindow": (_point(0, 0), _point(width - 1, height - 1)),
        "dataWindow": (_point(column, row), _point(column + columns - 1, row + rows - 1)),
    }
    channels = {name: np.ascontiguousarray(pixels[..., index]) for index, name in enumerate("RGBA")}
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        _encode(temporary, header, channels)
        _sync(temporary)
        temporary.replace(path)
    except OSError as error:
        raise ShareError(
            f"Piece {path} cannot be written.",
            why=str(error),
            advice="Check free space, access rights and the connection to the share, then render the task again.",
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


def _encode(path: Path, header: dict[str, object], channels: dict[str, Pixels]) -> None:
    path.touch()  # a folder that cannot be written gives a clear OSError, which OpenEXR's own error is not
    OpenEXR.set_global_thread_count(0)
    try:
        with OpenEXR.File(header, channels) as file:
            file.write(str(path))
    except (RuntimeError, ValueError) as error:
        raise RenderError(f"Piece {path} cannot be encoded.", why=str(error)) from error


def _sync(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _point(x: int, y: int) -> npt.NDArray[np.int32]:
    return np.array([x, y], dtype=np.int32)
