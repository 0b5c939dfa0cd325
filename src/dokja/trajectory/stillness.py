"""Tensors that stand still undeclared, or move although they are declared frozen.

The module judges stillness; it never says whose weights a still tensor holds.
"""

from __future__ import annotations

import math
import statistics
from typing import TYPE_CHECKING, Final

from dokja.trajectory.bounds import half_step
from dokja.trajectory.findings import finding, listed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dokja.document.trajectory import StartFit, TrajectoryFinding
    from dokja.trajectory.context import Context
    from dokja.trajectory.reading import Stack

__all__ = ["check_stillness"]

_FEWEST: Final = 2
_SHARE: Final = 0.01
_SKIPPED: Final = 16
"""Updates that a scaled loss may leave out until its scale is found."""
_TRAINED: Final = frozenset({"structured", "differs"})


def check_stillness(context: Context, fits: Mapping[str, StartFit]) -> list[TrajectoryFinding]:
    """Ask of every tensor whether it moves exactly when it is declared to.

    Parameters
    ----------
    context
        The run.
    fits
        Tensors of step 0 beside their initialiser.

    Returns
    -------
    list of TrajectoryFinding
        Those that do not.
    """
    found = [*_moved(context)]
    still = [stack for stack in context.stacks if _never_moves(context, stack)]
    found.extend(_undeclared(context, still, fits))
    found.extend(_declared(context, still, fits))
    found.extend(_doubled(context))
    found.extend(_paused(context, {stack.name for stack in still}))
    return found


def _moved(context: Context) -> list[TrajectoryFinding]:
    moved: dict[str, list[int]] = {}
    for stack in context.stacks:
        for k in range(1, context.n_checkpoints):
            if context.is_frozen(stack.name, k) and context.move(stack).change(k) > 0.0:
                moved.setdefault(stack.name, []).append(k)
    if not moved:
        return []
    names = list(moved)
    en, ko = listed(names)
    places = sorted({k for held in moved.values() for k in held})
    steps = sorted({context.steps[one] for k in places for one in (k - 1, k)})
    return [
        finding(
            "frozen_moved",
            "contradiction",
            f"Declared frozen, yet they change: {en}.",
            f"고정했다고 선언했지만 값이 바뀝니다: {ko}.",
            tensors=names,
            steps=steps,
            share=context.share([one for one in context.stacks if one.name in moved]),
        )
    ]


def _is_still(context: Context, stack: Stack, k: int) -> bool:
    move = context.move(stack)
    return move.n > 0 and move.change(k) == 0.0


def _never_moves(context: Context, stack: Stack) -> bool:
    return context.n_checkpoints > 1 and all(
        _is_still(context, stack, k) for k in range(1, context.n_checkpoints)
    )


def _is_trained(context: Context, stack: Stack) -> bool:
    return (
        len(stack.shape) >= 2
        and stack.n_elements >= 256
        and stack.name not in context.chooser.fixed
        and not context.is_always_frozen(stack.name)
    )


def _undeclared(
    context: Context, still: Sequence[Stack], fits: Mapping[str, StartFit]
) -> list[TrajectoryFinding]:
    stands = [stack for stack in still if _is_trained(context, stack) and _shows(context, stack)]
    stands = [stack for stack in stands if not _excused(context, stack)]
    if not stands or len(stands) == len(context.matrices()):
        return []
    borrowed = [stack for stack in stands if _looks_trained(fits.get(stack.name))]
    if borrowed:
        return [_borrowed(context, stands if len(borrowed) * 2 > len(stands) else borrowed)]
    share = context.share(stands)
    en, ko = listed([one.name for one in stands])
    sure = len(stands) >= _FEWEST or share >= _SHARE
    return [
        finding(
            "standstill",
            "contradiction" if sure else "open",
            f"Declared trained, yet bit for bit the same from the first checkpoint to the last: "
            f"{en}. Parts that nothing uses are to be declared frozen.",
            f"학습했다고 선언했지만 처음부터 끝까지 한 비트도 바뀌지 않습니다: {ko}. 쓰이지 않는 "
            "부분이라면 고정했다고 선언해야 합니다.",
            tensors=[one.name for one in stands],
            share=share,
        )
    ]


def _excused(context: Context, stack: Stack) -> bool:
    """Tell whether a tensor is declared frozen, at least in part, wherever it would have moved."""
    return not any(
        _shows(context, stack, k)
        for k in range(1, context.n_checkpoints)
        if not context.is_frozen(stack.name, k) and not context.is_partly_frozen(stack.name, k)
    )


def _looks_trained(fit: StartFit | None) -> bool:
    return fit is not None and fit.outcome in _TRAINED


