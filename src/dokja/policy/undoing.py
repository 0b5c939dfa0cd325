"""What had to be undone before a re-indexed copy was seen, as words and as data.

A pure function of stored evidence. The module decides no relation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dokja.document.audit import (
    HeadsEvidence,
    ReindexedEvidence,
    Relation,
    Transformation,
    VocabularyEvidence,
)
from dokja.document.common import Localized
from dokja.policy.heads import head_operations
from dokja.policy.tokens import row_change
from dokja.policy.wording import phrase

if TYPE_CHECKING:
    from dokja.policy.facts import Facts
    from dokja.policy.relation import Decision

__all__ = ["transformation", "undone"]

VOCABULARY = "vocabulary_reordered"
_KIN = frozenset({Relation.VERBATIM, Relation.REUSED, Relation.DERIVED})

MIN_MOVED = 0.05
MIN_FLIPPED = 0.02
MIN_SCALE_SPREAD = 0.15
"""Spread of the logarithm of scales; training on leaves a few hundredths."""
SAME_BASIS = 0.9
RENUMBERED = 0.6
"""Cosine of channels after renumbering, over that of the aligned matrices."""

WORDS = {
    "units_renumbered": ("hidden units renumbered", "은닉 유닛의 번호를 바꿈"),
    "channels_renumbered": ("residual channels renumbered", "잔차 채널의 번호를 바꿈"),
    "channels_rotated": ("the residual stream rotated", "잔차 스트림을 회전함"),
    "units_rescaled": ("units rescaled", "유닛의 크기를 바꿈"),
    "signs_flipped": ("signs flipped", "부호를 뒤집음"),
    "gains_folded": ("norm gains folded away", "정규화 이득을 행렬에 합침"),
    "layers_moved": ("layers moved, dropped or doubled", "층을 옮기거나 빼거나 겹침"),
    "heads_renumbered": ("attention heads renumbered", "어텐션 헤드의 번호를 바꿈"),
    "values_renumbered": (
        "value channels renumbered inside the heads",
        "헤드 안에서 값 채널의 번호를 바꿈",
    ),
    "values_rotated": (
        "value channels mixed inside the heads",
        "헤드 안에서 값 채널을 섞음",
    ),
    VOCABULARY: ("the vocabulary re-ordered", "어휘의 순서를 바꿈"),
}


def undone(facts: Facts, decision: Decision) -> Transformation | None:
    """Say what had to be undone before a component was found to be kin.

    Parameters
    ----------
    facts
        Evidence on a component and a reference.
    decision
        What was decided.

    Returns
    -------
    Transformation or None
        None where nothing was, or where the two are not kin.
    """
    if decision.relation not in _KIN:
        return None
    if decision.level == "structure":
        return transformation(facts)
    operations = _beside(facts)
    if not operations:
        return None
    done = "; ".join(WORDS[name][0] for name in operations)
    done_ko = ", ".join(WORDS[name][1] for name in operations)
    told = phrase("undone", "in_place", done_en=done, done_ko=done_ko)
    if VOCABULARY in operations:
        rows = phrase("undone", "rows")
        told = Localized(en=f"{told.en} {rows.en}", ko=f"{told.ko} {rows.ko}")
    return Transformation(description=told, operations=operations)


def _beside(facts: Facts) -> tuple[str, ...]:
    """Name what can be undone whether or not units stand in place."""
    heads = head_operations(facts.get(HeadsEvidence))
    return (*heads, VOCABULARY) if _is_reordered(facts) else heads


def _is_reordered(facts: Facts) -> bool:
    item = facts.get(VocabularyEvidence)
    return item is not None and row_change(item) in {"reordered", "found"}


def transformation(facts: Facts) -> Transformation | None:
    """Say what had to be undone.

    Parameters
    ----------
    facts
        Evidence on a component and a reference between which a re-indexed copy was found.

    Returns
    -------
    Transformation or None
        None where no search was made.
    """
    item = facts.get(ReindexedEvidence)
    if item is None:
        return None
    operations = (*_operations(item), *_beside(facts))
    return Transformation(
        description=_description(item, operations),
        operations=operations,
        aligned_cosine=item.aligned_cosine,
        aligned_pearson=item.aligned_pearson,
    )


def _operations(item: ReindexedEvidence) -> tuple[str, ...]:
    channels = _channels(item)
    flipped = _above(item.flipped_share, MIN_FLIPPED) or (
        channels == "channels_renumbered" and _above(item.channels_flipped_share, MIN_FLIPPED)
    )
    found = {
        "units_renumbered": _above(item.moved_share, MIN_MOVED),
        "channels_renumbered": channels == "channels_renumbered",
        "channels_rotated": channels == "channels_rotated",
        "units_rescaled": _above(item.scale_spread, MIN_SCALE_SPREAD),
        "signs_flipped": flipped,
        "gains_folded": item.gains_reset,
        "layers_moved": item.layers_mapped,
    }
    return tuple(name for name, present in found.items() if present)


def _channels(item: ReindexedEvidence) -> str | None:
    if item.same_basis is not None and item.same_basis >= SAME_BASIS:
        return None
    aligned = item.aligned_cosine or 0.0
    renumbered = item.channel_cosine is not None and item.channel_cosine >= RENUMBERED * aligned
    return "channels_renumbered" if renumbered else "channels_rotated"


def _above(value: float | None, limit: float) -> bool:
    return value is not None and value >= limit


def _description(item: ReindexedEvidence, operations: tuple[str, ...]) -> Localized:
    cosine = "?" if item.aligned_cosine is None else f"{item.aligned_cosine:.3f}"
    pearson = "?" if item.aligned_pearson is None else f"{item.aligned_pearson:.3f}"
    n = len(item.layers)
    done_en = "; ".join(WORDS[name][0] for name in operations) or "nothing but small changes"
    done_ko = ", ".join(WORDS[name][1] for name in operations) or "작은 변화뿐임"
    moved = _percent(item.moved_share)
    basis = "?" if item.same_basis is None else f"{item.same_basis:.2f}"
    return Localized(
        en=f"Undone: {done_en}. {moved} of the matched units bear another number; "
        f"{basis} of the residual basis is as it was. After undoing, on {n} layer(s) that had no "
        f"part in the fit, the matrices have a cosine of {cosine} and a Pearson of {pearson}.",
        ko=f"되돌린 것: {done_ko}. 맞은 유닛의 {moved}가 다른 번호를 달고 있으며, "
        f"잔차 기저는 {basis}만큼 원래대로입니다. 되돌린 뒤, 맞춤에 쓰지 않은 층 {n}개에서 "
        f"행렬의 코사인은 {cosine}, 피어슨은 {pearson}입니다.",
    )


def _percent(value: float | None) -> str:
    return "?" if value is None else f"{100.0 * value:.0f}%"
