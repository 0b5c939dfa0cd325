from __future__ import annotations

import numba
import numpy as np
import pytest

from dokja.numerics.jit import FASTMATH, kernel


def test_kernels_do_not_assume_that_nan_is_absent() -> None:
    assert not {"nnan", "ninf", "fast"} & FASTMATH


def test_kernel_sees_nan_and_infinity() -> None:
    @kernel
    def n_bad(values: np.ndarray) -> int:
        count = 0
        for value in values:
            count += not np.isfinite(value)
        return count

    assert n_bad(np.array([1.0, np.nan, np.inf, -np.inf], dtype=np.float32)) == 3


def test_function_without_a_file_is_compiled_without_cache() -> None:
    # Numba finds no place for the cache of a function that came from no file, as on a machine
    # where nothing can be written.
    namespace: dict[str, object] = {}
    exec("def twice(x):\n    return 2 * x\n", namespace)
    with pytest.raises(RuntimeError, match="no locator available"):
        numba.njit(cache=True)(namespace["twice"])
    assert kernel(namespace["twice"])(21) == 42


def test_other_refusals_of_the_compiler_are_not_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**options: object) -> object:
        raise RuntimeError("out of luck")

    monkeypatch.setattr(numba, "njit", refuse)
    with pytest.raises(RuntimeError, match="out of luck"):
        kernel(lambda: 0)
