"""What people add to a review: descent they can claim, rungs they saw, words they said.

The module shows voices as they stand in the document, never whether they are right.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dokja.report.names import component_name
from dokja.report.review.proof import where
from dokja.report.round.parts import Cell, Section, Table, Words

if TYPE_CHECKING:
    from dokja.document.review import ReviewReport, TrailEntry
    from dokja.report.round.parts import Part, Tone
    from dokja.report.text import Text

__all__ = ["ladder_section", "own_section", "trail_section"]

_OWN_TONES: Final[dict[str, Tone]] = {
    "proved": "good",
    "declared_only": "open",
    "owner_unproved": "open",
    "contradicted": "bad",
}
_RUNG_TONES: Final[dict[str, Tone]] = {
    "shown": "good",
    "not_shown": "plain",
    "disputed": "open",
    "not_assessed": "quiet",
}


def own_section(report: ReviewReport, text: Text) -> Section | None:
    """Show what descends from the maker's own earlier models.

    Parameters
    ----------
    report
        The review.
    text
        Language of the reader.

    Returns
    -------
    Section or None
        None if nothing is said to.
    """
    if not report.own_derivatives:
        return None
    names = ("component", "reference", "relation", "owner", "status")
    rows = tuple(
        (
            Cell(component_name(one.component, text)),
            Cell(one.reference, note=one.reference_digest or ""),
            Cell(text(f"relation.{one.relation}")),
            Cell(one.owner or text("own.unnamed")),
            Cell(
                text(f"own.{one.status}"),
                tone=_OWN_TONES[one.status],
                note=one.reason.text(text.language),
            ),
        )
        for one in report.own_derivatives
    )
    table = Table(
        text("own.title"), tuple(text(f"own.{name}") for name in names), rows, wide=(1, 4)
    )
    return Section(
        slug="own",
        title=text("own.title"),
        nav=text("own.nav"),
        lead=text("own.lead"),
        parts=(table,),
    )


def ladder_section(report: ReviewReport, text: Text) -> Section:
    """Show what people saw at each depth of the maker's own work.

    Parameters
    ----------
    report
        The review.
    text
        Language of the reader.

    Returns
    -------
    Section
        Every rung, least first.
    """
    rows = tuple(
        (
            Cell(rung.title.text(text.language)),
            Cell(text(f"ladder.{rung.status}"), tone=_RUNG_TONES[rung.status]),
            Cell("; ".join(f"{one.by} ({one.on}): {one.reason}" for one in rung.witnesses) or "–"),
        )
        for rung in report.ladder
    )
    columns = tuple(text(f"ladder.{name}") for name in ("rung", "status", "who"))
    return Section(
        slug="ladder",
        title=text("ladder.title"),
        nav=text("ladder.nav"),
        lead=text("ladder.lead"),
        parts=(Table(text("ladder.title"), columns, rows, wide=(2,)),),
    )


def trail_section(report: ReviewReport, text: Text) -> Section:
    """Show who said what, and whether it counted.

    Parameters
    ----------
    report
        The review.
    text
        Language of the reader.

    Returns
    -------
    Section
        The machine in a sentence, people one by one.
    """
    found = [one for one in report.trail if one.kind == "finding"]
    said = [one for one in report.trail if one.kind != "finding"]
    parts: list[Part] = [
        Words((text("trail.machine_n", n=len(found), on=str(report.provenance.on)),))
    ]
    if said:
        names = ("on", "by", "what", "about", "outcome", "reason")
        columns = tuple(text(f"trail.{name}") for name in names)
        rows = tuple(_entry(report, one, text) for one in said)
        parts.append(Table(text("trail.people"), columns, rows, wide=(5,)))
    else:
        parts.append(Words((text("trail.nobody"),), quiet=True))
    if report.reviewers:
        columns = tuple(text(f"trail.{name}") for name in ("name", "role", "interest"))
        people = tuple(
            (
                Cell(one.name),
                Cell(one.role or "–"),
                Cell(
                    text("trail.none")
                    if one.conflict_of_interest == "none"
                    else one.conflict_of_interest
                ),
            )
            for one in report.reviewers
        )
        parts.append(Table(text("trail.reviewers"), columns, people, wide=(2,)))
    return Section(
        slug="trail",
        title=text("trail.title"),
        nav=text("trail.nav"),
        lead=text("trail.lead"),
        parts=tuple(parts),
    )


def _entry(report: ReviewReport, one: TrailEntry, text: Text) -> tuple[Cell, ...]:
    criterion = next((c for c in report.policy.criteria if c.id == one.criterion), None)
    title = one.criterion if criterion is None else criterion.title.text(text.language)
    why = (
        ""
        if one.why_not is None
        else text("trail.not_counted", why=one.why_not.text(text.language))
    )
    return (
        Cell(str(one.on)),
        Cell(", ".join(one.by)),
        Cell(text(f"trail.{one.kind}"), tone="plain" if one.counted else "quiet"),
        Cell(title, note=where(one.artefact, one.component, text)),
        Cell("–" if one.outcome is None else text(f"outcome.{one.outcome}")),
        Cell(one.reason or "–", note=why),
    )
