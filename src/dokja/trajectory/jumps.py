"""Movements that the optimiser cannot make, or that stand out from those before and after.

The module judges sizes of movements; directions and continuity are judged elsewhere.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from dokja.trajectory.findings import finding, listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dokja.document.trajectory import TrajectoryFinding
    from dokja.trajectory.context import Context, Kept
    from dokja.trajectory.reading import Stack

__all__ = ["check_jumps", "outlying"]

USED: Final = 1.1
"""Part of a bound above which it is broken: arithmetic in short formats may take a little more."""
OUTLIER: Final = 4.0
"""How much faster than both neighbours an interval may not be. Honest runs reached 2.6."""
ODD: Final = 3.0
_DIP: Final = 0.85
_DEEP: Final = 0.75
"""Parts of what the intervals around keep of the weights, below which another model came in."""
_FEWEST: Final = 3
_SHARE: Final = 0.02


def check_jumps(context: Context, explained: set[tuple[int, int]]) -> list[TrajectoryFinding]:
    """Ask of every interval whether the optimiser can have made its movement.

    Parameters
    ----------
    context
        The run.
    explained
        First and last step of intervals that are contradicted already.

    Returns
    -------
    list of TrajectoryFinding
        Those it cannot.
    """
    found: list[TrajectoryFinding] = []
    for k in range(1, context.n_checkpoints):
        span = (context.steps[k - 1], context.steps[k])
        if span not in explained:
            found.extend(_beyond(context, k))
            known = {name for one in found if span[1] in one.steps for name in one.tensors}
            found.extend(_odd(context, k, known))
            if not any(one.steps == span for one in found):
                found.extend(_dip(context, k))
    return found


def _dip(context: Context, k: int) -> Iterator[TrajectoryFinding]:
    """Ask whether an interval takes back far more of the weights than those around it.

    A model mixed in takes its share of what was there; training hardly takes any of it.
    """
    if k < 2:
        return
    matrices = context.matrices()
    here = context.pooled(matrices, k - 1, k)
    around = [
        context.pooled(matrices, one - 1, one)
        for one in (k - 1, k + 1)
        if 1 <= one < context.n_checkpoints
    ]
    near = [one for one in around if one is not None]
    if here is None or len(near) < len(around):
        return
    # Long intervals keep less by decay and short ones more: it must hold with decay and without.
    # Slopes above 1 are of weights that grew; to keep all is no loss beside them.
    least = min(1.0, *(one.low for one in near))
    dip = max(here.high / least if least > 0.0 else 1.0, _with_decay(here, near))
    if dip >= _DIP:
        return
    first, last = context.steps[k - 1], context.steps[k]
    yield finding(
        "jump",
        "contradiction" if dip < _DEEP else "open",
        f"Between step {first} and step {last} the weights lose much more of what they were "
        f"(slope {here.slope:.2f}) than before and after, as if another model was mixed in.",
        f"{first} 스텝과 {last} 스텝 사이에서 가중치가 그 앞뒤보다 훨씬 많이 이전 값을 잃습니다"
        f"(기울기 {here.slope:.2f}). 다른 모델을 섞으면 이렇게 됩니다.",
        steps=(first, last),
        share=context.share(matrices),
    )


def _with_decay(here: Kept, near: Sequence[Kept]) -> float:
    least = min(one.low / one.expected if one.expected else 0.0 for one in near)
    return here.high / here.expected / least if here.expected and least > 0.0 else 1.0


def _beyond(context: Context, k: int) -> Iterator[TrajectoryFinding]:
    first, last = context.steps[k - 1], context.steps[k]
    over = []
    for stack in context.stacks:
        used = context.used(stack, k)
        fixed = stack.name in context.chooser.fixed
        if used is not None and used > USED and not fixed and not context.is_frozen(stack.name, k):
            over.append((used, stack))
    if over:
        most = max(used for used, _ in over)
        stacks = [stack for _, stack in sorted(over, key=lambda one: -one[0])]
        en, ko = listed([one.name for one in stacks])
        yield finding(
            "jump",
            "contradiction",
            f"Between step {first} and step {last} weights move {most:.1f} times as far as the "
            f"declared optimiser can move them: {en}.{_averaged(context, k)[0]}",
            f"{first} 스텝과 {last} 스텝 사이에서 가중치가 선언한 옵티마이저가 옮길 수 있는 "
            f"거리의 {most:.1f}배를 움직입니다: {ko}.{_averaged(context, k)[1]}",
            tensors=[one.name for one in stacks],
            steps=(first, last),
            share=context.share(stacks),
        )
    whole = context.model_used(k)
    if whole is not None and whole > USED:
        yield finding(
            "jump",
            "contradiction",
            f"Between step {first} and step {last} all weights together move {whole:.1f} times "
            "as far as clipped gradients can move them.",
            f"{first} 스텝과 {last} 스텝 사이에서 전체 가중치가 클리핑된 기울기로 움직일 수 있는 "
            f"거리의 {whole:.1f}배를 움직입니다.",
            steps=(first, last),
            share=1.0,
        )


def outlying(context: Context, stack: Stack, k: int) -> float | None:
    """Return how much faster a tensor moves in an interval than in those around it.

    Parameters
    ----------
    context
        The run.
    stack
        The tensor.
    k
        Number of the later checkpoint.

    Returns
    -------
    float or None
        Over the faster neighbour, by the sum of rates or by its root, whichever says less; None
        for the first interval, in which everything is fast, and where nothing is known.
    """
    if k < 2:
        return None
    around = [one for one in (k - 1, k + 1) if 1 <= one < context.n_checkpoints]
    ratios = []
    for power in (0.5, 1.0):
        here = _speed(context, stack, k, power)
        near = [_speed(context, stack, one, power) for one in around]
        if here is None or any(one is None for one in near):
            return None
        fastest = max(one for one in near if one is not None)
        if fastest <= 0.0:
            return None
        ratios.append(here / fastest)
    return min(ratios)


def _speed(context: Context, stack: Stack, k: int, power: float) -> float | None:
    rates = context.bounds.lr_sum(k)
    if rates is None:
        rates = float(context.steps[k] - context.steps[k - 1])
    if rates <= 0.0 or context.is_partly_frozen(stack.name, k):
        return None
    return float(math.sqrt(context.move(stack).change(k)) / rates**power)


def _odd(context: Context, k: int, known: set[str]) -> Iterator[TrajectoryFinding]:
    scored = [
        (found, stack)
        for stack in context.matrices()
        if stack.name not in known and (found := outlying(context, stack, k)) is not None
    ]
    fast = [stack for score, stack in scored if score > OUTLIER]
    level_is_sure = _is_enough(context, fast)
    stacks = fast if level_is_sure else [stack for score, stack in scored if score > ODD]
    if not stacks or not (level_is_sure or _is_enough(context, stacks)):
        return
    first, last = context.steps[k - 1], context.steps[k]
    most = max(score for score, _ in scored)
    en, ko = listed([one.name for one in stacks])
    yield finding(
        "jump",
        "contradiction" if level_is_sure else "open",
        f"Between step {first} and step {last} weights move {most:.1f} times as fast as before "
        f"and after: {en}.{_averaged(context, k)[0]}",
        f"{first} 스텝과 {last} 스텝 사이에서 가중치가 그 앞뒤보다 {most:.1f}배 빠르게 "
        f"움직입니다: {ko}.{_averaged(context, k)[1]}",
        tensors=[one.name for one in stacks],
        steps=(first, last),
        share=context.share(stacks),
    )


def _averaged(context: Context, k: int) -> tuple[str, str]:
    """Say of the last interval what a maker may have left out of the recipe."""
    if k < context.n_checkpoints - 1:
        return "", ""
    return (
        (
            " If the last checkpoint is an average of earlier weights, declare "
            "submission.averaged; if all of them are, averaged."
        ),
        (
            " 마지막 체크포인트가 이전 가중치의 평균이라면 submission.averaged로, 모든 "
            "체크포인트가 그렇다면 averaged로 선언하십시오."
        ),
    )


def _is_enough(context: Context, stacks: Sequence[Stack]) -> bool:
    return len(stacks) >= _FEWEST or (bool(stacks) and context.share(stacks) >= _SHARE)
