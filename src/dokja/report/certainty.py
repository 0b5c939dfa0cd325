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
from dokja.report.digits import odds, share

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dokja.report.text import Text

__all__ = ["how_sure", "not_examined"]

_UNIT_TESTS = frozenset({"units", "layer_search", "order", "reindexed"})
"""Tests of hidden units; one of them is enough."""
_BUILTIN = _UNIT_TESTS | {
    "digest",
    "moments",
    "norm_panel",
    "self_test",
    "swap",
    "retention",
    "power",
}
_OPEN = frozenset({Relation.NO_EVIDENCE, Relation.INCONCLUSIVE})

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


def _least(results: Sequence[ComponentResult], text: Text) -> str:
    """Say what would have been seen against every one of several references."""
    units = _worst(_units_seen(result) for result in results)
    diffuse = _worst(_diffuse_seen(result) for result in results)
    told = {}
    if units is not None:
        told["share"] = share(units)
    if diffuse is not None:
        told["cosine"] = f"{diffuse:g}"
    if units is not None and diffuse is not None:
        return text("sure.power", **told)
    key = "units" if units is not None else "diffuse" if diffuse is not None else "none"
    return text(f"sure.power_{key}", **told)


def _units_seen(result: ComponentResult) -> float | None:
    least = result.least_detectable
    return None if least is None or least.in_place is None else least.in_place.cosine_0_9


def _diffuse_seen(result: ComponentResult) -> float | None:
    return None if result.least_detectable is None else result.least_detectable.diffuse


def _disguise_seen(result: ComponentResult) -> float | None:
    return None if result.least_detectable is None else result.least_detectable.reindexed


def _disguised(results: Sequence[ComponentResult], text: Text) -> tuple[str, ...]:
    worst = _worst(_disguise_seen(result) for result in results)
    return () if worst is None else (text("sure.power_reindexed", cosine=f"{worst:g}"),)


def _worst(values: Iterable[float | None]) -> float | None:
    held = list(values)
    known = [value for value in held if value is not None]
    return max(known) if known and len(known) == len(held) else None


def how_sure(results: Sequence[ComponentResult], text: Text) -> tuple[str, ...]:
    """Say how sure a result is.

    Parameters
    ----------
    results
        One component against one reference, or against several where nothing was found.
    text
        Language of the reader.

    Returns
    -------
    tuple of str
        Sentences: for kinship how rare it is by chance, for its absence what would have been
        seen against every one of the references.
    """
    first = results[0]
    if first.relation is Relation.NOT_TESTABLE:
        return (text("sure.nothing"),)
    if first.relation is Relation.VERBATIM:
        return (text("sure.verbatim"),)
    if first.relation is Relation.NO_EVIDENCE:
        return (_least(results, text), *_disguised(results, text))
    # Without units and channels that stand by number, nothing was asked of chance.
    return (text("sure.nothing") if first.log10_p is None else _agreement(first.log10_p, text),)


def not_examined(
    results: Sequence[ComponentResult], evidence: Sequence[Evidence], text: Text
) -> tuple[str, ...]:
    """Name in plain words what the result does not cover and a reader would think it does.

    Parameters
    ----------
    results
        One component against one reference, or against several where nothing was found.
    evidence
        Everything that is stored for these pairs.
    text
        Language of the reader.

    Returns
    -------
    tuple of str
        Short phrases; empty where nothing of weight was left out. The names of tests and the
        reasons for leaving them out stand in the evidence.
    """
    relation = results[0].relation
    if relation in {Relation.NOT_TESTABLE, Relation.VERBATIM}:
        return ()
    phrases = [text(f"unexamined.{key}") for key in _open_routes(results, evidence)]
    covered = min(result.coverage.parameters for result in results)
    if covered < 1:
        phrases.append(text("unexamined.coverage", share=share(1 - covered)))
    phrases += [text(f"unexamined.{key}") for key in _left_out(relation, evidence)]
    return tuple(phrases)


def _open_routes(results: Sequence[ComponentResult], evidence: Sequence[Evidence]) -> list[str]:
    """Name the ways in which weights may be shared that the tests could not have seen."""
    relation = results[0].relation
    powers = [item for item in evidence if isinstance(item, PowerEvidence)]
    routes = []
    if relation in _OPEN and any(item.has_units for item in powers):
        routes += ["in_place"] if _worst(_units_seen(result) for result in results) is None else []
    if relation in _OPEN and powers:
        routes += ["diffuse"] if _worst(_diffuse_seen(result) for result in results) is None else []
    # Where weights are shared as they stand, nobody needs to look for disguised ones.
    if relation in _OPEN | {Relation.SHARED_INIT} and powers:
        if any(item.reindexed == "not_examined" for item in powers):
            routes.insert(0, "reindexed")
        elif _worst(_disguise_seen(result) for result in results) is None:
            routes.insert(0, "reindexed_unseen")
    return routes


def _left_out(relation: Relation, evidence: Sequence[Evidence]) -> list[str]:
    """Name what the comparisons that could not be made would have told."""
    made = {item.kind for item in evidence if not isinstance(item, NotApplicable)}
    missed = {item.comparison for item in evidence if isinstance(item, NotApplicable)}
    found = []
    if relation in _OPEN:
        # One of the three applies to a pair: layers paired as they stand, searched for, resized.
        found += ["placement"] if missed & _UNIT_TESTS and not made & _UNIT_TESTS else []
        found += ["values"] if "moments" in missed else []
    return found + (["further"] if missed - _BUILTIN else [])
