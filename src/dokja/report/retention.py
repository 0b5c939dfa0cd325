"""Retention as a titled block: what is kept of gains and matrices, with its limits.

The module tells slopes, never what they say of descent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dokja.report.digits import correlation, count, decimal
from dokja.report.figures import Block, Interval, Table

if TYPE_CHECKING:
    from dokja.document.audit import RetentionEvidence
    from dokja.report.text import Text

__all__ = ["retention_block"]


def _limits(ratio: float | None, low: float | None, high: float | None, text: Text) -> str:
    if ratio is None or low is None or high is None:
        return decimal(ratio)
    return text("retention.limits", ratio=decimal(ratio), low=decimal(low), high=decimal(high))


def _interval(item: RetentionEvidence, text: Text) -> tuple[Interval, ...]:
    forward = (item.ratio, item.ratio_low, item.ratio_high)
    backward = (item.reverse_ratio, item.reverse_ratio_low, item.reverse_ratio_high)
    rows = tuple(
        (text(f"retention.{name}"), ratio, low, high)
        for name, (ratio, low, high) in (("forward", forward), ("backward", backward))
        if ratio is not None and low is not None and high is not None
    )
    if not rows:
        return ()
    _, ratio, low, high = rows[0]
    alt = text("retention.alt", ratio=decimal(ratio), low=decimal(low), high=decimal(high))
    return (Interval(rows, alt),)


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
    rows = (
        (
            text("retention.matrix_slope"),
            decimal(item.matrix_slope),
            decimal(item.reverse_matrix_slope),
        ),
        (text("retention.gain_slope"), decimal(item.gain_slope), decimal(item.reverse_gain_slope)),
        (
            text("retention.ratio"),
            _limits(item.ratio, item.ratio_low, item.ratio_high, text),
            _limits(item.reverse_ratio, item.reverse_ratio_low, item.reverse_ratio_high, text),
        ),
    )
    columns = (text("retention.measure"), text("retention.forward"), text("retention.backward"))
    pearson = text(
        "retention.pearson",
        matrices=correlation(item.matrix_pearson),
        gains=correlation(item.gain_pearson),
        effective=correlation(item.effective_gain_pearson),
        n=count(item.n_layers),
    )
    return Block(
        "retention",
        text("retention.title"),
        (text("retention.lead"),),
        tables=(Table(columns, rows, numeric=(1, 2)),),
        figures=_interval(item, text),
        caption=pearson,
        anchors=(index,),
    )
