"""The page of what-if: which changes turn the decision over, and how far each is from doing so.

The module shows what was tried and what came out; it never says which rule is the fair one.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from dokja.document.number import Known, written
from dokja.report.round.parts import Badge, Bullets, Cell, Facts, Figure, Fold, Page, Section, Table
from dokja.report.round.shapes import Lines, Tornado
from dokja.report.round.speaker import Speaker, plain, signed
from dokja.report.round.weighed import effective_section, weightings_section

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from dokja.document.round import RoundFile
    from dokja.document.what_if import BreakEven, ScenarioResult, TornadoBar, WhatIfReport
    from dokja.report.renderer import Language
    from dokja.report.round.parts import Part, Tone

__all__ = ["what_if_page", "what_if_sections"]

_TONES: Final[dict[str, Tone]] = {"changes": "bad", "may_change": "open", "same": "good"}
_SHORT: Final = 6


def what_if_page(found: RoundFile, report: WhatIfReport, language: Language) -> Page:
    """Make the page of what-if.

    Parameters
    ----------
    found
        The round, for names.
    report
        What was tried and what came out.
    language
        Language of the reader.

    Returns
    -------
    Page
        The page; nothing in it comes from anywhere else.
    """
    speaker = Speaker(found, language)
    text = speaker.text
    counts = Counter[str](one.effect for one in report.scenarios)
    return Page(
        language=language,
        kicker=text("kicker.what_if"),
        stamp=text("page_of.version", version=report.version),
        label=text("label.round"),
        subject=speaker.say(report.title),
        facts=speaker.say(found.description),
        headline=_headline(report, counts, speaker),
        summary=_margin_words(report, speaker),
        badges=tuple(
            Badge(text(f"what_if.count_{effect}", n=counts[effect]), tone)
            for effect, tone in _TONES.items()
            if counts[effect]
        ),
        sections=(*what_if_sections(report, speaker), _origin(report, speaker)),
        made_by=text("frame.made_by", version=report.provenance.dokja),
    )


def what_if_sections(report: WhatIfReport, speaker: Speaker) -> tuple[Section, ...]:
    """Make the sections of what-if, for a page of its own or another one.

    Parameters
    ----------
    report
        What was tried and what came out.
    speaker
        Says it in the language of the reader.

    Returns
    -------
    tuple of Section
        Those for which anything is known.
    """
    sections = (
        _changes(report, speaker),
        _tornado(report, speaker),
        _stability(report, speaker),
        _break_evens(report, speaker),
        effective_section(report, speaker),
        weightings_section(report, speaker),
    )
    return tuple(section for section in sections if section is not None)


def _headline(report: WhatIfReport, counts: Counter[str], speaker: Speaker) -> str:
    total, flips, opens = len(report.scenarios), counts["changes"], counts["may_change"]
    if not total:
        return speaker.text("what_if.headline_none")
    if flips:
        return speaker.text("what_if.headline_flips", n=flips, total=total)
    key = "what_if.headline_open" if opens else "what_if.headline_same"
    return speaker.text(key, n=opens, total=total)


def _margin_words(report: WhatIfReport, speaker: Speaker) -> str:
    if report.margin is None or report.inside is None or report.outside is None:
        return speaker.text("what_if.no_margin")
    names = {"inside": speaker.team(report.inside), "outside": speaker.team(report.outside)}
    return speaker.text("what_if.margin_is", n=_short(report.margin), **names)


def _short(value: Decimal | None) -> str:
    return "–" if value is None else plain(value, _SHORT)


# -- what was tried -------------------------------------------------------------------------------


def _changes(report: WhatIfReport, speaker: Speaker) -> Section | None:
    """Show the changes that turn the decision over, those that open it, and all."""
    text = speaker.text
    if not report.scenarios:
        return None
    parts: list[Part] = []
    for effect in ("changes", "may_change"):
        some = [one for one in report.scenarios if one.effect == effect]
        if some:
            parts.append(_table(text(f"what_if.table_{effect}", n=len(some)), some, speaker))
    if not parts:
        parts.append(Bullets((text("what_if.nothing_flips"),)))
    every = _table(text("what_if.table_all", n=len(report.scenarios)), report.scenarios, speaker)
    parts.append(Fold(text("what_if.all"), (every,)))
    if report.notes:
        parts.append(Bullets(tuple(map(speaker.say, report.notes)), text("what_if.notes")))
    return Section(
        slug="changes",
        title=text("what_if.changes_title"),
        nav=text("what_if.changes_nav"),
        lead=text("what_if.changes_lead"),
        parts=tuple(parts),
    )


def _table(title: str, results: Sequence[ScenarioResult], speaker: Speaker) -> Table:
    text = speaker.text
    names = ("change", "effect", "outcome", "margin")
    rows = tuple(
        (
            Cell(speaker.say(one.label)),
            Cell(text(f"what_if.effect_{one.effect}"), tone=_TONES[one.effect]),
            Cell(speaker.say(one.sentence), note=" ".join(map(speaker.say, one.notes))),
            Cell(_short(one.margin)),
        )
        for one in results
    )
    columns = tuple(text(f"what_if.{name}") for name in names)
    return Table(title, columns, rows, numeric=(3,), wide=(2,))


def _tornado(report: WhatIfReport, speaker: Speaker) -> Section | None:
    """Show how far each kind of change moves the margin at the cut."""
    text = speaker.text
    if not report.tornado or report.margin is None:
        return None
    kept, turned = text("what_if.kept"), text("what_if.turned")
    shape = Tornado(
        rows=tuple(
            (speaker.say(bar.label), float(bar.low), float(bar.high), _span(bar), bar.n_flips > 0)
            for bar in report.tornado
        ),
        axis=text("what_if.margin_axis"),
        now=float(report.margin),
        now_words=text("what_if.now", n=_short(report.margin)),
        series=(("series-1", kept), ("series-6", turned)),
        zero_words=text("what_if.zero"),
    )
    alt = "; ".join(f"{speaker.say(bar.label)}: {_span(bar)}" for bar in report.tornado)
    figure = Figure(
        shape,
        text("what_if.tornado_figure"),
        alt,
        caption=text("what_if.tornado_caption", n=_short(report.margin)),
        legend=shape.series,
    )
    return Section(
        slug="tornado",
        title=text("what_if.tornado_title"),
        nav=text("what_if.tornado_nav"),
        lead=_margin_words(report, speaker),
        parts=(figure, Fold(text("what_if.as_table"), (_tornado_table(report, speaker),))),
    )


def _span(bar: TornadoBar) -> str:
    low, high = _short(bar.low), _short(bar.high)
    return low if low == high else f"{low} … {high}"


def _tornado_table(report: WhatIfReport, speaker: Speaker) -> Table:
    text = speaker.text
    labels = {one.id: speaker.say(one.label) for one in report.scenarios}
    rows = tuple(
        (
            Cell(speaker.say(bar.label)),
            Cell(_short(bar.low), note=labels.get(bar.at_low, bar.at_low)),
            Cell(_short(bar.high), note=labels.get(bar.at_high, bar.at_high)),
            Cell(str(bar.n_scenarios)),
            Cell(str(bar.n_flips), tone="bad" if bar.n_flips else "plain"),
        )
        for bar in report.tornado
    )
    names = ("change", "margin_low", "margin_high", "tried", "flips")
    columns = tuple(text(f"what_if.{name}") for name in names)
    return Table(text("what_if.tornado_figure"), columns, rows, numeric=(1, 2, 3, 4))


# -- ranks ----------------------------------------------------------------------------------------


def _stability(report: WhatIfReport, speaker: Speaker) -> Section | None:
    """Show in which ranks each team stands over all changes that settle its rank."""
    text = speaker.text
    ranges: list[tuple[str, str, float, float, float | None, str]] = []
    cells = []
    today, changed = text("what_if.rank_today"), text("what_if.rank_changed")
    for row in report.now:
        if row.rank_low is None or row.rank_high is None:
            continue
        name, now = speaker.team(row.team), (row.rank_low, row.rank_high)
        settled, n_open = _tried(report, row.team)
        is_now = _rank(*now, speaker)
        ends = (min([now[0], *settled]), max([now[1], *settled]))
        over = _rank(*ends, speaker)
        ranges.append((name, changed, *ends, None, f"{changed}: {over}"))
        point = float(now[0]) if now[0] == now[1] else None
        ranges.append((name, today, *now, point, f"{today}: {is_now}"))
        kept = sum(rank == now[0] == now[1] for rank in settled)
        counts = (kept, len(settled) - kept, n_open)
        cells.append((Cell(name), Cell(is_now), Cell(over), *(Cell(str(n)) for n in counts)))
    if not cells or not report.scenarios:
        return None
    shape = Lines(
        rows=tuple(dict.fromkeys(row for row, *_ in ranges)),
        series=(("rest", changed), ("series-1", today)),
        ranges=tuple(ranges),
        axis=text("ranks.axis"),
        low=0.5,
        high=max(high for _, _, _, high, _, _ in ranges) + 0.5,
        whole=True,
    )
    alt = "; ".join(f"{row}: {words}" for row, _, _, _, _, words in ranges)
    title = text("what_if.stability_figure")
    names = ("team", "rank_today", "rank_changed", "rank_kept", "rank_other", "rank_open")
    columns = tuple(text(f"what_if.{one}") for one in names)
    return Section(
        slug="stability",
        title=text("what_if.stability_title"),
        nav=text("what_if.stability_nav"),
        lead=text("what_if.stability_lead"),
        parts=(
            Figure(shape, title, alt, legend=shape.series),
            Table(title, columns, tuple(cells), numeric=tuple(range(1, len(names)))),
        ),
    )


def _tried(report: WhatIfReport, team: str) -> tuple[list[int], int]:
    """Return a team's rank under each change that settles it, and how many do not."""
    rows = [row for one in report.scenarios for row in one.table if row.team == team]
    ranks = [row.rank_low for row in rows if row.rank_low == row.rank_high]
    settled = [rank for rank in ranks if rank is not None]
    return settled, len(rows) - len(ranks)


