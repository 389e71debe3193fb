"""Compiled: OpenEXR's run-length code.

A signed count byte, then either -count literal bytes (count < 0) or one byte that stands count + 1 times.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from flatiron_tasks.imaging.compiled import compiled

Bytes = npt.NDArray[np.uint8]


@compiled
def expand_runs(coded: Bytes, data: Bytes) -> bool:
    """Expand `coded` into `data`; False unless it fills it exactly and nothing is left over."""
    source = target = 0
    while source + 1 < coded.size:
        count = int(coded[source])
        source += 1
        length = 256 - count if count > 127 else count + 1
        if target + length > data.size:
            return False
        if count > 127:
            if source + length > coded.size:
                return False
            data[target : target + length] = coded[source : source + length]
            source += length
        else:
            data[target : target + length] = coded[source]
            source += 1
        target += length
    return bool(source == coded.size and target == data.size)
