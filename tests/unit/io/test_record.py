from __future__ import annotations

import pytest

from dokja.io.dtype import DType
from dokja.io.record import TensorRecord


@pytest.mark.parametrize(("shape", "count"), [((), 1), ((0, 4), 0), ((2, 3), 6)])
def test_counts_follow_the_shape(shape: tuple[int, ...], count: int) -> None:
    record = TensorRecord("w", DType.BF16, shape, 0, 100, 100 + 2 * count)
    assert record.n_elements == count
    assert record.n_bytes == 2 * count