def _rank(low: int, high: int, speaker: Speaker) -> str:
    return speaker.rank(low if low == high else None, low, high, tied=False)


# -- break-even points ----------------------------------------------------------------------------


def _break_evens(report: WhatIfReport, speaker: Speaker) -> Section | None:
    """Show at which value of one number the places change hands."""
    text = speaker.text
    if not report.break_evens:
        return None
    found = [one for one in report.break_evens if one.flips_from is not None]
    none = [one for one in report.break_evens if one.flips_from is None]
    parts: list[Part] = []
    if found:
        names = ("moved", "now_is", "holds", "turns", "swap", "rounding_band")
        rows = tuple(_break_even(one, speaker) for one in found)
        columns = tuple(text(f"what_if.{name}") for name in names)
        table = text("what_if.break_even_table")
        parts.append(Table(table, columns, rows, numeric=(1, 2, 3), wide=(4,)))
    if none:
        said = tuple(dict.fromkeys(_searched(one, speaker) for one in none))
        parts.append(Fold(text("what_if.break_even_none", n=len(none)), (Bullets(said),)))
    return Section(
        slug="break-even",
        title=text("what_if.break_even_title"),
        nav=text("what_if.break_even_nav"),
        lead=text("what_if.break_even_lead"),
        parts=tuple(parts),
    )


