"""How sure a result is, and what was left unexamined, in plain sentences.

The module knows how evidence is put into words for everyone, never how it was gathered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dokja.document.audit import (
    ComponentResult,
    Evidence,
    NotApplicable,
    PowerEvidence,
    Relation,
)
from dokja.report.digits import correlation, odds, share
from dokja.report.names import sentence, show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dokja.report.text import Text

__all__ = ["how_sure", "not_examined"]

_UNIT_TESTS = frozenset({"units", "layer_search", "order"})
"""Tests of hidden units, of which one applies to a pair: layers paired, searched for, resized."""

# Words for a corrected p-value; they describe, and no policy reads them.
_OVERWHELMING, _VERY_STRONG, _WEAK = -50.0, -6.0, -2.0


def _agreement(log10_p: float, text: Text) -> str:
    if log10_p > _WEAK:
        return text("sure.chance")
    tier = (
        "overwhelming"
        if log10_p <= _OVERWHELMING
        else "very_strong"
        if log10_p <= _VERY_STRONG
        else "weak"
    )
    return text(f"sure.{tier}", odds=odds(log10_p, text))


def _power(result: ComponentResult, text: Text) -> list[str]:
    least = result.least_detectable
    sentences = []
    if least is not None and least.in_place is not None and least.in_place.cosine_0_9 is not None:
        sentences.append(text("sure.power", share=share(least.in_place.cosine_0_9)))
    if least is not None and least.diffuse is not None:
        sentences.append(text("sure.power_diffuse", cosine=correlation(least.diffuse)))
    return sentences or [text("sure.power_none")]


def how_sure(result: ComponentResult, text: Text) -> tuple[str, ...]:
    """Say how sure a result is.

    Parameters
    ----------
    result
        One component against one reference.
    text
        Language of the reader.

    Returns
    -------
    tuple of str
        Sentences: for kinship how rare it is by chance, for its absence what would have been
        seen.
    """
    if result.relation is Relation.NOT_TESTABLE:
        return (text("sure.nothing"),)
    if result.relation is Relation.VERBATIM:
        return (text("sure.verbatim"),)
    sentences = []
    if result.log10_p is not None:
        sentences.append(_agreement(result.log10_p, text))
    if result.relation is Relation.NO_EVIDENCE:
        sentences += _power(result, text)
    return tuple(sentences) or (text("sure.nothing"),)


def not_examined(
    result: ComponentResult, evidence: Sequence[Evidence], text: Text
) -> tuple[str, ...]:
    """Name what the result does not cover.

    Parameters
    ----------
    result
        One component against one reference.
    evidence
        Everything that is stored for this pair.
    text
        Language of the reader.

    Returns
    -------
    tuple of str
        Short phrases; empty where all that was planned was done.
    """
    if result.relation is Relation.NOT_TESTABLE:
        return ()
    phrases = []
    least = result.least_detectable
    if least is not None:
        open_routes = {
            "in_place": least.in_place is None or least.in_place.cosine_0_9 is None,
            "diffuse": least.diffuse is None,
            "reindexed": least.reindexed is None,
        }
        phrases += [text(f"unexamined.{name}") for name, is_open in open_routes.items() if is_open]
    elif any(
        isinstance(item, PowerEvidence) and item.reindexed == "not_examined" for item in evidence
    ):
        phrases.append(text("unexamined.reindexed"))
    if result.coverage.parameters < 1:
        left = share(1 - result.coverage.parameters)
        phrases.append(text("unexamined.coverage", share=left))
    phrases += [
        text(
            "unexamined.comparison",
            comparison=show(item.comparison, text, longest=60),
            reason=sentence(item.reason.text(text.language), text),
        )
        for item in evidence
        if isinstance(item, NotApplicable) and not _stood_in_for(item, evidence)
    ]
    return tuple(phrases)


def _stood_in_for(item: NotApplicable, evidence: Sequence[Evidence]) -> bool:
    """Whether another test of the same units was made, so that nothing was left out."""
    made = {other.kind for other in evidence if not isinstance(other, NotApplicable)}
    return item.comparison in _UNIT_TESTS and not made.isdisjoint(_UNIT_TESTS)
