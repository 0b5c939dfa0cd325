"""Rules on what lies between two that are kin: mixtures, small steps, and shared parts.

Notes beside a relation. The module words findings; what evidence means is said elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dokja.document.audit import (
    HeadsEvidence,
    MixtureEvidence,
    MomentsEvidence,
    Relation,
    StepsEvidence,
)
from dokja.document.common import Localized
from dokja.policy.heads import head_operations
from dokja.policy.mixture import COLLINEAR, is_taken_over, mixed_by, part_of_mixture
from dokja.policy.partial import SharedPart, runs, shared_part
from dokja.policy.rules import Message, Rule
from dokja.policy.steps import (
    SMALLEST,
    frozen_layers,
    is_low_rank,
    is_noise,
    later_by_grid,
    pruned_side,
)
from dokja.policy.undoing import WORDS
from dokja.policy.wording import phrase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dokja.policy.facts import Facts
    from dokja.policy.policy import Thresholds
    from dokja.policy.relation import Decision
    from dokja.policy.rules import Case

__all__ = ["beside_reason"]

_RELATED = frozenset({Relation.REUSED, Relation.DERIVED})
_TWO_OF_FOUR = 0.98
_FORMATS = {
    "int8": "INT8",
    "int4": "INT4",
    "nf4": "NF4",
    "fp8_e4m3": "FP8 (E4M3)",
    "fp8_e5m2": "FP8 (E5M2)",
    "4bit": "4-bit",
}


def beside_reason(
    facts: Facts, decision: Decision, thresholds: Thresholds
) -> tuple[Localized, ...]:
    """Say what belongs beside the reason of a relation: the weight of a part, the part shared.

    Parameters
    ----------
    facts
        The component against a reference.
    decision
        What was decided.
    thresholds
        Of the policy.

    Returns
    -------
    tuple of Localized
        Whole sentences.
    """
    if decision.level == "structure" or decision.relation not in _RELATED:
        return ()
    found = []
    item = part_of_mixture(facts, thresholds)
    if item is not None:
        found.append(_part_text(item))
    part = shared_part(facts.result, thresholds)
    if part is not None:
        found.append(_shared_text(part))
    return tuple(found)


def _joined(*sentences: Localized) -> Localized:
    return Localized(
        en=" ".join(sentence.en for sentence in sentences),
        ko=" ".join(sentence.ko for sentence in sentences),
    )


def _percent(share: float) -> str:
    return f"{share:.0%}" if share in {0.0, 1.0} or 0.1 <= share <= 0.995 else f"{share:.1%}"


def _number(value: float | None) -> str:
    return "?" if value is None else f"{value:.2f}"


# -- mixtures -------------------------------------------------------------------------------------


def _part_text(item: MixtureEvidence) -> Localized:
    return phrase(
        "mixture",
        "part",
        weight=_number(item.weight),
        low=_number(item.low),
        high=_number(item.high),
        explained=_percent(1.0 - item.residual_share),
    )


def _mixture(case: Case) -> Iterator[Message]:
    item = case.facts.get(MixtureEvidence)
    if item is None or case.decision.relation not in {*_RELATED, Relation.INCONCLUSIVE}:
        return
    part = part_of_mixture(case.facts, case.thresholds)
    sentences = [_part_text(part)] if part is not None else []
    sentences += _way(item, case.thresholds, is_part=part is not None)
    if sentences and item.condition >= COLLINEAR:
        sentences.append(phrase("mixture", "collinear", condition=f"{item.condition:.0f}"))
    if sentences:
        yield Message(_joined(*sentences), case.facts.places(MixtureEvidence))


def _way(item: MixtureEvidence, thresholds: Thresholds, *, is_part: bool) -> list[Localized]:
    way = mixed_by(item)
    if way.base is None:
        return [phrase("mixture", way.key)] if is_part and way.key != "plain" else []
    if item.base == item.reference:
        found = [phrase("mixture", "base")]
    elif item.change_low is not None and item.change_low > 0.0:
        found = [
            phrase(
                "mixture",
                "task",
                base=way.base,
                weight=_number(item.change_weight),
                low=_number(item.change_low),
                high=_number(item.change_high),
            )
        ]
    else:
        return []
    if item.one_factor is not None and is_taken_over(item, thresholds):
        share = _percent(item.one_factor_share or 0.0)
        factor = _number(item.one_factor)
        found.append(phrase("mixture", "factor", base=way.base, share=share, factor=factor))
    if way.key != "task":
        unchanged = _percent(item.unchanged_share or 0.0)
        found.append(phrase("mixture", way.key, base=way.base, unchanged=unchanged))
    return found


# -- steps ----------------------------------------------------------------------------------------


def _step_rule(
    tell: Callable[[StepsEvidence, Thresholds], Localized | None],
    *,
    of_difference: bool = False,
) -> Callable[[Case], Iterator[Message]]:
    def check(case: Case) -> Iterator[Message]:
        item = case.facts.get(StepsEvidence)
        if item is None or case.decision.relation not in _RELATED:
            return
        # Where a part alone is shared, the rest is no change of it.
        if shared_part(case.facts.result, case.thresholds) is not None:
            return
        # The difference to what was re-ordered is of any rank and size.
        if of_difference and head_operations(case.facts.get(HeadsEvidence)):
            return
        told = tell(item, case.thresholds)
        if told is not None:
            yield Message(told, case.facts.places(StepsEvidence))

    return check


def _heads(case: Case) -> Iterator[Message]:
    item = case.facts.get(HeadsEvidence)
    operations = head_operations(item)
    if item is None or not operations or case.decision.relation not in _RELATED:
        return
    done = [WORDS[name] for name in operations]
    en = "; ".join(words[0] for words in done)
    yield Message(
        phrase(
            "heads",
            "told" if "heads_renumbered" in operations else "values",
            done_en=en[:1].upper() + en[1:],
            done_ko=", ".join(words[1] for words in done),
            found=_percent(item.found_share),
            moved=_percent(item.moved_share or 0.0),
        ),
        case.facts.places(HeadsEvidence),
    )


def _low_rank(item: StepsEvidence, thresholds: Thresholds) -> Localized | None:
    if not is_low_rank(item, thresholds) or item.rank is None or item.rank_limit is None:
        return None
    return phrase("steps", "low_rank", rank=f"{item.rank:.0f}", limit=f"{item.rank_limit:.0f}")


def _quantised(item: StepsEvidence, thresholds: Thresholds) -> Localized | None:
    found = later_by_grid(item, thresholds)
    if found is None:
        return None
    side, grid = found
    group = phrase("grid_groups", "some" if grid.group else "whole", n=str(grid.group))
    sentences = {
        language: phrase(
            "steps",
            f"quantised_{side}",
            format=_FORMATS[grid.format],
            group=getattr(group, language),
            rounded=_percent(grid.rounded_share),
        )
        for language in ("en", "ko")
    }
    return Localized(en=sentences["en"].en, ko=sentences["ko"].ko)


def _pruned(item: StepsEvidence, thresholds: Thresholds) -> Localized | None:
    side = pruned_side(item, thresholds)
    if side is None:
        return None
    smallest = item.zeros_smallest is not None and item.zeros_smallest >= SMALLEST
    how = [phrase("pruned", "smallest" if smallest else "any")]
    if item.two_of_four_share is not None and item.two_of_four_share >= _TWO_OF_FOUR:
        how.append(phrase("pruned", "two_of_four"))
    told = _joined(*how)
    share = item.zero_share if side == "subject" else item.reference_zero_share
    zeros = _percent(share or 0.0)
    en = phrase("steps", f"pruned_{side}", zeros=zeros, smallest=told.en).en
    return Localized(en=en, ko=phrase("steps", f"pruned_{side}", zeros=zeros, smallest=told.ko).ko)


def _noise(item: StepsEvidence, thresholds: Thresholds) -> Localized | None:
    if not is_noise(item, thresholds):
        return None
    rows = [row for row in item.changes if row.group in {"attention", "mlp", "conv"}]
    sizes = [row.relative_change for row in rows if row.relative_change is not None]
    return phrase("steps", "noise", size=_percent(max(sizes))) if sizes else None


def _place(item: StepsEvidence, thresholds: Thresholds) -> Localized | None:
    del thresholds
    frozen = frozen_layers(item)
    if frozen:
        return phrase("steps", "frozen", layers=runs(frozen), n=str(item.n_layers))
    sizes = [
        (row.relative_change, row.layer)
        for row in item.changes
        if row.group is None and row.layer is not None and row.relative_change is not None
    ]
    if len(sizes) < 2 or max(sizes)[0] < 2.0 * min(sizes)[0] or max(sizes)[0] <= 0.0:
        return None
    (least_size, least), (most_size, most) = min(sizes), max(sizes)
    return phrase(
        "steps",
        "depth",
        most=str(most),
        most_size=_percent(most_size),
        least=str(least),
        least_size=_percent(least_size),
    )


# -- parts ----------------------------------------------------------------------------------------


def _shared_text(part: SharedPart) -> Localized:
    share = _percent(part.share)
    if part.layers:
        key = "layers_and_outside" if part.outside else "layers"
        return phrase("shared", key, layers=runs(part.layers), n=str(part.n_layers), share=share)
    if part.groups:
        names = [phrase("groups", group) for group in part.groups]
        en = phrase("shared", "groups", groups=", ".join(n.en for n in names), share=share).en
        ko = phrase("shared", "groups", groups=", ".join(n.ko for n in names), share=share).ko
        return Localized(en=en, ko=ko)
    return phrase("shared", "some", share=share)


def _partial(case: Case) -> Iterator[Message]:
    related = case.decision.relation in {*_RELATED, Relation.INCONCLUSIVE, Relation.SHARED_INIT}
    if not related or case.decision.level == "structure" or not _is_kin(case):
        return
    # What was re-ordered has much in common, though not as it stands.
    if head_operations(case.facts.get(HeadsEvidence)):
        return
    part = shared_part(case.facts.result, case.thresholds)
    if part is not None:
        yield Message(_shared_text(part), case.facts.places(MomentsEvidence))


def _is_kin(case: Case) -> bool:
    p = case.facts.best_log10_p
    equal = case.facts.digest.parameter_share if case.facts.digest is not None else 0.0
    return (p is not None and p <= case.thresholds.max_log10_p) or equal > 0.0


MIXTURE = Rule(
    "DKJ501",
    Localized(en="A part of a mixture.", ko="혼합 모델의 일부입니다."),
    _mixture,
)
LOW_RANK = Rule(
    "DKJ502",
    Localized(en="A change of low rank.", ko="변화의 계수(랭크)가 낮습니다."),
    _step_rule(_low_rank, of_difference=True),
)
QUANTISED = Rule(
    "DKJ503",
    Localized(en="One of the two was quantised.", ko="둘 중 하나가 양자화되었습니다."),
    _step_rule(_quantised),
)
PRUNED = Rule(
    "DKJ504",
    Localized(en="One of the two was pruned.", ko="둘 중 하나가 가지치기되었습니다."),
    _step_rule(_pruned),
)
NOISE = Rule(
    "DKJ505",
    Localized(en="A change like noise.", ko="잡음 같은 변화입니다."),
    _step_rule(_noise, of_difference=True),
)
PLACE = Rule(
    "DKJ506",
    Localized(en="Where the change is.", ko="변화가 있는 곳입니다."),
    _step_rule(_place, of_difference=True),
)
PARTIAL = Rule(
    "DKJ507",
    Localized(en="Only a part of the component is shared.", ko="구성요소의 일부만 공유합니다."),
    _partial,
)
HEADS = Rule(
    "DKJ511",
    Localized(en="Attention heads were re-ordered.", ko="어텐션 헤드의 순서가 바뀌었습니다."),
    _heads,
)
