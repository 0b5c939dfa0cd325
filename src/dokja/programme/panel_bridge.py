"""Between the forms of a panel and the results of a round: each made of the other.

The module knows where a mark stands in both, never what one is worth.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final, get_args

from pydantic import ValidationError

from dokja.document.number import written
from dokja.document.panel import (
    Blinding,
    Combination,
    Form,
    Mark,
    PanelFile,
    PanelItem,
    Rater,
    Tick,
    View,
)
from dokja.document.results import Cell, Entry
from dokja.document.round_rules import MedianOf, Points, Share, TickRule, TrimmedMean
from dokja.programme.wording import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dokja.document.common import Localized
    from dokja.document.results import Unit
    from dokja.document.round import Item, RoundFile

__all__ = ["entries_of_panel", "panels_of_entries"]

_VIEWS: Final[tuple[View, ...]] = get_args(View)
_ORDERS: Final = {"random": "randomised", "fixed": "fixed"}


# -- from forms to results ------------------------------------------------------------------------


def entries_of_panel(
    found: RoundFile, panel: PanelFile, *, file: str, digest: str
) -> tuple[tuple[Entry, ...], tuple[Localized, ...]]:
    """Make results of a panel's forms.

    Parameters
    ----------
    found
        The round; its gates that go by ticks get the ticks of their views.
    panel
        The panel; its items bear the names that the round gives them.
    file
        Where the panel was read from, as the user gave it.
    digest
        Digest of that file.

    Returns
    -------
    tuple
        One entry for each mark that was given and each box that was ticked or left unticked
        on purpose, and what was left out. Marks of a rater with a conflict of interest are left
        out and named.
    """
    items = {item.id: item for item in panel.items}
    conflicts = {
        (rater.id, conflict.team) for rater in panel.raters for conflict in rater.conflicts
    }
    entries: list[Entry] = []
    notes: list[Localized] = []
    for number, form in enumerate(panel.forms):
        if conflicts & {(form.rater, form.team), (form.rater, None)}:
            notes.append(
                say(
                    f"Marks of {form.rater} for {form.team} do not count: conflict of interest.",
                    f"{form.team}에 대한 {form.rater}의 평가는 이해충돌로 반영하지 않았습니다.",
                )
            )
            continue
        cell = Cell(file=file, where=form.source or f"forms.{number}", digest=digest)
        marked = ((mark, items[mark.item]) for mark in form.marks)
        entries += [
            _entry(form, mark.item, mark.value, "points" if _is_points(item) else "scale", cell)
            for mark, item in marked
            if mark.value is not None
        ]
        entries += _ticked(found, form, cell)
    return tuple(entries), tuple(notes)


def _is_points(item: PanelItem) -> bool:
    return item.highest == item.maximum and item.lowest == 0


def _entry(form: Form, item: str, value: Decimal, unit: Unit, cell: Cell) -> Entry:
    return Entry(
        team=form.team,
        item=item,
        rater=form.rater,
        value=value,
        unit=unit,
        original=written(value),
        by="panel",
        source=cell,
    )


def _ticked(found: RoundFile, form: Form, cell: Cell) -> Iterator[Entry]:
    for tick in form.ticks:
        for gate in found.gates:
            takes = isinstance(gate.rule, TickRule) and tick.view in gate.views
            if takes and tick.not_met is not None:
                value = Decimal(1 if tick.not_met else 0)
                yield _entry(form, f"{gate.id}.{tick.view}", value, "count", cell)


# -- from results to forms ------------------------------------------------------------------------


def panels_of_entries(
    found: RoundFile, entries: Sequence[Entry]
) -> tuple[tuple[PanelFile, ...], tuple[Localized, ...]]:
    """Make panels of the marks and ticks among a round's results.

    Parameters
    ----------
    found
        The round.
    entries
        Results; those without a rater are left aside.

    Returns
    -------
    tuple
        One panel for each item that single raters marked and each gate that they ticked, and
        why an item has none. Where the round's points are not the mean of marks times a factor,
        the highest mark stands for the points, so that the panel speaks of marks alone.
    """
    panels: list[PanelFile] = []
    notes: list[Localized] = []
    by_item: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.rater is not None:
            by_item.setdefault(entry.item, []).append(entry)
    for item in found.items:
        names = [item.id, *(f"{item.id}.{sub.id}" for sub in item.sub_items)]
        marks = [entry for name in names for entry in by_item.get(name, ())]
        if item.raters is None or not marks:
            continue
        made = _panel(found, item, marks)
        if isinstance(made, PanelFile):
            panels.append(made)
        else:
            notes.append(made)
    panels += _tick_panels(found, by_item)
    return tuple(panels), tuple(notes)


def _panel(found: RoundFile, item: Item, marks: Sequence[Entry]) -> PanelFile | Localized:
    raters = item.raters
    assert raters is not None
    if isinstance(raters.combine, MedianOf):
        return say(
            f"{item.title.en}: intervals are not drawn for medians",
            f"{item.title.ko}: 중앙값에는 구간을 구하지 않습니다",
        )
    keys = [(entry.team, entry.item, entry.rater) for entry in marks]
    if len(set(keys)) < len(keys):
        return say(
            f"{item.title.en}: a rater marked a team more than once; no intervals are drawn",
            f"{item.title.ko}: 같은 팀을 여러 번 채점한 평가자가 있어 구간을 구하지 않습니다",
        )
    trimmed = raters.combine if isinstance(raters.combine, TrimmedMean) else None
    try:
        return PanelFile(
            id=item.id,
            title=item.title,
            teams=tuple(t.id for t in found.teams if any(e.team == t.id for e in marks)),
            items=tuple(_items(item, marks)),
            raters=_raters(marks),
            forms=_forms(marks, {}),
            combination=Combination(
                drop_low=trimmed.drop_lowest if trimmed else 0,
                drop_high=trimmed.drop_highest if trimmed else 0,
                trim="total" if raters.over == "total" else "item",
            ),
            blinding=Blinding.model_validate(
                {"names_hidden": raters.blind, "order": _ORDERS.get(raters.order or "")}
            ),
        )
    except ValidationError:
        return say(
            f"{item.title.en}: marks have too many digits for intervals",
            f"{item.title.ko}: 점수의 자릿수가 너무 많아 구간을 구하지 않습니다",
        )


def _items(item: Item, marks: Sequence[Entry]) -> Iterator[PanelItem]:
    assert item.raters is not None
    scale = item.raters.scale
    present = {entry.item for entry in marks}
    parts = [(item.id, item.title, item.max)]
    parts += [(f"{item.id}.{sub.id}", sub.title, sub.max) for sub in item.sub_items]
    for name, title, most in parts:
        if name not in present:
            continue
        low, high = (most * 0, most) if scale is None else (scale.low, scale.high)
        is_mean = isinstance(item.formula, Share) and item.formula.full == high
        worth = most if is_mean or isinstance(item.formula, Points) else high
        yield PanelItem(id=name, title=title, maximum=worth, lowest=low, highest=high)


def _raters(entries: Sequence[Entry]) -> tuple[Rater, ...]:
    names = dict.fromkeys(entry.rater for entry in entries if entry.rater is not None)
    return tuple(Rater(id=name) for name in sorted(names))


def _forms(marks: Sequence[Entry], ticks: dict[tuple[str, str], list[Tick]]) -> tuple[Form, ...]:
    forms: dict[tuple[str, str], list[Entry]] = {}
    for entry in marks:
        forms.setdefault((entry.rater or "", entry.team), []).append(entry)
    return tuple(
        Form(
            rater=rater,
            team=team,
            marks=tuple(Mark(item=one.item, value=one.value) for one in forms.get(key, ())),
            ticks=tuple(ticks.get(key, ())),
        )
        for key in dict.fromkeys((*forms, *ticks))
        for rater, team in [key]
    )


def _tick_panels(found: RoundFile, by_item: dict[str, list[Entry]]) -> Iterator[PanelFile]:
    """Yield one panel for each gate that single raters ticked in one of the known views."""
    for gate in found.gates:
        ticks: dict[tuple[str, str], list[Tick]] = {}
        given: list[Entry] = []
        for view in _VIEWS:
            for entry in by_item.get(f"{gate.id}.{view}", ()):
                tick = Tick(view=view, not_met=entry.value == 1, reason=entry.note)
                ticks.setdefault((entry.rater or "", entry.team), []).append(tick)
                given.append(entry)
        if given:
            yield PanelFile(
                id=gate.id,
                title=gate.title,
                teams=tuple(t.id for t in found.teams if any(e.team == t.id for e in given)),
                raters=_raters(given),
                forms=_forms((), ticks),
            )
