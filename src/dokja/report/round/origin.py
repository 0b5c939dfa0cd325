"""Where a round's statements come from, and how its report can be made again.

The module shows sources, digests and commands, never what follows from them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dokja.report.round.parts import Bullets, Cell, Facts, Section, Shell, Table, Words
from dokja.report.round.speaker import marks_legend

if TYPE_CHECKING:
    from dokja.document.round import RoundFile
    from dokja.document.round_report import RoundReport
    from dokja.report.round.parts import Part
    from dokja.report.round.speaker import Speaker

__all__ = ["provenance_section", "sources_section"]


def sources_section(found: RoundFile, speaker: Speaker) -> Section | None:
    """Show every source of the round.

    Parameters
    ----------
    found
        The round.
    speaker
        Says it in the language of the reader.

    Returns
    -------
    Section or None
        None if the round names none.
    """
    if not found.sources:
        return None
    text = speaker.text
    used: dict[str, int] = {}
    for fact in found.facts:
        used[fact.source] = used.get(fact.source, 0) + 1
    names = ("title_of", "publisher", "reference", "published", "facts")
    rows = tuple(
        (
            Cell(source.title.text(speaker.language)),
            Cell(source.publisher or "–"),
            Cell(source.reference or "–"),
            Cell(str(source.published or "–")),
            Cell(str(used.get(source.id, 0))),
        )
        for source in found.sources
    )
    table = Table(
        text("sources.table"),
        tuple(text(f"sources.{name}") for name in names),
        rows,
        numeric=(4,),
    )
    return Section(
        slug="sources",
        title=text("sources.title"),
        nav=text("sources.nav"),
        lead=text("sources.lead"),
        parts=(table, Words((text("mark.title"),)), marks_legend(text)),
    )


def provenance_section(report: RoundReport, speaker: Speaker) -> Section:
    """Show what was read and how the report is made again.

    Parameters
    ----------
    report
        The scored round.
    speaker
        Says it in the language of the reader.

    Returns
    -------
    Section
        Digests, seed, files and the commands.
    """
    text, facts = speaker.text, report.provenance
    locked = facts.criteria_locked_on
    rows = (
        ("dokja", facts.dokja),
        ("round", facts.round_digest),
        ("criteria", facts.criteria_digest),
        ("locked", text("provenance_of.no_lock") if locked is None else str(locked)),
        ("accept", ", ".join(text(f"mark.{mark}") for mark in facts.accept)),
        ("seed", str(facts.seed)),
        ("draws", f"{facts.n_draws:,}" if facts.n_draws else text("provenance_of.no_draws")),
    )
    parts: list[Part] = [Facts(tuple((text(f"provenance_of.{key}"), v) for key, v in rows))]
    if facts.criteria_changes:
        changes = tuple(speaker.say(change) for change in facts.criteria_changes)
        parts.append(Bullets(changes, text("provenance_of.changes")))
    if facts.files:
        files = tuple((Cell(file.path), Cell(file.digest)) for file in facts.files)
        columns = (text("provenance_of.file"), text("provenance_of.digest"))
        parts.append(Table(text("provenance_of.files"), columns, files))
    parts += [Words((text("provenance_of.again"),)), Shell(_command(report))]
    return Section(
        slug="provenance",
        title=text("provenance_of.title"),
        nav=text("provenance_of.nav"),
        lead=text("provenance_of.lead"),
        parts=tuple(parts),
    )


def _command(report: RoundReport) -> str:
    # Names of files are the user's, and may be those of audits; whoever has them knows them.
    results = " RESULTS" if report.provenance.files else ""
    lock = "" if report.provenance.criteria_locked_on is None else " --lock LOCK.json"
    return f"dokja round replay ROUND.yaml report.json{results}{lock}"
