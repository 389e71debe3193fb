"""Covered rows of a layer, kept until its box is known: a little in memory, the rest in an unnamed temporary file.

Rows are filed by the chunk of the layer that they will be part of. Chunks of all layers lie on one grid: 16 rows of the
map, from its top.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import numpy as np

from flatiron_tasks.contracts.errors import ShareError
from flatiron_tasks.imaging.exr.header import Box
from flatiron_tasks.imaging.planes import Planes

CHUNK_ROWS = 16
"""Rows that OpenEXR's ZIP compresses together."""

_MEMORY_BYTES = 16 << 20


@dataclass(frozen=True)
class SpooledRows:
    """Planes that lie in the spool at `offset`: (4, rows, width) at (`x`, `y`) of the map."""

    x: int
    y: int
    width: int
    rows: int
    offset: int


class RowSpool:
    """Takes planes of `dtype` in any order, gives them back chunk by chunk. Use it as a context manager.

    Raises ShareError if the local disk does not take or give them.
    """

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self.dtype = dtype
        self._file = tempfile.SpooledTemporaryFile(max_size=_MEMORY_BYTES)  # noqa: SIM115 - closed on exit
        self._filed: dict[int, list[SpooledRows]] = {}
        self._end = 0
        self.box: Box | None = None
        """Around everything that was added."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, x: int, y: int, planes: Planes) -> None:
        """Keep a copy of `planes`, whose upper left is at (`x`, `y`) of the map."""
        _, rows, width = planes.shape
        self._widen(Box(x, y, x + width, y + rows))
        begin = y
        while begin < y + rows:
            end = min((begin // CHUNK_ROWS + 1) * CHUNK_ROWS, y + rows)
            self._append(x, begin, planes[:, begin - y : end - y])
            begin = end

    def chunk(self, number: int) -> list[tuple[SpooledRows, bytes]]:
        """What was added to rows [16 * number, 16 * number + 16) of the map."""
        try:
            return [(rows, self._read(rows)) for rows in self._filed.get(number, [])]
        except OSError as error:
            raise _failed(error) from error

    def _append(self, x: int, y: int, planes: Planes) -> None:
        data = planes.tobytes()
        try:
            self._file.seek(self._end)
            self._file.write(data)
        except OSError as error:
            raise _failed(error) from error
        _, rows, width = planes.shape
        self._filed.setdefault(y // CHUNK_ROWS, []).append(SpooledRows(x, y, width, rows, self._end))
        self._end += len(data)

    def _read(self, rows: SpooledRows) -> bytes:
        self._file.seek(rows.offset)
        return self._file.read(4 * rows.rows * rows.width * self.dtype.itemsize)

    def _widen(self, box: Box) -> None:
        known = self.box or box
        self.box = Box(
            min(known.left, box.left),
            min(known.top, box.top),
            max(known.right, box.right),
            max(known.bottom, box.bottom),
        )


def _failed(error: OSError) -> ShareError:
    return ShareError(
        "Rows of a layer cannot be kept on the local disk",
        why=str(error),
        advice="Check the free space of this machine's temporary folder",
    )
