"""Evidence as titled blocks: tests with their null hypotheses, power, guards.

The module knows how each kind of evidence is told, never how it was measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from dokja.document.audit import (
    DigestEvidence,
    Evidence,
    LayerSearchEvidence,
    NotApplicable,
    OrderEvidence,
    OtherEvidence,
    PowerEvidence,
    PowerPoint,
    SelfTestEvidence,
    SwapEvidence,
    UnitsEvidence,
)
from dokja.report.digits import correlation, count, decimal, log10_p, share
from dokja.report.figures import Block, Record, Table
from dokja.report.names import sentence, show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dokja.report.text import Text

__all__ = [
    "Indexed",
    "digest_block",
    "guard_block",
    "other_block",
    "power_block",
    "tests_block",
]

Indexed: TypeAlias = tuple[int, Evidence]
"""Evidence with its place in the document."""


def digest_block(index: int, item: DigestEvidence, text: Text) -> Block:
    """Tell which tensors are identical.

    Parameters
    ----------
    index
        Place in the document's evidence.
    item
        The evidence.
    text
        Language of the reader.

    Returns
    -------
    Block
        One paragraph, two where fixed tables are equal too.
    """
    paragraphs = [
        text(
            "digest.text",
            equal=count(item.n_equal),
            n=count(item.n_tensors),
            share=share(item.parameter_share),
        )
    ]
    if item.fixed_equal:
        paragraphs.append(text("digest.fixed", n=count(item.fixed_equal)))
    return Block("digest", text("digest.title"), tuple(paragraphs), anchors=(index,))


def _units(index: int, item: UnitsEvidence, text: Text) -> Record:
    controls = (
        text(
            "tests.control_off_map",
            found=count(item.off_map_statistic),
            expected=decimal(item.off_map_expected),
            p=log10_p(item.off_map_log10_p),
        ),
        text(
            "tests.control_shuffled",
            found=count(item.shuffled_statistic),
            expected=decimal(item.shuffled_expected),
        ),
    )
    found = text(
        "tests.units_found",
        found=count(item.statistic),
        n=count(item.n_units),
        mutual=count(item.n_mutual),
    )
    effect = text(
        "tests.units_effect",
        share=share(item.in_place_share),
        cosine=correlation(item.in_place_cosine),
        off_map=correlation(item.off_map_cosine),
    )
    told = _Told(found, effect, item.log10_p, decimal(item.expected), controls)
    return _test("units", index, told, text)


def _layer_search(index: int, item: LayerSearchEvidence, text: Text) -> Record:
    found = text(
        "tests.layer_search_found",
        share=share(item.in_place_share),
        groups=count(item.n_groups),
        candidates=count(item.n_candidates),
    )
    effect = text(
        "tests.layer_search_effect",
        cosine=correlation(item.in_place_cosine),
        off_map=correlation(item.off_map_cosine),
        log10_e=log10_p(item.log10_e),
    )
    return _test("layer_search", index, _Told(found, effect, item.log10_p), text)


def _order(index: int, item: OrderEvidence, text: Text) -> Record:
    found = text(
        "tests.order_found",
        longest=count(item.longest),
        matched=count(item.n_matched),
        groups=count(item.n_groups),
        tries=count(item.n_tries),
    )
    effect = text(
        "tests.order_effect",
        share=share(item.longest / item.n_units if item.n_units else None),
        n=count(item.n_units),
        cosine=correlation(item.mean_cosine),
        off_map=correlation(item.off_map_cosine),
    )
    return _test("order", index, _Told(found, effect, item.log10_p), text)


def _swap(index: int, item: SwapEvidence, text: Text) -> Record:
    found = text(
        "tests.swap_found",
        statistic=decimal(item.statistic),
        channels=count(item.n_channels),
        tensors=count(item.n_tensors),
    )
    effect = text(
        "tests.swap_effect",
        effect=correlation(item.effect),
        z=decimal(item.permutation_z),
        kappa=decimal(item.kappa),
    )
    controls = (text("tests.control_swap", statistic=decimal(item.shuffled_statistic)),)
    told = _Told(found, effect, item.log10_p, text("tests.swap_expected"), controls)
    return _test("swap", index, told, text)


@dataclass(frozen=True, slots=True)
class _Told:
    """What a test found, in words; empty where it has nothing of the kind."""

    found: str
    effect: str
    log10_p: float
    expected: str = ""
    controls: tuple[str, ...] = ()


def _test(name: str, index: int, told: _Told, text: Text) -> Record:
    fields = [
        (text("tests.found"), told.found),
        (text("tests.expected"), told.expected),
        *((text("tests.controls"), control) for control in told.controls),
        (text("tests.p"), log10_p(told.log10_p)),
        (text("tests.effect"), told.effect),
        (text("tests.null"), text(f"hypothesis.{name}")),
    ]
    kept = tuple((label, value) for label, value in fields if value)
    return Record(text(f"tests.{name}"), kept, (index,))


def _other(index: int, item: OtherEvidence, text: Text) -> Record:
    null = (
        text("other.description")
        if item.null_hypothesis is None
        else sentence(item.null_hypothesis.text(text.language), text)
    )
    fields = [
        (show(value.name, text, longest=60), decimal(value.value, 4)) for value in item.values
    ]
    if item.log10_p is not None:
        fields.append((text("tests.p"), log10_p(item.log10_p)))
    fields.append((text("tests.null"), null))
    title = text(
        "tests.other",
        name=show(item.comparison, text, longest=60),
        version=show(item.version, text, longest=60),
    )
    return Record(title, tuple(fields), (index,))


def _record(index: int, item: Evidence, text: Text) -> Record | None:
    match item:
        case UnitsEvidence():
            return _units(index, item, text)
        case LayerSearchEvidence():
            return _layer_search(index, item, text)
        case OrderEvidence():
            return _order(index, item, text)
        case SwapEvidence():
            return _swap(index, item, text)
        case _:
            return None


def tests_block(items: Sequence[Indexed], text: Text) -> Block | None:
    """Tell every independence test of a pair: found, expected, controls, p, effect, null.

    Parameters
    ----------
    items
        The evidence of the pair.
    text
        Language of the reader.

    Returns
    -------
    Block or None
        One record a test; None where there is none.
    """
    records = tuple(
        record for index, item in items if (record := _record(index, item, text)) is not None
    )
    if not records:
        return None
    return Block("tests", text("tests.title"), (text("tests.lead"),), records=records)


def _named(comparison: str, text: Text) -> str:
    """Name a comparison in words, with the name that the document gives it."""
    name = show(comparison, text, longest=60)
    known = "" if comparison == "named" or "." in comparison else comparison
    words = text.either(f"comparison.{known}", "")
    return text("comparison.named", words=words, name=name) if words else name


def other_block(items: Sequence[Indexed], text: Text) -> Block | None:
    """Tell the comparisons that are not built in and those that could not be made.

    Parameters
    ----------
    items
        The evidence of the pair.
    text
        Language of the reader.

    Returns
    -------
    Block or None
        Records and reasons; None where there are none.
    """
    records = tuple(
        _other(index, item, text) for index, item in items if isinstance(item, OtherEvidence)
    )
    missed = [(index, item) for index, item in items if isinstance(item, NotApplicable)]
    rows = tuple(
        (_named(item.comparison, text), sentence(item.reason.text(text.language), text))
        for _, item in missed
    )
    if not records and not rows:
        return None
    columns = (text("other.comparison"), text("other.reason"))
    return Block(
        "other",
        text("other.title") if records else text("other.not_applicable"),
        records=records,
        tables=(Table(columns, rows),) if rows else (),
        anchors=tuple(index for index, _ in missed),
    )


def _planned(value: float | None) -> str:
    """Write a figure that was chosen, not measured, without digits it does not have."""
    return decimal(None) if value is None else f"{value:g}"


def _planted(point: PowerPoint, text: Text) -> tuple[str, str, str]:
    if point.least is None:
        least = text("power.not_found")
    elif point.route == "in_place":
        least = text("power.least_share", share=share(point.least))
    else:
        least = text("power.least_cosine", cosine=_planned(point.least))
    what = text(f"power.{point.route}", cosine=_planned(point.cosine))
    times = text("power.detected", share=share(point.detected_share), n=count(point.n_plantings))
    return what, least, times


def power_block(index: int, item: PowerEvidence, text: Text) -> Block:
    """Tell what would have been seen.

    Parameters
    ----------
    index
        Place in the document's evidence.
    item
        The evidence.
    text
        Language of the reader.

    Returns
    -------
    Block
        A row for each kind of planting, and one for the route that was not taken.
    """
    rows = [_planted(point, text) for point in item.points]
    if item.reindexed == "not_examined" and all(p.route != "reindexed" for p in item.points):
        rows.append((text("power.reindexed"), text("power.not_examined"), text("page.unknown")))
    columns = (text("power.planted"), text("power.least"), text("power.times"))
    lead = text("power.lead", threshold=log10_p(item.threshold_log10_p))
    title = text("power.title")
    return Block("power", title, (lead,), tables=(Table(columns, tuple(rows)),), anchors=(index,))


def guard_block(index: int, item: SelfTestEvidence, text: Text) -> Block:
    """Tell whether the reference is fit to be tested against.

    Parameters
    ----------
    index
        Place in the document's evidence.
    item
        The evidence.
    text
        Language of the reader.

    Returns
    -------
    Block
        The outcome and what it rests on.
    """
    items = [
        text("guards.norm_index", z=decimal(item.norm_against_index_z)),
        text("guards.neighbours", z=decimal(item.neighbours_alike_z)),
        text("guards.duplicates", n=count(item.duplicate_units)),
        text("guards.zeros", n=count(item.zero_units)),
    ]
    if item.matching_layers:
        pairs = ", ".join(f"{a}–{b}" for a, b in item.matching_layers[:40])
        items.append(text("guards.matching", layers=pairs))
    items += [sentence(note.text(text.language), text) for note in item.notes]
    outcome = text("guards.passed" if item.passed else "guards.failed")
    return Block(
        "guards",
        text("guards.title"),
        (text("guards.lead"), outcome),
        items=tuple(items),
        anchors=(index,),
        tone="good" if item.passed else "bad",
    )