def _borrowed(context: Context, stacks: Sequence[Stack]) -> TrajectoryFinding:
    en, ko = listed([one.name for one in stacks])
    return finding(
        "frozen_borrowed",
        "contradiction",
        f"They never change, and at step 0 they are not what random numbers look like: {en}. "
        "They hold the weights of a model that was trained before, or a table that is declared "
        "as random.",
        f"한 번도 바뀌지 않고, 0 스텝에서도 무작위 값의 모습이 아닙니다: {ko}. 전에 학습된 모델의 "
        "가중치이거나, 무작위라고 선언한 계산표입니다.",
        tensors=[one.name for one in stacks],
        steps=(context.steps[0], context.steps[-1]),
        share=context.share(stacks),
    )


def _declared(
    context: Context, still: Sequence[Stack], fits: Mapping[str, StartFit]
) -> list[TrajectoryFinding]:
    """Look at frozen tensors that are declared random, or not declared at all, and are not."""
    stands = [stack for stack in still if context.is_always_frozen(stack.name)]
    said = [part for part in context.recipe.frozen if part.source is not None]
    trained = [
        stack
        for stack in stands
        if len(stack.shape) >= 2
        and _looks_trained(fits.get(stack.name))
        and not any(context.chooser.fits(part, stack.name) for part in said)
    ]
    return [_borrowed(context, trained)] if trained else []


def _shows(context: Context, stack: Stack, k: int | None = None) -> bool:
    """Tell whether a movement such as that of its like would be seen in its number format."""
    places = range(1, context.n_checkpoints) if k is None else (k,)
    peers = [one for one in context.matrices() if one.name != stack.name]
    for place in places:
        moved = [_rms_change(context, one, place) for one in peers]
        moved = [one for one in moved if one > 0.0]
        size = math.sqrt(context.move(stack).square(place) / max(stack.n_elements, 1))
        if moved and statistics.median(moved) > 0.5 * size * half_step(stack.records[place].dtype):
            return True
    return False


def _rms_change(context: Context, stack: Stack, k: int) -> float:
    return math.sqrt(context.move(stack).change(k) / max(stack.n_elements, 1))


def _doubled(context: Context) -> list[TrajectoryFinding]:
    """Look for checkpoints that are equal although the optimiser worked in between."""
    found = []
    for k in range(1, context.n_checkpoints):
        trained = [one for one in context.matrices() if not context.is_frozen(one.name, k)]
        if not trained or not all(_is_still(context, one, k) for one in trained):
            continue
        if context.bounds.may_stand_still(k):
            continue
        first, last = context.steps[k - 1], context.steps[k]
        # Scaled losses overflow at first, and their updates are left out.
        is_brief = first == 0 and last <= _SKIPPED
        found.append(
            finding(
                "standstill",
                "note" if is_brief else "contradiction",
                f"The checkpoints of steps {first} and {last} are the same, although the "
                "declared learning rate in between is not zero"
                + (": the first updates may have been skipped." if is_brief else "."),
                f"{first} 스텝과 {last} 스텝의 체크포인트가 같습니다. 선언한 학습률은 그 사이에 "
                "0이 아닙니다." + (" 첫 갱신을 건너뛴 것일 수 있습니다." if is_brief else ""),
                steps=(first, last),
                share=1.0,
            )
        )
    return found


def _paused(context: Context, never: set[str]) -> list[TrajectoryFinding]:
    """Look for tensors that stand still in some intervals and move in others, undeclared."""
    paused: dict[str, list[int]] = {}
    for k in range(1, context.n_checkpoints):
        trained = [
            one
            for one in context.matrices()
            if one.name not in never and not context.is_partly_frozen(one.name, k)
        ]
        still = [one for one in trained if _is_still(context, one, k)]
        if len(still) == len(trained):
            continue
        for stack in still:
            if _shows(context, stack, k):
                paused.setdefault(stack.name, []).append(k)
    if not paused:
        return []
    names = list(paused)
    en, ko = listed(names)
    places = sorted({k for held in paused.values() for k in held})
    share = context.share([one for one in context.stacks if one.name in paused])
    sure = len(names) >= _FEWEST or share >= _SHARE
    return [
        finding(
            "standstill",
            "contradiction" if sure else "open",
            f"Declared trained, yet bit for bit the same between some checkpoints: {en}.",
            f"학습했다고 선언했지만 일부 체크포인트 사이에서 한 비트도 바뀌지 않습니다: {ko}.",
            tensors=names,
            steps=sorted({context.steps[one] for k in places for one in (k - 1, k)}),
            share=share,
        )
    ]
