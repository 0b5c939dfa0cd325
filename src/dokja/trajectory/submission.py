"""The submission beside the last checkpoint: the same bits, or the same rounded, or another model.

The module compares two checkpoints; it knows no run.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from dokja.arch.resolve import resolve
from dokja.comparison.hashing import checkpoint_digest, digest_records
from dokja.errors import DokjaError, TrajectoryError
from dokja.io.dtype import DType
from dokja.trajectory.bounds import DIGITS

if TYPE_CHECKING:
    from collections.abc import Callable

    from dokja.io.checkpoint import Checkpoint
    from dokja.trajectory.reading import Run
    from dokja.trajectory.recipe_file import RecipeFile

__all__ = ["End", "compare_end"]

_BAND: Final = 2**22
_LEAST_STEP: Final = {
    DType.F16: 2.0**-24,
    DType.F8_E4M3: 2.0**-9,
    DType.F8_E4M3FNUZ: 2.0**-10,
    DType.F8_E5M2: 2.0**-16,
    DType.F8_E5M2FNUZ: 2.0**-17,
}
"""Steps of number formats next to zero, where they no longer shrink with the number."""


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
        Whether the two are one. Where the recipe names a component, whether every tensor of that
        component is one of the last checkpoint's, and every one of those is there: by value and
        shape, because a submission that joins several models calls them otherwise.

    Raises
    ------
    TrajectoryError
        If the submission has no such component.
    """
    if read.recipe.submission is None:
        return End(None, same=False, rounded=False, differing=())
    if submission is None:
        return End(run.checkpoint_digests[-1], same=True, rounded=False, differing=())
    digests = digest_records(submission, progress=progress)
    whole = checkpoint_digest(submission.records, digests)
    component = read.recipe.submission.component
    if component is not None:
        named = _tensors_of(submission, component, read.uri)
        return _component_end(last, submission, run, whole, {one: digests[one] for one in named})
    if whole == run.checkpoint_digests[-1]:
        return End(whole, same=True, rounded=False, differing=())
    apart = sorted(set(digests) ^ set(last.records))
    unequal = [
        name
        for name, digest in digests.items()
        if name in last.records and run.digests[-1][name] != digest
    ]
    rounded = not apart and all(_is_rounded(last, name, submission, name) for name in unequal)
    return End(whole, same=False, rounded=rounded, differing=(*apart, *unequal))


def _tensors_of(submission: Checkpoint, component: str, uri: str) -> list[str]:
    """List the tensors of a component that hold weights; tables that are computed are none."""
    found = resolve(submission.records, submission.config)
    names = {
        one.component: list(dict.fromkeys(t.view.record for t in one.tensors if not t.fixed))
        for one in found.components
    }
    if not names.get(component):
        raise TrajectoryError(
            f"the submission has no component {component!r}; it has {', '.join(sorted(names))}",
            uri=uri,
            context="submission.component",
            hint="dokja inspect prints the components of a checkpoint.",
        )
    return names[component]


def _fixed(checkpoint: Checkpoint) -> frozenset[str]:
    try:
        found = resolve(checkpoint.records, checkpoint.config)
    except DokjaError:
        # A network of no known kind: every tensor counts as trained.
        return frozenset()
    return frozenset(t.view.record for one in found.components for t in one.tensors if t.fixed)


def _component_end(
    last: Checkpoint, submission: Checkpoint, run: Run, whole: str, digests: dict[str, str]
) -> End:
    fixed = _fixed(last)
    trained = {one: digest for one, digest in run.digests[-1].items() if one not in fixed}
    # Tied tensors are stored once or twice; so sets are compared.
    new = sorted(name for name, digest in digests.items() if digest not in trained.values())
    gone = sorted(name for name, digest in trained.items() if digest not in digests.values())
    if not new and not gone:
        return End(whole, same=True, rounded=False, differing=())
    pairs = _pair_rounded(last, gone, submission, new)
    rounded = pairs is not None
    return End(whole, same=False, rounded=rounded, differing=() if rounded else (*new, *gone))


def _pair_rounded(
    last: Checkpoint, gone: list[str], submission: Checkpoint, new: list[str]
) -> dict[str, str] | None:
    """Find for each tensor of the submission the one it is, rounded; None where one is of none."""
    pairs: dict[str, str] = {}
    for name in new:
        match = next((one for one in gone if _is_rounded(last, one, submission, name)), None)
        if match is None:
            return None
        pairs[name] = match
    return pairs if set(gone) == set(pairs.values()) else None


def _is_rounded(last: Checkpoint, name: str, submission: Checkpoint, other: str) -> bool:
    """Tell whether a tensor is another one within half a step of its own number format."""
    long, short = last.records[name], submission.records[other]
    digits = DIGITS.get(short.dtype)
    if long.shape != short.shape or digits is None or digits >= DIGITS.get(long.dtype, 0):
        return False
    rows = long.shape[0] if long.shape else 1
    step = max(1, _BAND // max(math.prod(long.shape[1:]), 1))
    # One row first: most tensors of one shape are told apart by it.
    starts = (0, *range(min(1, rows), rows, step))
    for row, stop in zip(starts, (*starts[1:], rows), strict=True):
        a = last.read(name, row, stop).astype(np.float64)
        b = submission.read(other, row, stop).astype(np.float64)
        room = np.maximum(2.0**-digits * np.abs(a) * 1.001, _LEAST_STEP.get(short.dtype, 0.0) / 2)
        near = np.abs(a - b) <= room + 1e-7
        if not bool((near | (np.isnan(a) & np.isnan(b)) | (a == b)).all()):
            return False
    return True
