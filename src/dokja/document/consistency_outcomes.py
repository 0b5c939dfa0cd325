"""Reports of reviews and of runs that contradict themselves: outcomes that their parts do not bear.

The module compares what stands in one document; it reads no file and judges nothing anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dokja.errors import ReportError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dokja.document.review import ReviewReport
    from dokja.document.trajectory import TrajectoryReport

__all__ = ["check_review", "check_run"]

_USED = 1.2
_LOST = 0.15
"""Figures of movement that a run without findings never has; `dokja.trajectory` draws its lines on
this side of them."""

_HINT: Final = (
    "The file was edited or put together by hand: ask for the one that dokja wrote, or make it "
    "anew."
)
_ORDER: Final = ("not_met", "inconclusive", "met")


def check_review(report: ReviewReport, *, uri: str | None = None) -> ReviewReport:
    """Refuse a review whose views and verdict are not what its criteria come to.

    Parameters
    ----------
    report
        A report that fits its schema.
    uri
        Where it came from, for the error.

    Returns
    -------
    ReviewReport
        The same report.

    Raises
    ------
    ReportError
        At the first defect, with its dotted path.
    """
    _refuse(_of_review(report), uri)
    return report


def check_run(report: TrajectoryReport, *, uri: str | None = None) -> TrajectoryReport:
    """Refuse a report of a run whose verdict is not what its findings come to.

    Parameters
    ----------
    report
        A report that fits its schema.
    uri
        Where it came from, for the error.

    Returns
    -------
    TrajectoryReport
        The same report.

    Raises
    ------
    ReportError
        At the first defect, with its dotted path.
    """
    _refuse(_of_run(report), uri)
    return report


def _refuse(defects: Iterable[tuple[str, str]], uri: str | None) -> None:
    for path, message in defects:
        raise ReportError(message, uri=uri, context=path, hint=_HINT)


# -- reviews --------------------------------------------------------------------------------------


def _worst(outcomes: Iterable[str]) -> str:
    found = set(outcomes)
    return next((one for one in _ORDER if one in found), "not_applicable")


def _of_review(report: ReviewReport) -> Iterator[tuple[str, str]]:
    for step, one in enumerate(report.criteria):
        if one.outcome != one.machine and not one.overruled and not one.excepted:
            yield (
                f"criteria.{step}.outcome",
                f"is {one.outcome}, the machine said {one.machine}, and nobody overruled it",
            )
    deciding = [one for one in report.criteria if one.required]
    for step, view in enumerate(report.views):
        mine = [one for one in deciding if one.view == view.view]
        wanted = _worst(one.outcome for one in mine if not one.excepted)
        if view.outcome != wanted:
            yield f"views.{step}.outcome", f"is {view.outcome}, and its criteria come to {wanted}"
        machine = _worst(one.machine for one in mine)
        if view.machine != machine:
            yield f"views.{step}.machine", f"is {view.machine}, and its criteria come to {machine}"
    yield from _of_components(report)
    wanted = _worst(view.outcome for view in report.views)
    if report.verdict.outcome != wanted:
        yield "verdict.outcome", f"is {report.verdict.outcome}, and the views come to {wanted}"


def _of_components(report: ReviewReport) -> Iterator[tuple[str, str]]:
    kinds = {one.id: one.kind for one in report.artefacts}
    for step, row in enumerate(report.components):
        for inner, view in enumerate(row.views):
            wanted = _worst(
                one.outcome
                for one in report.criteria
                if one.required
                and not one.excepted
                and one.view == view.view
                and one.artefact == row.artefact
                and (one.component or kinds.get(one.artefact)) == row.component
            )
            if view.outcome != wanted:
                yield (
                    f"components.{step}.views.{inner}.outcome",
                    f"is {view.outcome}, and its criteria come to {wanted}",
                )


# -- runs -----------------------------------------------------------------------------------------


def _of_run(report: TrajectoryReport) -> Iterator[tuple[str, str]]:
    levels = {one.level for one in report.findings}
    wanted = (
        "contradicted"
        if "contradiction" in levels
        else "inconclusive"
        if "open" in levels
        else "consistent"
    )
    if report.verdict.outcome != wanted:
        yield (
            "verdict.outcome",
            f"is {report.verdict.outcome}, and the findings come to {wanted}",
        )
    steps = [one.step for one in report.checkpoints]
    if steps != sorted(one.step for one in report.recipe.checkpoints):
        yield "checkpoints", "are not those of the recipe"
    if len(report.intervals) != max(len(steps) - 1, 0):
        yield "intervals", f"are {len(report.intervals)}, and there are {len(steps)} checkpoints"
    if steps and steps[0] == 0 and not report.start:
        yield "start", "is empty, though step 0 was read"
    said = report.recipe.submission
    ends = said is None or (said.component is None and not report.submission_rounded)
    ended = any(one.reason == "end_differs" for one in report.findings)
    if ends and not ended and report.submission_digest is not None and report.checkpoints:
        last = report.checkpoints[-1].digest
        if report.submission_digest != last:
            yield (
                "submission_digest",
                f"is {report.submission_digest}, the last checkpoint's {last}",
            )
    yield from _of_start(report)
    yield from _of_movement(report)


def _of_movement(report: TrajectoryReport) -> Iterator[tuple[str, str]]:
    """Look whether anything is told where figures say what no honest run does."""
    if any(one.level != "note" for one in report.findings):
        return
    for step, one in enumerate(report.intervals):
        if (one.used or 0.0) > _USED:
            yield f"intervals.{step}.used", f"is {one.used:.2f}, and no finding tells it"
    for step, at in enumerate(report.checkpoints):
        if at.kept_start is not None and at.kept_start < _LOST * (at.expected_kept or 0.0):
            yield (
                f"checkpoints.{step}.kept_start",
                f"is {at.kept_start:.2f} of {at.expected_kept:.2f}, and no finding tells it",
            )


def _of_start(report: TrajectoryReport) -> Iterator[tuple[str, str]]:
    """Look whether anything is told where tensors are not as they are declared."""
    if any(one.level == "contradiction" for one in report.findings):
        return
    for step, fit in enumerate(report.start):
        given = fit.declared.startswith("given")
        if fit.outcome in {"structured", "differs", "not_random"} and not given:
            yield f"start.{step}.outcome", f"is {fit.outcome}, and no finding tells it"
