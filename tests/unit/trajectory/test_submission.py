"""A submission in a shorter number format is the last checkpoint rounded, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dokja.io.checkpoint import open_checkpoint
from dokja.trajectory.submission import _is_rounded
from tests.support.writers import write_safetensors


def _rounds(folder: Path, long: np.ndarray, short: np.ndarray) -> bool:
    for name, values in (("long", long), ("short", short)):
        (folder / name).mkdir()
        write_safetensors(folder / name / "model.safetensors", {"w": values})
    with open_checkpoint(str(folder / "long")) as a, open_checkpoint(str(folder / "short")) as b:
        return _is_rounded(a, "w", b, "w")


def _weights() -> np.ndarray:
    drawn = np.random.default_rng(0).standard_normal((40, 50)) * 1e-6
    return drawn.astype(np.float32)


def test_numbers_next_to_zero_are_rounded_to_even_steps(tmp_path: Path) -> None:
    long = _weights()
    assert _rounds(tmp_path, long, long.astype(np.float16))


@pytest.mark.parametrize("put", [1234.5, np.inf])
def test_what_is_no_number_is_not_rounded_to_one(put: float, tmp_path: Path) -> None:
    long = _weights()
    long[3] = np.nan
    short = long.astype(np.float16)
    short[3, 4] = put
    assert not _rounds(tmp_path, long, short)


def test_what_is_no_number_stays_none(tmp_path: Path) -> None:
    long = _weights()
    long[3] = np.nan
    assert _rounds(tmp_path, long, long.astype(np.float16))
