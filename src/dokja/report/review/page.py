"""The page of a review: three views side by side, then every criterion, duty, voice and document.

The module puts what stands in the document in its order; it decides nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dokja.report.names import component_name
from dokja.report.review.people import ladder_section, own_section, trail_section
from dokja.report.review.proof import criteria_section, evidence_section, licence_section
from dokja.report.round.parts import (
    Badge,
    Bullets,
    Cell,
    Column,
    Columns,
    Page,
    Section,
    Table,
    Words,
)
from dokja.report.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dokja.document.review import ReviewedComponent, ReviewReport, ViewOutcome
    from dokja.report.renderer import Language
    from dokja.report.round.parts import Part, Tone

__all__ = ["BOOK", "review_page"]

BOOK: Final = "review"
"""Name of the locale files of these pages."""

TONES: Final[dict[str, Tone]] = {
    "met": "good",
    "not_met": "bad",
    "inconclusive": "open",
    "not_applicable": "quiet",
}


def review_page(report: ReviewReport, language: Language) -> Page:
    """Make the page of a review.

    Parameters
    ----------
    report
        The review.
    language
        Language of the reader.

    Returns
    -------
    Page
        The page; nothing in it comes from anywhere else.
    """
    text = Text(language, BOOK)
    sections = [
        _views(report, text),
        _unknown(report, text),
        criteria_section(report, text),
        licence_section(report, text),
        own_section(report, text),
        ladder_section(report, text),
        trail_section(report, text),
        evidence_section(report, text),
    ]
    return Page(
        language=language,
        kicker=text("kicker.review"),
        stamp=text(
            "page_of.stamp",
            policy=report.policy.title.text(language),
            version=report.policy.version,
            on=str(report.provenance.on),
        ),
        label=text("label.review"),
        subject=report.dossier.title or report.dossier.id,
        facts=text(
            "page_of.facts",
            maker=report.dossier.maker,
            artefacts=len(report.artefacts),
            rows=len(report.components),
        ),
        headline=_headline(report, text),
        summary=_summary(report, text),
        badges=_badges(report, text),
        sections=tuple(section for section in sections if section is not None),
        made_by=text("review.made_by", version=report.provenance.dokja),
    )


def _named(views: Iterable[ViewOutcome], outcome: str, text: Text) -> str:
    return ", ".join(text(f"view.{one.view}") for one in views if one.outcome == outcome)


def _headline(report: ReviewReport, text: Text) -> str:
    outcome = report.verdict.outcome
    return text(f"headline.{outcome}", views=_named(report.views, outcome, text))


def _summary(report: ReviewReport, text: Text) -> str:
    outcome = report.verdict.outcome
    parts = []
    for key, sentence in (("inconclusive", "open"), ("met", "met")):
        named = _named(report.views, key, text)
        if key != outcome and named:
            parts.append(text(f"summary.{sentence}", views=named))
    return " ".join(parts)


def _badges(report: ReviewReport, text: Text) -> tuple[Badge, ...]:
    quorum = report.policy.quorum
    if quorum.sign_off is None:
        badges = [Badge(text("badge.no_quorum"), "open")]
    elif quorum.sign_off == 0:
        badges = [Badge(text("badge.no_sign"), "quiet")]
    else:
        signed = report.verdict.signed
        badges = [
            Badge(
                text("badge.signed" if signed else "badge.unsigned"), "good" if signed else "open"
            )
        ]
    n = sum(one.overruled for one in report.criteria)
    if n:
        badges.append(Badge(text(f"badge.overruled{'_one' if n == 1 else ''}", n=n), "open"))
    excepted = sum(one.kind == "exception" and one.counted for one in report.trail)
    if excepted:
        badges.append(Badge(text("badge.excepted", n=excepted), "open"))
    return tuple(badges)


# -- views ----------------------------------------------------------------------------------------


def _views(report: ReviewReport, text: Text) -> Section:
    parts: list[Part] = [
        Columns(tuple(_column(report, one, text) for one in report.views)),
        _rows(report, text),
    ]
    return Section(
        slug="views", title=text("views_of.title"), nav=text("views_of.nav"), parts=tuple(parts)
    )


def _column(report: ReviewReport, one: ViewOutcome, text: Text) -> Column:
    rule = next(rule for rule in report.policy.views if rule.view == one.view)
    note = text(
        "views_of.required", met=one.n_met, not_met=one.n_not_met, inconclusive=one.n_inconclusive
    )
    if one.machine != one.outcome:
        machine = text("views_of.machine", outcome=text(f"outcome.{one.machine}"))
        note = f"{note}; {machine}"
    return Column(
        name=rule.title.text(text.language),
        question=rule.question.text(text.language),
        word=text(f"outcome.{one.outcome}"),
        tone=TONES[one.outcome],
        sentence=one.reason.text(text.language),
        note=note,
    )


def _rows(report: ReviewReport, text: Text) -> Table:
    several = len({one.artefact for one in report.components}) > 1
    views = [rule.title.text(text.language) for rule in report.policy.views]
    columns = (
        text("views_of.component"),
        *views,
        text("views_of.donors"),
        text("views_of.share"),
        text("views_of.function"),
    )
    rows = tuple(_row(one, text, several=several) for one in report.components)
    return Table(
        text("views_of.rows"),
        columns,
        rows,
        numeric=(len(views) + 2,),
        caption=text("views_of.caption"),
    )


def _row(one: ReviewedComponent, text: Text, *, several: bool) -> tuple[Cell, ...]:
    cells = [Cell(component_name(one.component, text), note=one.artefact if several else "")]
    for view in one.views:
        note = ""
        if view.machine != view.outcome:
            note = text("views_of.machine", outcome=text(f"outcome.{view.machine}"))
        cells.append(Cell(text(f"outcome.{view.outcome}"), tone=TONES[view.outcome], note=note))
    donors = "; ".join(
        f"{donor.reference} ({text(f'relation.{donor.relation}')}"
        + (f", {text('views_of.own')})" if donor.own else ")")
        for donor in one.donors
    )
    functions = "; ".join(
        text("views_of.of", function=share.title.text(text.language), share=_percent(share.share))
        for share in one.functions
    )
    return (
        *cells,
        Cell(donors or text("views_of.none"), tone="plain" if donors else "quiet"),
        Cell("–" if one.share is None else _percent(one.share)),
        Cell(functions or "–"),
    )


def _percent(share: float) -> str:
    """Round without claiming more: nothing below the whole is 100 %, nothing above none is 0 %."""
    if share in {0.0, 1.0}:
        return f"{share:.0%}"
    return "<0.1%" if share < 0.001 else ">99.9%" if share > 0.999 else f"{share:.1%}"


def _unknown(report: ReviewReport, text: Text) -> Section:
    sentences = tuple(one.text(text.language) for one in report.verdict.unknown)
    part: Part = Bullets(sentences) if sentences else Words((text("unknown.nothing"),))
    return Section(
        slug="unknown",
        title=text("unknown.title"),
        nav=text("unknown.nav"),
        lead=text("unknown.lead"),
        parts=(part,),
    )
