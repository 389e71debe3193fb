"""The compiled look at texels says and does what plain numpy does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from flatiron_tasks.imaging.texel_check import check_texels


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
@given(data=st.data())
def test_every_bit_pattern_is_judged_as_its_number(dtype: Any, data: st.DataObject) -> None:
    """The compiled check against plain numpy, for runs of every kind and length."""
    kind = np.dtype(f"u{np.dtype(dtype).itemsize}")
    special = [0, 1, 0x3C00, 0x3C01, 0x7BFF, 0x7C00, 0x7C01, 0x8000, 0x8001, 0xBC00, 0xFC00, 0xFFFF, 0x3800]
    words = st.sampled_from([word if kind.itemsize == 2 else word << 16 for word in special])
    shape = (4, data.draw(st.integers(1, 3)), data.draw(st.integers(1, 140)))
    planes = data.draw(arrays(kind, shape, elements=words, fill=words)).view(dtype)
    wanted, found = planes.copy(), planes.copy()
    broken = ~np.isfinite(wanted)
    wanted[broken] = 0
    low, high = wanted[3].min(), wanted[3].max()
    np.minimum(wanted[3], 1, out=wanted[3])
    wanted[:, wanted[3] <= 0] = 0
    facts = check_texels(found)
    assert found.tobytes() == wanted.tobytes()
    assert facts.broken == np.count_nonzero(broken.any(axis=0))
    assert (facts.low, facts.high) == (float(low), float(high))
    rows, columns = np.nonzero(wanted[3])
    assert facts.covered == len(rows)
    assert not len(rows) or facts.box == (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
