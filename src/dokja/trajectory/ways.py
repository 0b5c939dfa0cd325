"""The way that checkpoints take: their order, straight lines, added noise, gaps too wide.

The module judges directions and distances; it never says which model a way leads to.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Final

import numpy as np

from dokja.trajectory.findings import finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from dokja.document.trajectory import TrajectoryFinding
    from dokja.trajectory.context import Context
    from dokja.trajectory.directions import Directions

__all__ = ["check_gaps", "check_order", "check_way"]

_STRAIGHT: Final = 0.985
_BRIEF: Final = 0.5
"""Length of a whole way, over the norm of its start, below which nothing else can have come in."""
_PULLED: Final = -0.2
_LONG: Final = 2.0
"""Intervals as long as so many memories of the momentum; shorter ones are collinear by nature."""
_OUT_OF_PLACE: Final = 0.9
_SHORTER: Final = 0.96
_OPPOSED: Final = -0.4
"""Cosine of neighbouring displacements that asks for another order. Honest runs kept above -0.1."""
_MOST_ORDERED: Final = 200
WIDE: Final = 0.55
"""Part of all learning that one interval may hold."""
FEWEST: Final = 3
"""Intervals without which nothing vouches for the way."""


def check_order(context: Context, directions: Directions) -> list[TrajectoryFinding]:
    """Ask whether another order of the checkpoints makes a much shorter way.

    Parameters
    ----------
    context
        The run.
    directions
        Of its matrices.

    Returns
    -------
    list of TrajectoryFinding
        One, if two checkpoints or a run of them stand in each other's place.

    Notes
    -----
    Displacements of a training are hardly opposed to each other, so that a checkpoint lies nearer
    to its neighbours than these to each other, and any other order is a longer way.
    """
    d = directions.distances
    n = len(d)
    if n < 4 or n > _MOST_ORDERED:
        return []
    cosines = directions.next_cosines()
    turned = [
        k
        for k in range(1, n - 1)
        if d[k - 1, k + 1] < _OUT_OF_PLACE * min(d[k - 1, k], d[k, k + 1])
        or (cosines[k - 1] or 0.0) < _OPPOSED
    ]
    if not turned:
        return []
    found = _shorter(d)
    if found is None:
        return []
    steps = [context.steps[k] for k in found]
    names = ", ".join(map(str, steps[:6]))
    return [
        finding(
            "wrong_order",
            "contradiction",
            f"The checkpoints of steps {names} stand in each other's place: in another order the "
            "way is much shorter.",
            f"{names} 스텝의 체크포인트가 서로 자리가 바뀌어 있습니다. 순서를 바꾸면 경로가 훨씬 "
            "짧아집니다.",
            steps=sorted(steps),
            share=1.0,
        )
    ]


def _length(d: NDArray[np.float64], order: NDArray[np.int64]) -> float:
    return float(d[order[:-1], order[1:]].sum())


def _shorter(d: NDArray[np.float64]) -> list[int] | None:
    """Find two checkpoints to exchange, or a run of them to turn, for a much shorter way."""
    n = len(d)
    plain = np.arange(n)
    best, order = _length(d, plain), plain
    limit = _SHORTER * best
    for i, j in itertools.combinations(range(n), 2):
        exchanged = plain.copy()
        exchanged[[i, j]] = exchanged[[j, i]]
        reversed_ = plain.copy()
        reversed_[i : j + 1] = reversed_[i : j + 1][::-1]
        for tried in (exchanged, reversed_):
            length = _length(d, tried)
            if length < best - 1e-12:
                best, order = length, tried
    if best > limit:
        return None
    return [int(k) for k in np.flatnonzero(order != plain)]


def check_way(context: Context, directions: Directions) -> list[TrajectoryFinding]:
    """Ask whether the checkpoints lie on a line, or had noise added to them.

    Parameters
    ----------
    context
        The run.
    directions
        Of its matrices.

    Returns
    -------
    list of TrajectoryFinding
        What training does not do.
    """
    cosines = directions.next_cosines()
    steps = context.steps
    found: list[TrajectoryFinding] = []
    straight = [
        k
        for k, one in enumerate(cosines, start=1)
        if one is not None and one > _STRAIGHT and _is_long(context, k) and _is_long(context, k + 1)
    ]
    if len(straight) >= 2 and 2 * len(straight) >= len(cosines):
        at = sorted({steps[one] for k in straight for one in (k - 1, k, k + 1)})
        start = math.sqrt(sum(context.move(one).square(0) for one in context.matrices()))
        short = bool(directions.distances[0, -1] < _BRIEF * start) or context.recipe.averaged
        found.append(_line(at, float(np.mean([cosines[k - 1] for k in straight])), short=short))
    known = [one for one in cosines if one is not None]
    if len(known) >= 3 and float(np.median(known)) < _PULLED:
        sure = max(known) < _PULLED
        found.append(_noise(steps, float(np.mean(known)), sure=sure))
    return found


def _line(steps: list[int], cosine: float, *, short: bool) -> TrajectoryFinding:
    """Tell of a straight line; short ones, and those of averages, come of training too."""
    why, ko_why = (
        ("such a line is made by computing, and by gradients that hardly change or by averages",
         "이런 직선은 계산으로도, 거의 변하지 않는 기울기나 평균으로도 생깁니다")
        if short
        else ("they were computed, not trained", "학습한 것이 아니라 계산한 것입니다")
    )  # fmt: skip
    return finding(
        "interpolated",
        "open" if short else "contradiction",
        f"From step {steps[0]} to step {steps[-1]} the checkpoints lie on a straight line (cosine "
        f"of neighbouring displacements {cosine:.3f}): {why}.",
        f"{steps[0]} 스텝부터 {steps[-1]} 스텝까지 체크포인트가 한 직선 위에 있습니다(이웃한 "
        f"변위의 코사인 {cosine:.3f}). {ko_why}.",
        steps=steps,
        share=1.0,
    )


def _noise(steps: list[int], cosine: float, *, sure: bool) -> TrajectoryFinding:
    return finding(
        "noise_added",
        "contradiction" if sure else "open",
        f"Each displacement takes back a part of the one before (mean cosine {cosine:.2f}), as "
        "independent noise on each checkpoint does.",
        f"변위가 저마다 앞선 변위의 일부를 되돌립니다(평균 코사인 {cosine:.2f}). 체크포인트마다 "
        "따로 잡음을 더하면 이렇게 됩니다.",
        steps=(steps[0], steps[-1]),
        share=1.0,
    )


def _is_long(context: Context, k: int) -> bool:
    said = context.recipe.optimiser
    lasting = [said.momentum, *(said.betas or (0.0, 0.0))[:1]]
    lasting += [group.momentum for group in said.groups]
    n_steps = context.steps[k] - context.steps[k - 1]
    return n_steps >= _LONG / max(1.0 - max(lasting), 1e-6)


def check_gaps(context: Context) -> Iterator[TrajectoryFinding]:
    """Ask whether the checkpoints are near enough to vouch for each other.

    Parameters
    ----------
    context
        The run.

    Yields
    ------
    TrajectoryFinding
        Intervals that hold too much of the run.
    """
    n = context.n_checkpoints
    steps = context.steps
    if n - 1 < FEWEST:
        yield finding(
            "gap",
            "open",
            f"With {n} checkpoints the way between them is too coarse to vouch for: at least "
            f"{FEWEST + 1} are needed.",
            f"체크포인트가 {n}개뿐이어서 그 사이의 경로를 보증하기에 너무 성깁니다. 적어도 "
            f"{FEWEST + 1}개가 필요합니다.",
            steps=steps,
        )
        return
    sums = [context.bounds.lr_sum(k) for k in range(1, n)]
    spans = [float(b - a) for a, b in itertools.pairwise(steps)]
    weights = [one for one in sums if one is not None]
    used = weights if len(weights) == len(sums) and sum(weights) > 0.0 else spans
    total = sum(used)
    for k, one in enumerate(used, start=1):
        if one > WIDE * total:
            yield finding(
                "gap",
                "open",
                f"Between step {steps[k - 1]} and step {steps[k]} lie {one / total:.0%} of all "
                "learning: too wide a gap to vouch for what happened in it.",
                f"{steps[k - 1]} 스텝과 {steps[k]} 스텝 사이에 전체 학습의 {one / total:.0%}가 "
                "들어 있습니다. 그 사이의 일을 보증하기에는 간격이 너무 넓습니다.",
                steps=(steps[k - 1], steps[k]),
                share=1.0,
            )
