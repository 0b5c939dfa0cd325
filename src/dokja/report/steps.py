"""What lies between two that are kin, and a reference's part in a mixture, as titled blocks.

The module tells figures, never what they prove.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dokja.report.digits import correlation, count, decimal, log10_p, share
from dokja.report.figures import Block, Table
from dokja.report.names import show

if TYPE_CHECKING:
    from dokja.document.audit import (
        ChangeFigures,
        Grid,
        HeadsEvidence,
        MixtureEvidence,
        StepsEvidence,
    )
    from dokja.report.text import Text

__all__ = ["heads_block", "mixture_block", "steps_block"]

_MOST_ROWS = 40
_MOST_NAMES = 6
_LEAST_ZEROS = 0.001
_LEAST_WEIGHT, _LARGEST_WEIGHT = 0.03, 0.97
"""Weights between which a reference may be one part of several."""


def steps_block(index: int, item: StepsEvidence, text: Text) -> Block:
    """Tell what lies between two that are kin.

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
        The kind of the change, and its size by layer and role.
    """
    zeros = (item.zero_share or 0.0, item.reference_zero_share or 0.0)
    facts = (
        ("matrices", f"{count(item.n_changed)} / {count(item.n_matrices)}"),
        ("frozen", share(item.frozen_share)),
        ("rank", f"{decimal(item.rank)} / {decimal(item.rank_limit)}"),
        ("low_rank", share(item.low_rank_share)),
        ("rounding", share(item.rounding_share)),
        ("white", decimal(item.white_ratio)),
        ("spread", decimal(item.spread)),
        ("subject_grid", _grid(item.subject_grid, text)),
        ("reference_grid", _grid(item.reference_grid, text)),
        ("zeros", f"{share(zeros[0])} / {share(zeros[1])}" if max(zeros) > _LEAST_ZEROS else ""),
        ("carried", _interval(item.carried, item.carried_low, item.carried_high)),
    )
    rows = tuple((text(f"steps.{name}"), value) for name, value in facts if value)
    ordered = sorted(item.changes, key=lambda row: row.group is None)
    changes = tuple(_change(row, text) for row in ordered[:_MOST_ROWS])
    hidden = len(item.changes) - len(changes)
    columns = tuple(text(f"steps.{name}") for name in ("where", "change", "parameters"))
    return Block(
        "steps",
        text("steps.title"),
        (text("steps.lead"),),
        tables=(Table(("", ""), rows, numeric=(1,)), Table(columns, changes, numeric=(1, 2))),
        caption=text("page.more", n=count(hidden)) if hidden else "",
        anchors=(index,),
    )


def _grid(grid: Grid | None, text: Text) -> str:
    if grid is None:
        return ""
    size = text("steps.group", n=count(grid.group)) if grid.group else text("steps.whole")
    return f"{grid.format} ({size}), {share(grid.share)}"


def _interval(value: float | None, low: float | None, high: float | None) -> str:
    if value is None:
        return ""
    if low is None or high is None:
        return decimal(value)
    return f"{decimal(value)} [{decimal(low)}, {decimal(high)}]"


def _change(row: ChangeFigures, text: Text) -> tuple[str, str, str]:
    if row.group is not None:
        where = text.either(f"roles.{row.group}", show(row.group, text, longest=40))
    elif row.layer is None:
        where = text("roles.outside")
    else:
        where = text("steps.layer", n=count(row.layer))
    size = text("steps.unchanged") if row.frozen else share(row.relative_change)
    return where, size, count(row.n_parameters)


def heads_block(index: int, item: HeadsEvidence, text: Text) -> Block:
    """Tell which attention heads were found again, and what became of them.

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
        Heads found and moved, and how alike their circuits and value channels are.
    """
    facts = (
        ("heads", f"{count(item.n_heads)} / {count(item.n_layers)}"),
        ("found", share(item.found_share)),
        ("moved", share(item.moved_share)),
        ("cosine", correlation(item.cosine)),
        ("off_cosine", correlation(item.off_cosine)),
        ("value_in_place", correlation(item.value_in_place)),
        ("value_matched", correlation(item.value_matched)),
    )
    rows = tuple((text(f"heads.{name}"), value) for name, value in facts)
    return Block(
        "heads",
        text("heads.title"),
        (text("heads.lead"),),
        tables=(Table(("", ""), rows, numeric=(1,)),),
        anchors=(index,),
    )


def mixture_block(index: int, item: MixtureEvidence, text: Text) -> Block | None:
    """Tell a reference's part in a combination of all references.

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
    Block or None
        Its weight, what the combination leaves, and the test of what the others leave; None where
        it is all of the combination, or nothing of it.
    """
    is_part = _LEAST_WEIGHT <= abs(item.weight) <= _LARGEST_WEIGHT
    if not is_part and item.log10_p is None and item.base is None:
        return None
    facts = (
        ("weight", _interval(item.weight, item.low, item.high)),
        ("gains", _interval(item.gain_ratio, item.gain_ratio_low, item.gain_ratio_high)),
        ("sum", decimal(item.weight_sum)),
        ("left", share(item.residual_share)),
        ("added", share(item.added_share)),
        ("condition", decimal(item.condition)),
        ("alike", _names(item.alike, text)),
        ("change", _interval(item.change_weight, item.change_low, item.change_high)),
        ("base", show(item.base, text, longest=60) if item.base is not None else ""),
        ("unchanged", "" if item.unchanged_share is None else share(item.unchanged_share)),
        ("away", _names(item.taken_away, text)),
        ("found", _found(item)),
    )
    rows = tuple((text(f"mixture.{name}"), value) for name, value in facts if value)
    return Block(
        "mixture",
        text("mixture.title"),
        (text("mixture.lead", beside=_names(item.beside, text)),),
        tables=(Table(("", ""), rows, numeric=(1,)),),
        anchors=(index,),
    )


def _names(names: tuple[str, ...], text: Text) -> str:
    shown = [show(name, text, longest=60) for name in names[:_MOST_NAMES]]
    return ", ".join(shown) + (" …" if len(names) > _MOST_NAMES else "")


def _found(item: MixtureEvidence) -> str:
    if item.log10_p is None:
        return ""
    cosine = correlation(item.in_place_cosine)
    return (
        f"{count(item.statistic)} / {count(item.n_units)} ({decimal(item.expected)}); "
        f"{cosine}; {log10_p(item.log10_p)}"
    )
