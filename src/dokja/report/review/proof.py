"""What a review rests on: criteria with their reasons, licences with their duties, documents.

The module shows what stands in the document, never what follows from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dokja.report.names import component_name
from dokja.report.round.parts import Cell, Facts, Fold, Section, Shell, Table, Words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dokja.document.review import CriterionResult, LicenceRow, ObligationRow, ReviewReport
    from dokja.document.review_policy import Criterion
    from dokja.report.round.parts import Part, Tone
    from dokja.report.text import Text

__all__ = ["criteria_section", "evidence_section", "licence_section", "where"]

_TONES: Final[dict[str, Tone]] = {
    "met": "good",
    "not_met": "bad",
    "inconclusive": "open",
    "not_applicable": "quiet",
}
_CONTROL_TONES: Final[dict[str, Tone]] = {
    "free": "good",
    "mild": "plain",
    "constrained": "bad",
    "unknown": "open",
}


def where(artefact: str | None, component: str | None, text: Text) -> str:
    """Name a row.

    Parameters
    ----------
    artefact, component
        The row; the whole submission where both are missing.
    text
        Language of the reader.

    Returns
    -------
    str
        Such as ``Vision encoder``.
    """
    if component is not None:
        return component_name(component, text)
    return artefact or text("criteria.whole")


# -- criteria -------------------------------------------------------------------------------------


def criteria_section(report: ReviewReport, text: Text) -> Section:
    """Show every criterion with its outcome for each row.

    Parameters
    ----------
    report
        The review.
    text
        Language of the reader.

    Returns
    -------
    Section
        A table a criterion, in the order of the policy.
    """
    parts: list[Part] = []
    several = len({one.artefact for one in report.components}) > 1
    for criterion in report.policy.criteria:
        rows = [one for one in report.criteria if one.criterion == criterion.id]
        if rows:
            parts.append(_criterion(report, criterion, rows, text, several=several))
    return Section(
        slug="criteria",
        title=text("criteria.title"),
        nav=text("criteria.nav"),
        lead=text("criteria.lead"),
        parts=tuple(parts),
    )


def _criterion(
    report: ReviewReport,
    criterion: Criterion,
    rows: Sequence[CriterionResult],
    text: Text,
    *,
    several: bool,
) -> Table:
    language = text.language
    view = next(one for one in report.policy.views if one.view == criterion.view)
    weight = text("criteria.required" if criterion.weight == "required" else "criteria.recorded")
    captions = [weight[:1].upper() + weight[1:] + "."]
    if criterion.evidence is not None:
        captions.append(text("criteria.asks", evidence=criterion.evidence.text(language)) + ".")
    if criterion.note is not None:
        captions.append(criterion.note.text(language))
    names = {one.id: one.name for one in report.reviewers}
    columns = tuple(
        text(f"criteria.{name}") for name in ("row", "outcome", "why", "evidence", "by")
    )
    # What does not apply is left out, unless nothing else stands there.
    shown = [one for one in rows if one.outcome != "not_applicable"] or rows[:1]
    return Table(
        f"{view.title.text(language)}: {criterion.title.text(language)}",
        columns,
        tuple(_result(one, names, text, several=several) for one in shown),
        caption=" ".join(captions),
        wide=(2,),
    )


def _result(
    one: CriterionResult, names: dict[str, str], text: Text, *, several: bool
) -> tuple[Cell, ...]:
    notes = []
    if one.machine != one.outcome:
        notes.append(text("criteria.machine", outcome=text(f"outcome.{one.machine}")))
    if one.excepted:
        notes.append(text("criteria.excepted"))
    places = list(dict.fromkeys(f"[{pointer.document + 1}]" for pointer in one.evidence))
    artefact = one.artefact or ""
    return (
        Cell(
            where(one.artefact, one.component, text),
            note=artefact if several and one.component is not None else "",
        ),
        Cell(text(f"outcome.{one.outcome}"), tone=_TONES[one.outcome], note="; ".join(notes)),
        Cell(one.reason.text(text.language), note=" ".join(one.findings)),
        Cell(" ".join(places) or "–"),
        Cell(", ".join(names.get(by, by) for by in one.reviewers) or text("criteria.nobody")),
    )


# -- licences -------------------------------------------------------------------------------------


def licence_section(report: ReviewReport, text: Text) -> Section | None:
    """Show licences and their duties as a matrix.

    Parameters
    ----------
    report
        The review.
    text
        Language of the reader.

    Returns
    -------
    Section or None
        None if no licence is known of.
    """
    if not report.licences:
        return None
    names = ("whose", "of", "expression", "control", "kept")
    table = Table(
        text("licence.matrix"),
        tuple(text(f"licence.{name}") for name in names),
        tuple(_licence(row, text) for row in report.licences),
        wide=(4,),
    )
    parts: list[Part] = [table]
    duties = [(row, duty) for row in report.licences for duty in row.obligations]
    if duties:
        columns = tuple(text(f"licence.{name}") for name in ("whose", "duty", "kept"))
        rows = tuple(_duty(row, duty, text) for row, duty in duties)
        inner = Table(text("licence.duties"), columns, rows, wide=(1,))
        parts.append(Fold(text("licence.duties"), (inner,)))
    return Section(
        slug="licences",
        title=text("licence.title"),
        nav=text("licence.nav"),
        lead=text("licence.lead"),
        parts=tuple(parts),
    )


def _licence(row: LicenceRow, text: Text) -> tuple[Cell, ...]:
    proof = "own" if row.reference is None else "proved" if row.proved else "declared"
    kept = "; ".join(
        f"{_kind(duty, text)}: {text(f'licence.{_kept(duty)}')}"
        for duty in row.obligations
        if duty.applies is not False
    )
    conflicts = " ".join(one.text(text.language) for one in row.conflicts)
    return (
        Cell(row.reference or row.artefact, note=_way(row, proof, text)),
        Cell(where(row.artefact, row.component, text)),
        Cell(row.expression or text("licence.none")),
        Cell(text(f"control.{row.control}"), tone=_CONTROL_TONES[row.control]),
        Cell(kept or "–", note=conflicts),
    )


def _way(row: LicenceRow, proof: str, text: Text) -> str:
    parts = [text(f"licence.{proof}")]
    if row.through:
        parts.append(f"{text('licence.through')} {' ← '.join(row.through)}")
    if row.by_outputs:
        parts.append(text("licence.by_outputs"))
    return "; ".join(parts)


def _kind(duty: ObligationRow, text: Text) -> str:
    return text.either(f"duty.{duty.kind}", duty.kind) if "." not in duty.kind else duty.kind


def _kept(duty: ObligationRow) -> str:
    if duty.applies is False:
        return "not_applies"
    if duty.standing == "condition" and duty.kept is None:
        return "condition"
    return "unseen" if duty.kept is None else "yes" if duty.kept else "no"


def _duty(row: LicenceRow, duty: ObligationRow, text: Text) -> tuple[Cell, ...]:
    tones: dict[str, Tone] = {
        "yes": "good",
        "no": "bad",
        "unseen": "open",
        "condition": "plain",
        "not_applies": "quiet",
    }
    kept = _kept(duty)
    return (
        Cell(row.reference or row.artefact, note=row.expression or ""),
        Cell(duty.text.text(text.language), note=duty.source or ""),
        Cell(text(f"licence.{kept}"), tone=tones[kept]),
    )


# -- documents ------------------------------------------------------------------------------------


def evidence_section(report: ReviewReport, text: Text) -> Section:
    """Show every document and how the review is made again.

    Parameters
    ----------
    report
        The review.
    text
        Language of the reader.

    Returns
    -------
    Section
        Documents with digests, sources of the policy, the command.
    """
    parts: list[Part] = []
    if report.evidence:
        columns = tuple(
            text(f"evidence.{name}") for name in ("number", "document", "kind", "digest")
        )
        rows = tuple(
            (
                Cell(f"[{place}]"),
                Cell(
                    one.title.text(text.language),
                    note=one.path or (text("evidence.computed") if one.made == "computed" else ""),
                ),
                Cell(text(f"evidence.{one.kind}")),
                Cell(one.digest or "–"),
            )
            for place, one in enumerate(report.evidence, 1)
        )
        parts.append(Table(text("evidence.title"), columns, rows, wide=(1, 3)))
    given = "quorum_given" if report.provenance.quorum_given else "quorum_policy"
    facts = [
        (text("evidence.dossier_digest"), report.dossier.digest),
        (text("evidence.policy"), f"{report.policy.name} ({report.policy.digest})"),
        (text("evidence.quorum"), text(f"evidence.{given}")),
        (text("evidence.dokja"), report.provenance.dokja),
    ]
    if report.provenance.sign_off_digests:
        facts.append((text("evidence.sign_offs"), ", ".join(report.provenance.sign_off_digests)))
    parts.append(Facts(tuple(facts)))
    if report.policy.sources:
        parts.append(Words((text("evidence.sources"),)))
        parts.append(
            Facts(
                tuple(
                    (
                        f"{one.publisher or '–'}, {one.published or '–'}",
                        f"{one.title.text(text.language)} ({one.reference or '–'})",
                    )
                    for one in report.policy.sources
                )
            )
        )
    parts += [Words((text("evidence.again"),)), Shell(_command(report))]
    return Section(
        slug="evidence",
        title=text("evidence.title"),
        nav=text("evidence.nav"),
        lead=text("evidence.lead"),
        parts=tuple(parts),
    )


def _command(report: ReviewReport) -> str:
    signed = " --sign-off SIGN-OFF.yaml" * len(report.provenance.sign_off_digests)
    return f"dokja review DOSSIER --policy POLICY --on {report.provenance.on}{signed}"
