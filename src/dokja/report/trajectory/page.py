"""The page of a training run: verdict, findings, and every figure they rest on.

The module puts a stored report into the parts of a page; nothing in it comes from anywhere else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dokja.report.round.parts import (
    Badge,
    Bullets,
    Cell,
    Facts,
    Fold,
    Page,
    Section,
    Table,
    Words,
)
from dokja.report.text import Text
from dokja.report.trajectory.figures import (
    cosine_figure,
    distance_figure,
    kept_figure,
    loss_figure,
    movement_figure,
    number,
    reference_figure,
    share,
)

if TYPE_CHECKING:
    from dokja.document.trajectory import IntervalFacts, StartFit, TrajectoryReport
    from dokja.report.renderer import Language
    from dokja.report.round.parts import Part, Tone

__all__ = ["BOOK", "trajectory_page"]

BOOK: Final = "trajectory"
"""Name of the locale files of this page."""

_TONES: Final[dict[str, Tone]] = {
    "consistent": "good",
    "contradicted": "bad",
    "inconclusive": "open",
    "contradiction": "bad",
    "open": "open",
    "note": "quiet",
    "fits": "good",
    "differs": "bad",
    "structured": "bad",
    "not_random": "open",
    "not_declared": "open",
    "not_testable": "quiet",
}
_SHOWN: Final = 12


def trajectory_page(report: TrajectoryReport, language: Language) -> Page:
    """Make the page of a training run.

    Parameters
    ----------
    report
        What was told of it.
    language
        Language of the reader.

    Returns
    -------
    Page
        The page.
    """
    text = Text(language, BOOK)
    recipe, verdict = report.recipe, report.verdict
    parameters = max((one.n_parameters for one in report.checkpoints), default=0)
    badges = [Badge(text(f"run.badge_{verdict.outcome}"), _TONES[verdict.outcome])]
    if report.findings:
        badges.append(Badge(text("run.badge_findings", n=len(report.findings)), "plain"))
    if verdict.frozen_share > 0.0:
        words = text("run.badge_frozen", share=share(verdict.frozen_share))
        badges.append(Badge(words, "open"))
    if verdict.given_share > 0.0:
        words = text("run.badge_given", share=share(verdict.given_share))
        badges.append(Badge(words, "open"))
    sections = (
        _findings(report, text),
        _movement(report, text),
        _way(report, text),
        _directions(report, text),
        _start(report, text),
        _references(report, text),
        _logs(report, text),
        _checkpoints(report, text),
        _origin(report, text),
    )
    return Page(
        language=language,
        kicker=text("run.kicker"),
        stamp=text("run.stamp", steps=f"{recipe.steps:,}", n=len(report.checkpoints)),
        label=text("run.label"),
        subject=recipe.title or recipe.id,
        facts=text(
            "run.facts",
            optimiser=recipe.optimiser.name,
            schedule=recipe.schedule.kind,
            steps=f"{recipe.steps:,}",
            parameters=f"{parameters:,}",
        ),
        headline=text(f"run.{verdict.outcome}"),
        summary=verdict.summary.text(language),
        badges=tuple(badges),
        sections=tuple(one for one in sections if one is not None),
        made_by=text("run.made_by", version=report.provenance.dokja),
    )


def _findings(report: TrajectoryReport, text: Text) -> Section:
    parts: list[Part] = []
    if report.findings:
        rows = tuple(
            (
                Cell(one.rule),
                Cell(text(f"finds.{one.level}"), tone=_TONES[one.level]),
                Cell(one.message.text(text.language)),
                Cell(_span(one.steps)),
                Cell("–" if one.share is None else share(one.share)),
            )
            for one in report.findings
        )
        names = ("rule", "level", "what", "where", "share")
        columns = tuple(text(f"finds.{name}") for name in names)
        parts.append(Table(text("finds.title"), columns, rows, numeric=(4,), wide=(2,)))
    else:
        parts.append(Words((text("finds.empty"),)))
    untold = tuple(one.text(text.language) for one in report.untold)
    if untold:
        parts.append(Bullets(untold, text("finds.untold")))
    return Section(
        slug="findings",
        title=text("finds.title"),
        nav=text("finds.nav"),
        lead=text("finds.lead") if report.findings else "",
        parts=tuple(parts),
    )


def _span(steps: tuple[int, ...]) -> str:
    if not steps:
        return "–"
    return str(steps[0]) if len(steps) == 1 else f"{steps[0]}–{steps[-1]}"


def _movement(report: TrajectoryReport, text: Text) -> Section | None:
    if not report.intervals:
        return None
    names = ("interval", "used", "by", "change", "kept", "cosine", "unchanged")
    columns = tuple(text(f"moves.{name}") for name in names)
    table = Table(
        text("moves.title"),
        columns,
        tuple(_interval(one) for one in report.intervals),
        numeric=(1, 3, 4, 5, 6),
        caption="; ".join(
            dict.fromkeys(text(f"moves.bound_{one.bound}") for one in report.intervals)
        ),
    )
    known = any(one.used is not None for one in report.intervals)
    parts: list[Part] = [movement_figure(report, text)] if known else []
    parts.append(table)
    return Section(
        slug="movement",
        title=text("moves.title"),
        nav=text("moves.nav"),
        lead=text("moves.lead" if known else "moves.lead_none"),
        parts=tuple(parts),
    )


def _interval(one: IntervalFacts) -> tuple[Cell, ...]:
    tone: Tone = "bad" if one.used is not None and one.used > 1.1 else "plain"
    return (
        Cell(f"{one.first_step}–{one.last_step}"),
        Cell(number(one.used), tone=tone),
        Cell(one.used_by or "–"),
        Cell(number(one.relative_change, 3)),
        Cell(number(one.kept)),
        Cell(number(one.cosine)),
        Cell(share(one.unchanged)),
    )


def _way(report: TrajectoryReport, text: Text) -> Section | None:
    if len(report.checkpoints) < 2:
        return None
    return Section(
        slug="way",
        title=text("way.title"),
        nav=text("way.nav"),
        lead=text("way.lead"),
        parts=(kept_figure(report, text), distance_figure(report, text)),
    )


def _directions(report: TrajectoryReport, text: Text) -> Section | None:
    if len(report.intervals) < 2:
        return None
    rank = report.effective_rank
    lead = text("way.cosine_lead_none")
    if rank is not None:
        lead = text("way.cosine_lead", rank=number(rank, 1), n=len(report.intervals))
    figure = cosine_figure(report, text)
    parts: tuple[Part, ...] = () if figure is None else (figure,)
    return Section(
        slug="directions",
        title=text("way.cosine_title"),
        nav=text("way.cosine_nav"),
        lead=lead,
        parts=parts,
    )


def _start(report: TrajectoryReport, text: Text) -> Section | None:
    if not report.start:
        return None
    fits = sum(one.outcome == "fits" for one in report.start)
    odd = [one for one in report.start if one.outcome != "fits"][:_SHOWN]
    shown = odd or list(report.start[:_SHOWN])
    parts: list[Part] = [_fits(text("start.title"), shown, text)]
    if len(report.start) > len(shown):
        every = text("start.every", n=len(report.start))
        parts.append(Fold(every, (_fits(every, list(report.start), text),)))
    if report.seed_reproduced is not None:
        words = text("start.seed_yes" if report.seed_reproduced else "start.seed_no")
        parts.append(Words((words,)))
    return Section(
        slug="start",
        title=text("start.title"),
        nav=text("start.nav"),
        lead=text("start.lead", fits=fits, n=len(report.start)),
        parts=tuple(parts),
    )


def _fits(title: str, fits: list[StartFit], text: Text) -> Table:
    names = ("name", "declared", "outcome", "distance", "spread", "kurtosis", "edge")
    rows = tuple(
        (
            Cell(one.name),
            Cell(one.declared),
            Cell(text(f"start.{one.outcome}"), tone=_TONES[one.outcome]),
            Cell(number(one.distance, 3)),
            Cell(number(one.spread, 3)),
            Cell(number(one.kurtosis)),
            Cell(number(one.edge)),
        )
        for one in fits
    )
    return Table(title, tuple(text(f"start.{name}") for name in names), rows, (3, 4, 5, 6))


def _references(report: TrajectoryReport, text: Text) -> Section | None:
    if not report.references:
        return None
    rows = tuple(
        (
            Cell(one.reference),
            Cell(number(one.points[0].pearson, 3) if one.points else "–"),
            Cell(number(one.points[-1].pearson, 3) if one.points else "–"),
            Cell(number(one.points[0].z, 1) if one.points else "–"),
            Cell(str(one.n_equal)),
            Cell(number(one.log10_p, 1)),
        )
        for one in report.references
    )
    names = ("name", "start", "end", "z", "equal", "p")
    columns = tuple(text(f"references_of.{name}") for name in names)
    table = Table(text("references_of.title"), columns, rows, numeric=(1, 2, 3, 4, 5))
    figure = reference_figure(report, text)
    return Section(
        slug="references",
        title=text("references_of.title"),
        nav=text("references_of.nav"),
        lead=text("references_of.lead"),
        parts=(table,) if figure is None else (figure, table),
    )


def _logs(report: TrajectoryReport, text: Text) -> Section:
    parts: list[Part] = []
    figure = loss_figure(report, text)
    if figure is not None:
        parts.append(figure)
    if report.logs:
        rows = tuple(
            (
                Cell(one.path, note=one.digest),
                Cell(one.format),
                Cell(f"{one.n_rows:,}"),
                Cell(f"{one.first_step}–{one.last_step}"),
                Cell("–" if one.first_time is None else f"{one.first_time} – {one.last_time}"),
                Cell(", ".join(one.columns)),
            )
            for one in report.logs
        )
        names = ("path", "format", "rows", "reach", "times", "columns")
        columns = tuple(text(f"log_of.{name}") for name in names)
        parts.append(Table(text("log_of.title"), columns, rows, numeric=(2,)))
    else:
        parts.append(Words((text("log_of.none"),)))
    return Section(
        slug="logs",
        title=text("log_of.title"),
        nav=text("log_of.nav"),
        lead=text("log_of.lead") if report.logs else "",
        parts=tuple(parts),
    )


def _checkpoints(report: TrajectoryReport, text: Text) -> Section:
    rows = tuple(
        (
            Cell(str(one.step)),
            Cell(one.time or "–"),
            Cell(number(one.norm, 1)),
            Cell(number(one.loss if one.loss is not None else one.logged_loss, 3)),
            Cell(one.path, note=one.digest),
        )
        for one in report.checkpoints
    )
    columns = (
        text("run.step"),
        *(text(f"checkpoints_of.{name}") for name in ("time", "norm", "loss", "digest")),
    )
    table = Table(text("checkpoints_of.title"), columns, rows, numeric=(2, 3))
    parts: list[Part] = [table]
    if report.submission_digest is not None:
        parts.append(Facts(((text("checkpoints_of.submission"), report.submission_digest),), True))
    if report.submission_rounded:
        parts.append(Words((text("checkpoints_of.rounded"),)))
    return Section(
        slug="checkpoints",
        title=text("checkpoints_of.title"),
        nav=text("checkpoints_of.nav"),
        lead=text("checkpoints_of.lead"),
        parts=tuple(parts),
    )


def _origin(report: TrajectoryReport, text: Text) -> Section:
    facts = report.provenance
    held = ", ".join(f"{one.name} {one.value:g}" for one in facts.parameters)
    return Section(
        slug="provenance",
        title=text("made_from.title"),
        nav=text("made_from.nav"),
        lead=text("made_from.lead"),
        parts=(
            Facts(
                (
                    (text("made_from.version"), facts.dokja),
                    (text("made_from.recipe"), report.recipe_digest),
                    (text("made_from.seed"), str(facts.seed)),
                    (text("made_from.read"), f"{facts.bytes_read:,}"),
                    (text("made_from.thresholds"), held),
                )
            ),
        ),
    )
