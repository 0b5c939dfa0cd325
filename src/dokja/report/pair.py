"""One component against one reference, told in words, tables and figures.

The module knows the order in which a pair is told, never how any part of it was measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from dokja.document.audit import (
    CanariesEvidence,
    ComponentResult,
    DigestEvidence,
    Evidence,
    HeadsEvidence,
    LayerSearchEvidence,
    MixtureEvidence,
    MomentsEvidence,
    NormPanelEvidence,
    PowerEvidence,
    ReindexedEvidence,
    Relation,
    RetentionEvidence,
    SelfTestEvidence,
    StepsEvidence,
    TokenizerEvidence,
    UnitsEvidence,
    VocabularyEvidence,
)
from dokja.report.digits import correlation
from dokja.report.evidence import (
    Indexed,
    digest_block,
    guard_block,
    other_block,
    power_block,
    tests_block,
)
from dokja.report.names import component_name, sentence, show
from dokja.report.pictures import heat_block, layer_map_block, norm_block, null_block
from dokja.report.reindexed import reindexed_block
from dokja.report.retention import retention_block
from dokja.report.steps import heads_block, mixture_block, steps_block
from dokja.report.tables import (
    RowBudget,
    key_figures_block,
    leftover_block,
    role_block,
    tensor_block,
)
from dokja.report.tokens import canaries_block, tokenizer_block, vocabulary_block

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dokja.report.figures import Block
    from dokja.report.text import Text

__all__ = ["Pair", "make_pair"]

EvidenceT = TypeVar("EvidenceT", bound=Evidence)
_KIN = frozenset({Relation.VERBATIM, Relation.REUSED, Relation.DERIVED})


@dataclass(frozen=True, slots=True)
class Pair:
    """One component against one reference, in the language of the reader."""

    slug: str
    component: str
    reference: str | None
    """Name of the reference; None where none has a counterpart."""
    origin: str
    """The reference and which component of it, in words."""
    relation: Relation
    word: str
    plain: str
    summary: str
    reason: str
    remarks: tuple[str, ...]
    """On direction and level, where there is anything to say."""
    result: ComponentResult
    evidence: tuple[Evidence, ...]
    cosine: tuple[str, str]
    """Unweighted and weighted by parameters."""
    pearson: tuple[str, str]
    blocks: tuple[Block, ...]


def _remarks(result: ComponentResult, text: Text) -> tuple[str, ...]:
    remarks = []
    # Where the direction is known, the reason says it.
    if result.relation in _KIN and result.direction == "undetermined":
        remarks.append(text("direction.undetermined"))
    if result.level == "structure":
        remarks.append(text("level.structure"))
    if result.transformation is not None:
        description = result.transformation.description.text(text.language)
        remarks.append(text("evidence.transformation", description=sentence(description, text)))
    return tuple(remarks)


def _origin(result: ComponentResult, text: Text) -> str:
    if result.reference is None:
        return text("ledger.nowhere")
    reference = show(result.reference, text)
    if result.reference_component in {None, result.component}:
        return reference
    component = component_name(result.reference_component or "", text)
    return text("ledger.from_component", reference=reference, component=component)


def _of_kind(items: Sequence[Indexed], kind: type[EvidenceT]) -> Iterator[tuple[int, EvidenceT]]:
    return ((index, item) for index, item in items if isinstance(item, kind))


def _told(
    items: Sequence[Indexed],
    kind: type[EvidenceT],
    tell: Callable[[int, EvidenceT, Text], Block | None],
    text: Text,
) -> list[Block | None]:
    return [tell(index, item, text) for index, item in _of_kind(items, kind)]


def _blocks(
    result: ComponentResult, items: Sequence[Indexed], budget: RowBudget, text: Text
) -> Iterator[Block]:
    moments = next(_of_kind(items, MomentsEvidence), None)
    blocks: list[Block | None] = [
        key_figures_block(result, moments, text),
        heat_block(result, text),
        *(null_block(item, text) for _, item in _of_kind(items, UnitsEvidence)),
        *(layer_map_block(item, text) for _, item in _of_kind(items, LayerSearchEvidence)),
        tests_block(items, text),
        *_told(items, ReindexedEvidence, reindexed_block, text),
        *_told(items, DigestEvidence, digest_block, text),
        *_told(items, NormPanelEvidence, norm_block, text),
        *_told(items, PowerEvidence, power_block, text),
        *_told(items, RetentionEvidence, retention_block, text),
        *_told(items, MixtureEvidence, mixture_block, text),
        *_told(items, StepsEvidence, steps_block, text),
        *_told(items, HeadsEvidence, heads_block, text),
        *_told(items, TokenizerEvidence, tokenizer_block, text),
        *_told(items, VocabularyEvidence, vocabulary_block, text),
        *_told(items, CanariesEvidence, canaries_block, text),
        *_told(items, SelfTestEvidence, guard_block, text),
        other_block(items, text),
        leftover_block(result, text),
        role_block(result, text),
        tensor_block(result, budget, text),
    ]
    return (block for block in blocks if block is not None)


def make_pair(
    slug: str,
    result: ComponentResult,
    items: Sequence[Indexed],
    budget: RowBudget,
    text: Text,
) -> Pair:
    """Tell one component against one reference.

    Parameters
    ----------
    slug
        Its name inside of links.
    result
        The result.
    items
        The evidence for it, with its places in the document.
    budget
        Rows of tensors that are left for the page.
    text
        Language of the reader.

    Returns
    -------
    Pair
        Everything that is shown of it.
    """
    nothing_compared = result.reference is None
    return Pair(
        slug=slug,
        component=component_name(result.component, text),
        reference=None if result.reference is None else show(result.reference, text),
        origin=_origin(result, text),
        relation=result.relation,
        word=text(f"relation.{result.relation}.word"),
        plain=text(f"relation.{result.relation}.plain"),
        summary=sentence(result.summary.text(text.language), text),
        reason=sentence(result.reason.text(text.language), text),
        remarks=_remarks(result, text),
        result=result,
        evidence=tuple(item for _, item in items),
        cosine=(correlation(result.cosine.unweighted), correlation(result.cosine.weighted)),
        pearson=(correlation(result.pearson.unweighted), correlation(result.pearson.weighted)),
        blocks=() if nothing_compared else tuple(_blocks(result, items, budget, text)),
    )
