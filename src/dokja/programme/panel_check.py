"""Whether the forms and votes of a panel fit together: every defect at once.

The module knows what a panel may not hold, never what its marks say.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from dokja.document.common import parse_json_strictly
from dokja.document.panel import PanelFile
from dokja.errors import ProgrammeError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dokja.document.panel import Ballot, Form, PanelItem, Rater

__all__ = ["check_panel", "panel_defects", "parse_panel"]

_SHOWN: Final = 50


def parse_panel(content: bytes, *, uri: str | None = None) -> PanelFile:
    """Read a panel from JSON and check it.

    Parameters
    ----------
    content
        The bytes of the file.
    uri
        Where they came from, for the error.

    Returns
    -------
    PanelFile
        A panel whose parts fit together.

    Raises
    ------
    ReportError
        If it is not JSON or does not fit its schema; with every defect.
    ProgrammeError
        If its parts do not fit together; with every defect.
    """
    panel = parse_json_strictly(PanelFile, content, uri=uri)
    check_panel(panel, uri=uri)
    return panel


def check_panel(panel: PanelFile, *, uri: str | None = None) -> None:
    """Refuse a panel whose parts do not fit together.

    Parameters
    ----------
    panel
        The panel.
    uri
        Where it came from, for the error.

    Raises
    ------
    ProgrammeError
        With every defect and its dotted path.
    """
    found = panel_defects(panel)
    if found:
        shown = "; ".join(found[:_SHOWN])
        more = f"; and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        raise ProgrammeError(
            f"the panel has {len(found)} defects: {shown}{more}",
            uri=uri,
            hint="Mend the entries named; a mark that was not given is left out, never zero.",
        )


def panel_defects(panel: PanelFile) -> tuple[str, ...]:
    """Return what is wrong with a panel, each with its dotted path.

    Parameters
    ----------
    panel
        The panel.

    Returns
    -------
    tuple of str
        Empty if its parts fit together.
    """
    items = {item.id: item for item in panel.items}
    raters = {rater.id for rater in panel.raters}
    teams = set(panel.teams)
    return (
        *_repeated("teams", panel.teams),
        *_repeated("items", (item.id for item in panel.items)),
        *_repeated("raters", (rater.id for rater in panel.raters)),
        *(text for number, item in enumerate(panel.items) for text in _of_item(number, item)),
        *(
            text
            for number, rater in enumerate(panel.raters)
            for text in _of_rater(number, rater, teams)
        ),
        *(
            text
            for number, form in enumerate(panel.forms)
            for text in _of_form(f"forms.{number}", form, teams, raters, items)
        ),
        *_of_forms(panel.forms),
        *(
            text
            for number, ballot in enumerate(panel.ballots)
            for text in _of_ballot(number, ballot, teams)
        ),
    )


def _repeated(path: str, names: Iterable[str]) -> Iterator[str]:
    for name, times in Counter(names).items():
        if times > 1:
            yield f"{path}: {name!r} stands {times} times"


def _of_item(number: int, item: PanelItem) -> Iterator[str]:
    if item.lowest >= item.highest or item.highest <= 0:
        yield f"items.{number}: the scale from {item.lowest} to {item.highest} holds no marks"
    if item.maximum <= 0:
        yield f"items.{number}.maximum: {item.maximum} is not a positive number of points"


def _of_rater(number: int, rater: Rater, teams: set[str]) -> Iterator[str]:
    for place, conflict in enumerate(rater.conflicts):
        if conflict.team is not None and conflict.team not in teams:
            yield f"raters.{number}.conflicts.{place}.team: no team {conflict.team!r}"


def _of_form(
    path: str, form: Form, teams: set[str], raters: set[str], items: dict[str, PanelItem]
) -> Iterator[str]:
    where = f"{path} ({form.source})" if form.source else path
    if form.team not in teams:
        yield f"{where}.team: no team {form.team!r}"
    if form.rater not in raters:
        yield f"{where}.rater: no rater {form.rater!r}"
    yield from _repeated(f"{where}.marks", (mark.item for mark in form.marks))
    yield from _repeated(f"{where}.ticks", (tick.view for tick in form.ticks))
    for number, mark in enumerate(form.marks):
        item = items.get(mark.item)
        if item is None:
            yield f"{where}.marks.{number}.item: no item {mark.item!r}"
        elif mark.value is not None and not item.lowest <= mark.value <= item.highest:
            yield (
                f"{where}.marks.{number}.value: {mark.value} is not between "
                f"{item.lowest} and {item.highest}"
            )


def _of_forms(forms: tuple[Form, ...]) -> Iterator[str]:
    for (rater, team), times in Counter((form.rater, form.team) for form in forms).items():
        if times > 1:
            yield f"forms: {times} forms of {rater!r} for {team!r}"
    places = Counter((form.rater, form.position) for form in forms if form.position is not None)
    for (rater, position), times in places.items():
        if times > 1:
            yield f"forms: {rater!r} saw {times} teams at place {position}"


def _of_ballot(number: int, ballot: Ballot, teams: set[str]) -> Iterator[str]:
    for side in ("left", "right"):
        if getattr(ballot, side) not in teams:
            yield f"ballots.{number}.{side}: no team {getattr(ballot, side)!r}"
    if ballot.left == ballot.right:
        yield f"ballots.{number}: {ballot.left!r} stands on both sides"
