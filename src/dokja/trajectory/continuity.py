"""Whether one model runs through all checkpoints: what of the start is left, and where it is lost.

The module judges continuity; it knows no reference and never says whose weights came in.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from dokja.trajectory.directions import directions_of
from dokja.trajectory.findings import finding, listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dokja.document.trajectory import TrajectoryFinding
    from dokja.trajectory.context import Context, Kept
    from dokja.trajectory.reading import Stack

__all__ = ["LOST", "are_followed", "check_continuity", "is_followed", "is_lost", "is_testable"]

LOST: Final = 0.25
"""Part of what decay leaves of earlier weights, below which they are gone. The least that was seen
in a tensor of an honest run is 0.56."""
_SURE: Final = 0.2
"""Half width of the limits, as a part of the same, beyond which nothing is said."""
_STRAIGHT: Final = 0.9
_PULLED: Final = -0.2
_FEWEST: Final = 3
_SHARE: Final = 0.02


def is_testable(kept: Kept | None) -> bool:
    """Tell whether enough is known of a slope for it to be judged.

    Parameters
    ----------
    kept
        The slope.

    Returns
    -------
    bool
        False where decay is not known, leaves nothing, or the limits are too wide.
    """
    if kept is None or kept.expected is None:
        return False
    return kept.high - kept.slope < _SURE * kept.expected


def is_followed(kept: Kept | None) -> bool:
    """Tell whether later weights were seen to hold earlier ones, or would have been seen not to.

    Parameters
    ----------
    kept
        Slope of the later on the earlier.

    Returns
    -------
    bool
        True if the slope can be judged, or lies surely above what strangers have, whatever decay
        is declared.
    """
    return is_testable(kept) or (kept is not None and kept.low > LOST)


def is_lost(kept: Kept | None) -> bool:
    """Tell whether earlier weights are gone from later ones.

    Parameters
    ----------
    kept
        Slope of the later on the earlier.

    Returns
    -------
    bool
        True if it can be judged and its upper limit is far below what decay leaves.

    Notes
    -----
    Null hypothesis: the later weights are the earlier ones, shrunk by decay, and what training
    added. Updates are made of gradients; they have no reason to take back the random numbers that
    a tensor began as, and in networks with more weights than the data needs they do so in few
    directions only. Weights of another run have slope 0, whatever lies in between.
    """
    if kept is None or kept.expected is None or not is_testable(kept):
        return False
    return kept.high < LOST * kept.expected


def are_followed(context: Context, stacks: Sequence[Stack]) -> bool:
    """Tell whether weights were followed from step 0 to the end, at once or from each to the next.

    A long run with decay leaves nothing of step 0, and each checkpoint much of the one before it.

    Parameters
    ----------
    context
        The run.
    stacks
        Matrices, judged together.

    Returns
    -------
    bool
        False where decay is not known and nothing of step 0 is seen, or one link is missing.
    """
    last = context.n_checkpoints - 1
    if is_followed(context.pooled(stacks, 0, last)):
        return True
    links = [context.pooled(stacks, k - 1, k) for k in range(1, last + 1)]
    return all(is_testable(one) and not is_lost(one) for one in links)


def check_continuity(context: Context) -> list[TrajectoryFinding]:
    """Ask whether each part of the model runs from step 0 to the end.

    Parameters
    ----------
    context
        The run.

    Returns
    -------
    list of TrajectoryFinding
        Where other weights came in.
    """
    matrices = context.matrices()
    whole = _of_group(context, matrices, whole=True)
    if whole:
        return whole
    found: list[TrajectoryFinding] = []
    groups: dict[str, list[Stack]] = defaultdict(list)
    for stack in matrices:
        groups[context.chooser.components.get(stack.name, stack.name.partition(".")[0])].append(
            stack
        )
    if len(groups) > 1:
        for members in groups.values():
            if len(members) >= _FEWEST:
                found.extend(_of_group(context, members, whole=False))
    named = {name for one in found for name in one.tensors}
    found.extend(_of_tensors(context, [one for one in matrices if one.name not in named]))
    return found


def _of_group(context: Context, stacks: Sequence[Stack], *, whole: bool) -> list[TrajectoryFinding]:
    last = context.n_checkpoints - 1
    abrupt = [k for k in range(1, last + 1) if is_lost(context.pooled(stacks, k - 1, k))]
    if abrupt:
        return [_abrupt(context, stacks, abrupt, whole=whole)]
    if last > 0 and is_lost(context.pooled(stacks, 0, last)):
        return [_gradual(context, stacks, whole=whole)]
    return []


def _abrupt(
    context: Context, stacks: Sequence[Stack], places: Sequence[int], *, whole: bool
) -> TrajectoryFinding:
    steps, k = context.steps, places[0]
    first, last = steps[k - 1], steps[k]
    kept = context.pooled(stacks, k - 1, k)
    slope = 0.0 if kept is None else kept.slope
    en, ko = ("the weights", "가중치") if whole else listed([one.name for one in stacks])
    if k == 1 and first == 0:
        return finding(
            "pasted_start",
            "contradiction",
            f"Nothing of step 0 is left in {en} at step {last} (slope {slope:.2f}): the random "
            "start was put before a model that did not grow from it.",
            f"{last} 스텝의 {ko}에 0 스텝의 값이 남아 있지 않습니다(기울기 {slope:.2f}). 무작위 "
            "시작점은 그로부터 자라지 않은 모델 앞에 덧붙인 것입니다.",
            tensors=() if whole else [one.name for one in stacks],
            steps=(first, last),
            share=context.share(stacks),
        )
    back = _returns(context, stacks, places)
    then = (
        "later checkpoints go on from before, so that only those in between are foreign"
        if back
        else "what follows, up to the end, did not grow from the start"
    )
    ko_then = (
        "이후 체크포인트는 그 전에서 이어지므로 그 사이의 것만 다른 모델입니다"
        if back
        else "그 뒤로 끝까지는 시작점에서 자란 것이 아닙니다"
    )
    return finding(
        "swap",
        "contradiction",
        f"Between step {first} and step {last} {en} were exchanged for others (slope "
        f"{slope:.2f}); {then}.",
        f"{first} 스텝과 {last} 스텝 사이에서 {ko}가 다른 것으로 바뀌었습니다(기울기 "
        f"{slope:.2f}). {ko_then}.",
        tensors=() if whole else [one.name for one in stacks],
        steps=sorted({step for place in places for step in (steps[place - 1], steps[place])}),
        share=context.share(stacks),
    )


def _returns(context: Context, stacks: Sequence[Stack], places: Sequence[int]) -> bool:
    last = context.n_checkpoints - 1
    return len(places) > 1 and not is_lost(context.pooled(stacks, 0, last))


def _gradual(context: Context, stacks: Sequence[Stack], *, whole: bool) -> TrajectoryFinding:
    steps, last = context.steps, context.n_checkpoints - 1
    kept = context.pooled(stacks, 0, last)
    slope = 0.0 if kept is None else kept.slope
    begins = next((k for k in range(1, last + 1) if _falls(context.pooled(stacks, 0, k))), 1)
    way_en, way_ko = _way(context, stacks)
    en, ko = ("the weights", "가중치") if whole else listed([one.name for one in stacks])
    return finding(
        "interpolated",
        "contradiction",
        f"Step by step {en} lose all of step 0 (slope {slope:.2f} at the end), which training "
        f"does not: from step {steps[begins - 1]} on the checkpoints lead to a model that did "
        f"not grow from this start, {way_en}.",
        f"{ko}에서 0 스텝의 값이 조금씩 모두 사라집니다(끝에서 기울기 {slope:.2f}). 학습으로는 "
        f"그렇게 되지 않습니다. {steps[begins - 1]} 스텝부터 체크포인트가 이 시작점에서 자라지 "
        f"않은 모델로 {way_ko} 이어집니다.",
        tensors=() if whole else [one.name for one in stacks],
        steps=steps[begins - 1 :],
        share=context.share(stacks),
    )


def _falls(kept: Kept | None) -> bool:
    return kept is not None and kept.high < 0.8 * (kept.expected or 1.0)


def _way(context: Context, stacks: Sequence[Stack]) -> tuple[str, str]:
    """Say how the checkpoints lead there, by the cosines of neighbouring displacements."""
    cosines = [one for one in directions_of(context, stacks).next_cosines() if one is not None]
    middle = statistics.median(cosines) if cosines else 0.0
    if middle > 0.99:
        return "in a straight line", "직선으로"
    if middle > _STRAIGHT:
        return "along a smooth curve", "매끄러운 곡선으로"
    if middle < _PULLED:
        return "with fresh noise on each", "저마다 새 잡음을 더해"
    return "with noise that hides the line", "직선을 감추는 잡음을 더해"


def _of_tensors(context: Context, stacks: Sequence[Stack]) -> list[TrajectoryFinding]:
    """Look for single tensors that were exchanged from one checkpoint to the next."""
    found: list[TrajectoryFinding] = []
    for k in range(1, context.n_checkpoints):
        lost = [one for one in stacks if is_lost(context.kept(one, k - 1, k))]
        if not lost:
            continue
        share = context.share(lost)
        sure = len(lost) >= _FEWEST or share >= _SHARE
        one = _abrupt(context, lost, [k], whole=False)
        found.append(one if sure else one.model_copy(update={"level": "open"}))
    return found
