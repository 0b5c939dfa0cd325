"""The submission beside the last checkpoint: the same bits, or the same rounded, or another model.

The module compares two checkpoints; it knows no run.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from dokja.comparison.hashing import checkpoint_digest, digest_records
from dokja.trajectory.bounds import DIGITS

if TYPE_CHECKING:
    from collections.abc import Callable

    from dokja.io.checkpoint import Checkpoint
    from dokja.trajectory.reading import Run
    from dokja.trajectory.recipe_file import RecipeFile

__all__ = ["End", "compare_end"]

_BAND: Final = 2**22


@dataclass(frozen=True, slots=True)
class End:
    """How a run and its submission end."""

    digest: str | None
    """Of the submission; None where there is none."""
    same: bool
    rounded: bool
    """Whether it is the last checkpoint in a shorter number format."""
    differing: tuple[str, ...]
    """Tensors that only one of the two has, or that differ."""


def compare_end(
    read: RecipeFile,
    last: Checkpoint,
    submission: Checkpoint | None,
    run: Run,
    progress: Callable[[int], None],
) -> End:
    """Lay the submission beside the last checkpoint.

    Parameters
    ----------
    read
        The recipe.
    last
        The last checkpoint.
    submission
        What was handed in; None where it is the last checkpoint itself, or was not named.
    run
        Knows the digests of the last checkpoint.
    progress
        Called with the number of bytes read since the last call.

    Returns
    -------
    End
        Whether the two are one.
    """
    if read.recipe.submission is None:
        return End(None, same=False, rounded=False, differing=())
    if submission is None:
        return End(run.checkpoint_digests[-1], same=True, rounded=False, differing=())
    digests = digest_records(submission, progress=progress)
    whole = checkpoint_digest(submission.records, digests)
    if whole == run.checkpoint_digests[-1]:
        return End(whole, same=True, rounded=False, differing=())
    apart = sorted(set(digests) ^ set(last.records))
    unequal = [
        name
        for name, digest in digests.items()
        if name in last.records and run.digests[-1][name] != digest
    ]
    rounded = not apart and all(_is_rounded(last, submission, name) for name in unequal)
    return End(whole, same=False, rounded=rounded, differing=(*apart, *unequal))


def _is_rounded(last: Checkpoint, submission: Checkpoint, name: str) -> bool:
    """Tell whether a tensor is another one within half a step of its own number format."""
    long, short = last.records[name], submission.records[name]
    digits = DIGITS.get(short.dtype)
    if long.shape != short.shape or digits is None or digits >= DIGITS.get(long.dtype, 0):
        return False
    rows = long.shape[0] if long.shape else 1
    step = max(1, _BAND // max(math.prod(long.shape[1:]), 1))
    for row in range(0, rows, step):
        stop = min(row + step, rows)
        a = last.read(name, row, stop).astype(np.float64)
        b = submission.read(name, row, stop).astype(np.float64)
        if bool((np.abs(a - b) > 2.0**-digits * np.abs(a) * 1.001 + 1e-7).any()):
            return False
    return True
