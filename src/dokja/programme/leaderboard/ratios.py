"""Own average over those of named reference models, as a percentage.

The module divides averages over the same benchmarks and refuses all others.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal
from typing import TYPE_CHECKING, Final

from dokja.document.common import Localized
from dokja.document.leaderboard import AverageRatio, RatioReport
from dokja.document.number import Known, Unknown

if TYPE_CHECKING:
    from typing import Literal

    from dokja.document.leaderboard import Average, AverageComparison, PublishedRatio

    _Status = Literal["agrees", "differs", "not published"]

__all__ = ["compare_averages"]

_CONTEXT: Final = Context(prec=50, rounding=ROUND_HALF_UP)


def compare_averages(averages: AverageComparison) -> RatioReport:
    """Divide one model's average by each reference's.

    Parameters
    ----------
    averages
        The averages, and what was printed about them.

    Returns
    -------
    RatioReport
        One ratio per reference, unknown where the two are not over the same benchmarks.

    Notes
    -----
    A ratio of averages is not an average of ratios: a benchmark with large numbers weighs more,
    and 104 % does not say on how many benchmarks the model is ahead.
    """
    printed = {one.reference: one for one in averages.published}
    return RatioReport(
        comparison=averages.id,
        own=averages.own.model,
        ratios=tuple(
            _ratio(averages.own, one, printed.get(one.model)) for one in averages.references
        ),
        sentences=(
            Localized(
                en="A ratio of averages is not an average of ratios, and says neither on how many "
                "benchmarks a model is ahead nor how far chance reaches.",
                ko="평균의 비는 비의 평균이 아니며, 몇 개 벤치마크에서 앞서는지도 "
                "우연의 폭도 말하지 않습니다.",
            ),
        ),
        sources=averages.sources,
    )


def _ratio(own: Average, reference: Average, printed: PublishedRatio | None) -> AverageRatio:
    published = None if printed is None else printed.percent
    if own.benchmark_set != reference.benchmark_set or reference.value <= 0:
        return AverageRatio(
            reference=reference.model,
            percent=Unknown(reason=_why_not(own, reference)),
            published=published,
            rounded=None,
            status="not computable",
        )
    percent = _CONTEXT.divide(_CONTEXT.multiply(own.value, Decimal(100)), reference.value)
    rounded = None
    if printed is not None:
        step = Decimal(1).scaleb(-printed.digits)
        rounded = percent.quantize(step, rounding=ROUND_HALF_UP, context=_CONTEXT)
    return AverageRatio(
        reference=reference.model,
        percent=Known(value=percent, basis="computed"),
        published=published,
        rounded=rounded,
        status=_status(rounded, published),
    )


def _status(rounded: Decimal | None, published: Decimal | None) -> _Status:
    if rounded is None or published is None:
        return "not published"
    return "agrees" if rounded == published else "differs"


def _why_not(own: Average, reference: Average) -> Localized:
    if own.benchmark_set != reference.benchmark_set:
        return Localized(
            en=f"the averages are over different benchmarks: {own.benchmark_set} and "
            f"{reference.benchmark_set}",
            ko=f"평균을 낸 벤치마크가 다름: {own.benchmark_set}, {reference.benchmark_set}",
        )
    return Localized(
        en=f"the average of {reference.model} is not positive",
        ko=f"{reference.model}의 평균이 0보다 크지 않음",
    )
