"""The plain part of a component: what it is, how sure that is, and what was left unexamined.

The module knows what one sentence may say of several references, never how evidence is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dokja.document.audit import Relation
from dokja.report.certainty import how_sure, not_examined
from dokja.report.digits import count, share
from dokja.report.names import noun

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dokja.report.pair import Pair
    from dokja.report.text import Text

__all__ = ["Lead", "make_lead"]

_MOST_NAMES = 3
"""More references than that are counted, not named."""


@dataclass(frozen=True, slots=True)
class Lead:
    """What is said of a component before any figure."""

    lead: str
    sure: tuple[str, ...]
    not_examined: tuple[str, ...]
    pairs: tuple[Pair, ...]
    """Of which it is said."""


def make_lead(pairs: Sequence[Pair], text: Text) -> Lead:
    """Say what a component is.

    Parameters
    ----------
    pairs
        The component against each reference, the strongest relation first; at least one.
    text
        Language of the reader.

    Returns
    -------
    Lead
        On the strongest relation; where nothing was found, on all references at once.
    """
    best = pairs[0]
    alike: tuple[Pair, ...] = (best,)
    if best.relation in {Relation.NO_EVIDENCE, Relation.NOT_TESTABLE}:
        alike = tuple(pair for pair in pairs if pair.relation is best.relation)
    results = [pair.result for pair in alike]
    return Lead(
        lead=best.summary if len(alike) == 1 else _lead(alike, text),
        sure=how_sure(results, text),
        not_examined=not_examined(results, [i for pair in alike for i in pair.evidence], text),
        pairs=alike,
    )


def _lead(alike: Sequence[Pair], text: Text) -> str:
    result = alike[0].result
    told = {"name": noun(result.component, text), "share": share(result.share)}
    if result.relation is Relation.NOT_TESTABLE:
        return text("lead.not_testable", **told)
    if len(alike) > _MOST_NAMES:
        return text("lead.no_evidence_many", n=count(len(alike)), **told)
    *names, last = (pair.origin for pair in alike)
    joined = text("lead.or", names=text("lead.comma").join(names), last=last)
    return text("lead.no_evidence", names=joined, **told)
