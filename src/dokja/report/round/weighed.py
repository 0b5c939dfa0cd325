"""Weights as they worked: how far each item drew the teams apart, and all weightings at once.

The module shows shares and spreads that stand in the document; it weighs nothing.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Final

from dokja.report.round.parts import Bullets, Cell, Figure, Section, Table
from dokja.report.round.shapes import Bars, Stacks, colour
from dokja.report.round.speaker import plain

if TYPE_CHECKING:
    from dokja.document.what_if import EffectiveWeight, Weightings, WeightingShare, WhatIfReport
    from dokja.report.round.parts import Part
    from dokja.report.round.speaker import Speaker

__all__ = ["effective_section", "weightings_section"]

_SHORT: Final = 6
_TENTH: Final = Decimal("0.1")


def effective_section(report: WhatIfReport, speaker: Speaker) -> Section | None:
    """Show how far each item or block drew the teams apart.

    Parameters
    ----------
    report
        What was tried and what came out.
    speaker
        Says it in the language of the reader.

    Returns
    -------
    Section or None
        None if no weight is known.
    """
    if not report.effective_weights:
        return None
    text = speaker.text
    names = ("part", "paper", "spread", "spread_share", "floor")
    rows = tuple(
        (
            Cell(speaker.part(one.name), note=text(f"what_if.level_{one.level}")),
            Cell(text("what_if.points_share", n=plain(one.max), share=_percent(one.max_share))),
            Cell(_short(one.spread), note=f"{_short(one.worst)}–{_short(one.best)}"),
            Cell("–" if one.spread_share is None else _percent(one.spread_share)),
            Cell(_short(one.floor)),
        )
        for one in report.effective_weights
    )
    table = Table(
        text("what_if.effective_table"),
        tuple(text(f"what_if.{name}") for name in names),
        rows,
        numeric=(1, 2, 3, 4),
        caption=text("what_if.effective_caption"),
    )
    return Section(
        slug="weights",
        title=text("what_if.effective_title"),
        nav=text("what_if.effective_nav"),
        lead=text("what_if.effective_lead"),
        parts=(_spreads(report.effective_weights, speaker), table),
    )


def _spreads(weights: tuple[EffectiveWeight, ...], speaker: Speaker) -> Figure:
    text = speaker.text
    group = text("what_if.spread_series")
    bars = tuple(
        (
            speaker.part(one.name),
            float(one.spread),
            text("bars.points", n=_short(one.spread), max=plain(one.max)),
            group,
        )
        for one in weights
    )
    high = 1.7 * max((bar[1] for bar in bars), default=0.0) or 1.0
    shape = Bars(bars, (("series-1", group),), text("what_if.spread_axis"), high)
    alt = "; ".join(f"{name}: {words}" for name, _, words, _ in bars)
    return Figure(shape, text("what_if.spread_figure"), alt)


def weightings_section(report: WhatIfReport, speaker: Speaker) -> Section | None:
    """Show in which share of all weightings each team is first, and last.

    Parameters
    ----------
    report
        What was tried and what came out.
    speaker
        Says it in the language of the reader.

    Returns
    -------
    Section or None
        None if weightings could not be worked out.
    """
    if not report.weightings:
        return None
    text = speaker.text
    parts: list[Part] = [
        part for one in report.weightings for part in (_stacks(one, speaker), _shares(one, speaker))
    ]
    parts.append(Bullets(tuple(speaker.say(one.sentence) for one in report.weightings)))
    return Section(
        slug="weightings",
        title=text("what_if.weightings_title"),
        nav=text("what_if.weightings_nav"),
        lead=text("what_if.weightings_lead"),
        parts=tuple(parts),
    )


def _stacks(one: Weightings, speaker: Speaker) -> Figure:
    text = speaker.text
    segments: list[tuple[str, str, float, float, str]] = []
    ends: list[tuple[str, float, str]] = []
    for place in ("first", "last"):
        row, at = text(f"what_if.{place}"), 0.0
        said = []
        for share in one.shares:
            value = _of(share, place)
            if value > 0:
                words = _percent(value)
                name = speaker.team(share.team)
                segments.append((row, name, at, at + float(value), words))
                at += float(value)
                said.append((value, f"{name} {words}"))
        ends.append((row, at, ", ".join(words for _, words in sorted(said, reverse=True)[:3])))
    series = tuple((colour(n), speaker.team(share.team)) for n, share in enumerate(one.shares))
    shape = Stacks(
        rows=(text("what_if.first"), text("what_if.last")),
        series=series,
        segments=tuple(segments),
        ends=tuple(ends),
        axis=text("what_if.weightings_axis"),
        high=max(100.0, *(end for _, end, _ in ends)),
    )
    alt = "; ".join(f"{row}: {words}" for row, _, words in ends)
    title = text(f"what_if.weightings_{one.over}")
    return Figure(shape, title, alt, legend=series)


def _of(share: WeightingShare, place: str) -> Decimal:
    return share.first if place == "first" else share.last


def _shares(one: Weightings, speaker: Speaker) -> Table:
    text = speaker.text
    rows = tuple(
        (
            Cell(speaker.team(share.team)),
            Cell(_percent(share.first), note=_interval(share.first_low, share.first_high)),
            Cell(_percent(share.last), note=_interval(share.last_low, share.last_high)),
        )
        for share in one.shares
    )
    parts = ", ".join(map(speaker.part, one.parts))
    if one.method == "exact":
        caption = text("what_if.weightings_exact", parts=parts)
    else:
        level = "–" if one.level is None else f"{_short(one.level)}%"
        caption = text("what_if.weightings_drawn", parts=parts, n=f"{one.n_draws:,}", level=level)
    columns = (text("what_if.team"), text("what_if.first"), text("what_if.last"))
    title = text(f"what_if.weightings_{one.over}")
    return Table(title, columns, rows, numeric=(1, 2), caption=caption)


def _interval(low: Decimal | None, high: Decimal | None) -> str:
    return "" if low is None or high is None else f"{_percent(low)}–{_percent(high)}"


def _percent(value: Decimal) -> str:
    """Write a share in tenths of a percent; the document has more digits."""
    return f"{value.quantize(_TENTH, ROUND_HALF_UP)}%"


def _short(value: Decimal) -> str:
    return plain(value, _SHORT)
