"""What a run comes to, in a sentence that claims no more than was seen.

The module weighs findings that others made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dokja.document.common import Localized
from dokja.document.trajectory import TrajectoryVerdict
from dokja.trajectory.untold import given_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dokja.document.trajectory import StartFit, TrajectoryFinding
    from dokja.trajectory.context import Context

__all__ = ["verdict_of"]

_FEW: Final = 0.01
"""Share of the parameters too small for a word of its own."""


def verdict_of(
    context: Context, found: Sequence[TrajectoryFinding], fits: Sequence[StartFit]
) -> TrajectoryVerdict:
    """Say what the findings of a run come to.

    Parameters
    ----------
    context
        The run.
    found
        What was found, the strongest first.
    fits
        Its step 0 beside the initialiser.

    Returns
    -------
    TrajectoryVerdict
        Contradicted by any contradiction, inconclusive where something stays open, else consistent.
    """
    against = [one for one in found if one.level == "contradiction"]
    open_ = [one for one in found if one.level == "open"]
    decisive = against or open_
    reasons = tuple(dict.fromkeys(one.reason for one in decisive))
    frozen = context.share([one for one in context.stacks if context.is_always_frozen(one.name)])
    names = given_names(context, fits)
    given = context.share([one for one in context.stacks if one.name in names])
    return TrajectoryVerdict(
        outcome="contradicted" if against else "inconclusive" if open_ else "consistent",
        reasons=reasons,
        summary=_summary(context, against, open_, frozen=frozen, given=given),
        frozen_share=frozen,
        given_share=given,
    )


def _summary(
    context: Context,
    against: Sequence[TrajectoryFinding],
    open_: Sequence[TrajectoryFinding],
    *,
    frozen: float,
    given: float,
) -> Localized:
    n = context.n_checkpoints
    if against:
        first = against[0].message
        return Localized(
            en=f"The recipe is contradicted. {first.en}",
            ko=f"레시피와 모순됩니다. {first.ko}",
        )
    if open_:
        first = open_[0].message
        return Localized(
            en=f"Nothing contradicts the recipe, but it is not borne out either. {first.en}",
            ko=f"레시피와 모순되는 것은 없지만, 뒷받침되지도 않습니다. {first.ko}",
        )
    start = _start_words(frozen, given)
    return Localized(
        en=f"All {n} checkpoints bear out the recipe: {start.en}, movements the optimiser can "
        "make, one model from the first step to the submission.",
        ko=f"체크포인트 {n}개가 모두 레시피를 뒷받침합니다. {start.ko}, 움직임은 "
        "옵티마이저가 낼 수 있는 것이며, 첫 스텝부터 제출물까지 한 모델입니다.",
    )


def _start_words(frozen: float, given: float) -> Localized:
    """Say what a run that fits began with; only what was random and trained is shown by it."""
    if frozen + given == 0.0:
        return Localized(en="a random start", ko="시작은 무작위이고")
    english, korean = [], []
    if given > 0.0:
        english.append(f"for {given:.0%} of the parameters weights that were there before")
        korean.append(f"매개변수의 {given:.0%}는 이미 있던 가중치에서 시작했다고 선언했고")
    if frozen > 0.0:
        english.append(f"for {frozen:.0%} weights that it did not train")
        korean.append(f"{frozen:.0%}는 학습하지 않았고")
    rest = 1.0 - frozen - given
    if rest > _FEW:
        english.append(f"a random start for the other {rest:.0%}")
        korean.append(f"나머지 {rest:.0%}의 시작은 무작위이고")
    return Localized(en=", ".join(english), ko=", ".join(korean))