def _what(one: BreakEven, speaker: Speaker) -> str:
    return speaker.text(f"what_if.parameter_{one.parameter}")


def _break_even(one: BreakEven, speaker: Speaker) -> tuple[Cell, ...]:
    text = speaker.text
    swap = "–"
    if one.inside is not None and one.outside is not None:
        above, below = speaker.team(one.outside), speaker.team(one.inside)
        swap = text("what_if.above", above=above, below=below)
    band = text("what_if.no_band")
    if one.rounding_low is not None and one.rounding_high is not None:
        band = f"{_digits(one.rounding_low)}–{_digits(one.rounding_high)}"
    return (
        Cell(speaker.part(one.of), note=_what(one, speaker)),
        Cell(_digits(one.now)),
        Cell("–" if one.holds_until is None else _digits(one.holds_until)),
        Cell("–" if one.flips_from is None else _digits(one.flips_from)),
        Cell(swap),
        Cell(band),
    )


def _digits(value: Decimal) -> str:
    return signed(written(value))


def _searched(one: BreakEven, speaker: Speaker) -> str:
    return speaker.text(
        f"what_if.searched_{one.direction}",
        name=speaker.part(one.of),
        what=_what(one, speaker),
        now=_digits(one.now),
        end=_digits(one.low if one.direction == "down" else one.high),
    )


# -- where it comes from --------------------------------------------------------------------------


def _origin(report: WhatIfReport, speaker: Speaker) -> Section:
    text, facts = speaker.text, report.provenance
    rows = (
        (text("provenance_of.dokja"), facts.dokja),
        (text("provenance_of.round"), facts.round_digest),
        (text("provenance_of.accept"), ", ".join(text(f"mark.{one}") for one in facts.accept)),
        (text("provenance_of.seed"), str(facts.seed)),
        (text("what_if.swing"), f"±{written(facts.swing)}%"),
        (text("what_if.draws"), f"{facts.n_draws:,}" if facts.n_draws else text("what_if.exact")),
    )
    table = tuple(
        (
            Cell(speaker.team(row.team)),
            Cell(
                "–"
                if row.rank_low is None or row.rank_high is None
                else _rank(row.rank_low, row.rank_high, speaker)
            ),
            speaker.figure(row.total)
            if not isinstance(row.total, Known)
            else Cell(plain(row.total.value), mark=row.total.confidence),
        )
        for row in report.now
    )
    columns = (text("what_if.team"), text("scores.rank"), text("word.total"))
    return Section(
        slug="provenance",
        title=text("provenance_of.title"),
        nav=text("provenance_of.nav"),
        lead=text("what_if.origin_lead"),
        parts=(Facts(rows), Table(text("what_if.today"), columns, table, numeric=(1, 2))),
    )
