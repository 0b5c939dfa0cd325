"""What cannot be told of a run from what was given, in words.

The module says what is missing; it judges nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dokja.document.common import Localized
from dokja.trajectory.continuity import is_testable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dokja.document.trajectory import StartFit
    from dokja.trajectory.context import Context
    from dokja.trajectory.logs import LogTable

__all__ = ["given_names", "untold"]


def untold(
    context: Context, fits: Sequence[StartFit], tables: Sequence[LogTable], *, tried: bool
) -> tuple[Localized, ...]:
    """Say what cannot be told of a run from what was given.

    Parameters
    ----------
    context
        The run.
    fits
        Tensors of step 0 beside their initialiser.
    tables
        Its logs.
    tried
        Whether step 0 was drawn again.

    Returns
    -------
    tuple of Localized
        Always some: a run never proves all.
    """
    return (
        *_of_data(),
        *_of_parts(context, fits),
        *_of_bounds(context),
        *_of_logs(context, tables),
        *_of_start(context, tried=tried),
    )


def _of_data() -> Iterator[Localized]:
    yield Localized(
        en="That the weights were trained on the declared data, and not on answers of another "
        "model: data leaves no signature in weights.",
        ko="선언한 데이터로 학습했는지, 다른 모델의 답으로 학습하지 않았는지: 데이터는 가중치에 "
        "서명을 남기지 않습니다.",
    )


def given_names(context: Context, fits: Sequence[StartFit]) -> frozenset[str]:
    """Return what was trained from weights that were there before, by the recipe's own word.

    Parameters
    ----------
    context
        The run.
    fits
        Its step 0 beside the initialiser.

    Returns
    -------
    frozenset of str
        Names of tensors; without those that were never trained.
    """
    return frozenset(
        fit.name
        for fit in fits
        if fit.declared.startswith("given") and not context.is_always_frozen(fit.name)
    )


def _of_parts(context: Context, fits: Sequence[StartFit]) -> Iterator[Localized]:
    said = context.recipe.submission
    if said is not None and said.averaged:
        yield Localized(
            en="How the last checkpoint was reached: it is declared an average of earlier weights, "
            "so that only its descent from step 0 was judged, and no order of the others.",
            ko="마지막 체크포인트에 이른 과정: 이전 가중치의 평균이라고 선언했으므로 0 스텝에서 "
            "이어졌는지만 판단했고, 다른 체크포인트의 순서는 보지 않았습니다.",
        )
    frozen = [stack for stack in context.stacks if context.is_always_frozen(stack.name)]
    if frozen:
        share = context.share(frozen)
        yield Localized(
            en=f"Where the {share:.0%} of the parameters come from that are declared frozen: this "
            "run did not make them. Audit them against their source.",
            ko=f"고정했다고 선언한 매개변수 {share:.0%}의 출처: 이 학습이 만든 것이 아닙니다. 그 "
            "출처와 대조해 감사하십시오.",
        )
    trained = given_names(context, fits)
    if trained:
        share = context.share([one for one in context.stacks if one.name in trained])
        yield Localized(
            en=f"{share:.0%} of the parameters are declared to begin from weights that were there "
            "before; they are not trained from random ones.",
            ko=f"매개변수의 {share:.0%}는 이미 있던 가중치에서 시작한다고 선언했습니다. 무작위에서 "
            "학습한 것이 아닙니다.",
        )


def _of_bounds(context: Context) -> Iterator[Localized]:
    kinds = {
        context.bounds.allowance(one.name, one.shape, k).kind
        for one in context.matrices()
        for k in range(1, context.n_checkpoints)
    }
    if "none" in kinds or not kinds:
        yield Localized(
            en="How far the optimiser can move some weights in a step: no bound is known for it "
            "as it is declared. Continuity, directions and speeds were judged without one.",
            ko="선언한 옵티마이저가 한 스텝에 일부 가중치를 얼마나 움직일 수 있는지: 알려진 상한이 "
            "없습니다. 연속성, 방향, 속도는 상한 없이 판단했습니다.",
        )


def _of_logs(context: Context, tables: Sequence[LogTable]) -> Iterator[Localized]:
    if not tables:
        yield Localized(
            en="Anything about losses, rates and times: no log was given.",
            ko="손실, 학습률, 시각에 관한 모든 것: 로그가 없습니다.",
        )
    elif all(one.loss is None for one in context.recipe.checkpoints):
        yield Localized(
            en="That the log is that of these weights: no loss was noted with the checkpoints, and "
            "the model was not run.",
            ko="로그가 이 가중치의 것인지: 체크포인트에 손실이 적혀 있지 않고, 모델을 실행하지 "
            "않았습니다.",
        )
    else:
        yield Localized(
            en="That the model has the logged loss when it is run: it was not run here.",
            ko="모델을 실행하면 로그의 손실이 나오는지: 여기서는 실행하지 않았습니다.",
        )


def _of_start(context: Context, *, tried: bool) -> Iterator[Localized]:
    if context.recipe.seed is not None and not tried:
        yield Localized(
            en="Whether the declared seed gives step 0: it could not be drawn again here.",
            ko="선언한 시드로 0 스텝이 나오는지: 여기서 다시 뽑을 수 없었습니다.",
        )
    last = context.n_checkpoints - 1
    if last and not is_testable(context.pooled(context.matrices(), 0, last)):
        yield Localized(
            en="Whether anything of step 0 is left at the end: decay leaves too little of it, or "
            "is not known.",
            ko="0 스텝의 값이 끝에 남아 있는지: 감쇠로 남는 것이 너무 적거나 감쇠를 알 수 "
            "없습니다.",
        )
