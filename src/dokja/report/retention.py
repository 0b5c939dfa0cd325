"""Retention as a titled block: what is kept of gains and matrices, with its limits.

The module tells slopes, never what they say of descent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dokja.report.digits import correlation, count, decimal
from dokja.report.figures import Block, Interval, Table

if TYPE_CHECKING:
    from dokja.document.audit import RetentionEvidence
    from dokja.report.text import Text

__all__ = ["retention_block"]


_LEAST_SLOPE = 0.1
"""Below it a ratio divides by what is hardly more than noise."""
_SHOWN = (-0.5, 2.0)
"""What the figure shows; limits that reach further say nothing more."""


@dataclass(frozen=True, slots=True)
class _Ratio:
    """Gain slope over matrix slope in one direction, with its limits."""

    slope: float | None
    ratio: float | None
    low: float | None
    high: float | None

    @property
    def is_kept(self) -> bool:
        return self.slope is not None and self.slope >= _LEAST_SLOPE

    def told(self, text: Text) -> str:
        if not self.is_kept:
            return text("retention.no_ratio") if self.ratio is not None else decimal(None)
        if self.ratio is None or self.low is None or self.high is None:
            return decimal(self.ratio)
        return text(
            "retention.limits",
            ratio=decimal(self.ratio),
            low=decimal(self.low),
            high=decimal(self.high),
        )


def _clipped(value: float) -> float:
    return min(max(value, _SHOWN[0]), _SHOWN[1])


def _interval(ratios: tuple[_Ratio, _Ratio], text: Text) -> tuple[tuple[Interval, ...], bool]:
    """Draw the limits that mean something, and say whether any had to be cut."""
    rows: list[tuple[str, float, float, float]] = []
    cut = False
    for name, one in zip(("forward", "backward"), ratios, strict=True):
        if not one.is_kept or one.ratio is None or one.low is None or one.high is None:
            continue
        ratio, low, high = _clipped(one.ratio), _clipped(one.low), _clipped(one.high)
        cut = cut or (ratio, low, high) != (one.ratio, one.low, one.high)
        rows.append((text(f"retention.{name}"), ratio, low, high))
    if not rows:
        return (), False
    first = next(one for one in ratios if one.is_kept and one.low is not None)
    alt = text(
        "retention.alt",
        ratio=decimal(first.ratio),
        low=decimal(first.low),
        high=decimal(first.high),
    )
    return (Interval(tuple(rows), alt),), cut


def retention_block(index: int, item: RetentionEvidence, text: Text) -> Block:
    """Tell how much of gains and matrices was kept.

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
        Slopes both ways, their ratios with limits, and the correlations.
    """
    ratios = (
        _Ratio(item.matrix_slope, item.ratio, item.ratio_low, item.ratio_high),
        _Ratio(
            item.reverse_matrix_slope,
            item.reverse_ratio,
            item.reverse_ratio_low,
            item.reverse_ratio_high,
        ),
    )
    rows = (
        (
            text("retention.matrix_slope"),
            decimal(item.matrix_slope),
            decimal(item.reverse_matrix_slope),
        ),
        (text("retention.gain_slope"), decimal(item.gain_slope), decimal(item.reverse_gain_slope)),
        (text("retention.ratio"), *(one.told(text) for one in ratios)),
    )
    columns = (text("retention.measure"), text("retention.forward"), text("retention.backward"))
    pearson = text(
        "retention.pearson",
        matrices=correlation(item.matrix_pearson),
        gains=correlation(item.gain_pearson),
        effective=correlation(item.effective_gain_pearson),
        n=count(item.n_layers),
    )
    figures, cut = _interval(ratios, text)
    paragraphs = [text("retention.lead")]
    if any(one.ratio is not None and not one.is_kept for one in ratios):
        paragraphs.append(text("retention.nothing_kept"))
    return Block(
        "retention",
        text("retention.title"),
        tuple(paragraphs),
        tables=(Table(columns, rows, numeric=(1, 2)),),
        figures=figures,
        caption=f"{text('retention.beyond')} {pearson}" if cut else pearson,
        anchors=(index,),
    )
