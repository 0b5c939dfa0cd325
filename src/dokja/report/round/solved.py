"""The page of what published figures leave open: ranges, how many possibilities, and examples.

The module shows the solver's document; it solves nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dokja.report.round.grid import grid_table, span
from dokja.report.round.parts import Badge, Bullets, Cell, Facts, Fold, Page, Section
from dokja.report.round.speaker import Speaker, plain

if TYPE_CHECKING:
    from dokja.document.round import RoundFile
    from dokja.document.solution import CellRange, Matrix, SolutionReport
    from dokja.report.renderer import Language
    from dokja.report.round.parts import Part, Table, Tone

__all__ = ["solve_page"]

_TONES: Final[dict[str, Tone]] = {"one": "good", "several": "open", "none": "bad", "open": "open"}


def solve_page(found: RoundFile, report: SolutionReport, language: Language) -> Page:
    """Make the page of a solved round.

    Parameters
    ----------
    found
        The round, for names.
    report
        What its published figures leave open.
    language
        Language of the reader.

    Returns
    -------
    Page
        The page; nothing in it comes from anywhere else.
    """
    speaker = Speaker(found, language)
    text = speaker.text
    sections = [
        _left(report, speaker),
        _possibilities(report, speaker),
        _conflicts(found, report, speaker),
        _origin(found, report, speaker),
    ]
    fixed = sum(cell.value is not None and not cell.said for cell in report.cells)
    several = sum(cell.value is None for cell in report.cells)
    badges = [Badge(text(f"solve.is_{report.outcome}"), _TONES[report.outcome])]
    if report.cells:
        badges.append(Badge(text("solve.n_fixed", n=fixed), "good"))
        badges.append(Badge(text("solve.n_several", n=several), "open"))
    return Page(
        language=language,
        kicker=text("kicker.solve"),
        stamp=text("page_of.version", version=report.version),
        label=text("label.round"),
        subject=speaker.say(report.title),
        facts=speaker.say(found.description),
        headline=text(f"solve.headline_{report.outcome}"),
        summary=speaker.say(report.summary),
        badges=tuple(badges),
        sections=tuple(section for section in sections if section is not None),
        made_by=text("frame.made_by", version=report.provenance.dokja),
    )


def _left(report: SolutionReport, speaker: Speaker) -> Section | None:
    """Show what every score can still be, and in how many ways they fit together."""
    text = speaker.text
    if not report.cells:
        return None
    cells = {(one.team, one.part): _cell(one, speaker) for one in report.cells}
    parts: list[Part] = [
        grid_table(text("solve.grid"), cells, speaker, caption=text("solve.grid_caption"))
    ]
    if report.counts:
        counts = tuple(speaker.say(one.sentence) for one in report.counts)
        parts.append(Bullets(counts, text("solve.counts")))
    if report.notes:
        parts.append(Bullets(tuple(map(speaker.say, report.notes)), text("scores.notes")))
    return Section(
        slug="left",
        title=text("solve.left_title"),
        nav=text("solve.left_nav"),
        lead=text("solve.left_lead"),
        parts=tuple(parts),
    )


def _cell(one: CellRange, speaker: Speaker) -> Cell:
    text = speaker.text
    words = span(one.low, one.high)
    if one.said:
        return Cell(words, note=text("figure.published"))
    if one.value is not None:
        return Cell(words, tone="good", note=text("solve.follows"))
    return Cell(words, tone="open", note="" if one.reached else text("solve.at_most"))


def _possibilities(report: SolutionReport, speaker: Speaker) -> Section | None:
    """Show possibilities one by one; the only one, or the first of many."""
    text = speaker.text
    if not report.matrices:
        return None
    tables = [_matrix(one, n, speaker) for n, one in enumerate(report.matrices, 1)]
    parts: list[Part] = [tables[0]]
    if len(tables) > 1:
        parts.append(Fold(text("solve.more", n=len(tables) - 1), tuple(tables[1:])))
    key = "solve.matrix_lead_one" if report.outcome == "one" else "solve.matrix_lead"
    return Section(
        slug="possibilities",
        title=text("solve.matrix_title"),
        nav=text("solve.matrix_nav"),
        lead=text(key, n=len(tables)),
        parts=tuple(parts),
    )


def _matrix(matrix: Matrix, n: int, speaker: Speaker) -> Table:
    cells = {(one.team, one.part): Cell(plain(one.value)) for one in matrix.cells}
    return grid_table(speaker.text("solve.matrix", n=n), cells, speaker)


def _conflicts(found: RoundFile, report: SolutionReport, speaker: Speaker) -> Section | None:
    """Show which statements contradict the rest."""
    text = speaker.text
    if report.outcome != "none":
        return None
    said = tuple(_fact(found, name, speaker) for name in report.conflicts)
    return Section(
        slug="conflicts",
        title=text("solve.conflicts_title"),
        nav=text("solve.conflicts_nav"),
        lead=text("solve.conflicts_lead" if said else "solve.conflicts_none"),
        parts=(Bullets(said),) if said else (),
    )


def _fact(found: RoundFile, name: str, speaker: Speaker) -> str:
    fact = next((one for one in found.facts if one.id == name), None)
    source = "" if fact is None else speaker.source(fact.source)
    return f"{name} ({source})" if source else name


def _origin(found: RoundFile, report: SolutionReport, speaker: Speaker) -> Section:
    text, facts = speaker.text, report.provenance
    rows = [
        (text("provenance_of.dokja"), facts.dokja),
        (text("provenance_of.accept"), ", ".join(text(f"mark.{one}") for one in facts.accept)),
        (text("solve.steps"), f"{facts.steps:,}"),
    ]
    if facts.tolerance:
        of = ", ".join(map(speaker.part, facts.tolerant_of)) or text("solve.all_parts")
        rows.append((text("solve.tolerance"), f"±{plain(facts.tolerance)} ({of})"))
    parts: list[Part] = [Facts(tuple(rows))]
    for key, names in (("used", report.used), ("left_out", report.left_out)):
        if names:
            said = Bullets(tuple(_fact(found, name, speaker) for name in names))
            parts.append(Fold(text(f"solve.{key}", n=len(names)), (said,)))
    return Section(
        slug="provenance",
        title=text("provenance_of.title"),
        nav=text("provenance_of.nav"),
        lead=text("what_if.origin_lead"),
        parts=tuple(parts),
    )
