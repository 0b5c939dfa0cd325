"""The figures of a training run, out of its stored report.

The module knows which figure shows which fields, never how one is drawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dokja.report.round.parts import Figure
from dokja.report.trajectory.shapes import Curves, HeatMap

if TYPE_CHECKING:
    from dokja.document.trajectory import TrajectoryReport
    from dokja.report.text import Text

__all__ = [
    "cosine_figure",
    "distance_figure",
    "kept_figure",
    "loss_figure",
    "movement_figure",
    "number",
    "reference_figure",
    "share",
]

_MOST_CELLS: Final = 80
_N_COLOURS: Final = 6


def number(value: float | None, digits: int = 2) -> str:
    """Write a number with a fixed count of digits behind the point.

    Parameters
    ----------
    value
        The number; None where it is not known.
    digits
        Digits behind the point.

    Returns
    -------
    str
        With a true minus sign; ``–`` for None.
    """
    return "–" if value is None else f"{value:.{digits}f}".replace("-", "−")


def share(value: float) -> str:
    """Write a share in per cent.

    Parameters
    ----------
    value
        From 0 to 1.

    Returns
    -------
    str
        Such as ``12.3%``.
    """
    return f"{100.0 * value:.1f}%"


def _marks(report: TrajectoryReport) -> tuple[int, ...]:
    found = [one for one in report.findings if one.level == "contradiction" and len(one.steps) == 2]
    return tuple(sorted({step for one in found for step in one.steps}))


def _listed(values: list[tuple[int, float | None]]) -> str:
    return ", ".join(f"{step}: {number(value)}" for step, value in values)


def movement_figure(report: TrajectoryReport, text: Text) -> Figure:
    """Show which part of the bound each interval used.

    Parameters
    ----------
    report
        The report.
    text
        Words.

    Returns
    -------
    Figure
        One line, and the bound.
    """
    series = (("series-1", text("moves.series")),)
    known = [(one.last_step, one.used) for one in report.intervals]
    points = tuple(
        (text("moves.series"), step, used, f"{step}: {number(used)}")
        for step, used in known
        if used is not None
    )
    shape = Curves(
        series, points, text("run.steps"), text("moves.axis"), rule=1.0, marks=_marks(report)
    )
    alt = text("moves.alt", values=_listed(known))
    return Figure(shape, text("moves.figure"), alt, legend=series)


def kept_figure(report: TrajectoryReport, text: Text) -> Figure:
    """Show what is left of step 0 at each checkpoint.

    Parameters
    ----------
    report
        The report.
    text
        Words.

    Returns
    -------
    Figure
        What was measured, and what decay alone leaves.
    """
    series = (("series-1", text("way.kept")), ("series-2", text("way.expected")))
    known = [(one.step, one.kept_start) for one in report.checkpoints]
    expected = [(one.step, one.expected_kept) for one in report.checkpoints]
    points = tuple(
        (name, step, value, f"{name}, {step}: {number(value)}")
        for name, values in ((series[0][1], known), (series[1][1], expected))
        for step, value in values
        if value is not None
    )
    shape = Curves(series, points, text("run.steps"), text("way.kept_axis"), marks=_marks(report))
    alt = text("way.kept_alt", values=_listed(known))
    return Figure(shape, text("way.kept_figure"), alt, legend=series)


def distance_figure(report: TrajectoryReport, text: Text) -> Figure:
    """Show how far each checkpoint lies from the end.

    Parameters
    ----------
    report
        The report.
    text
        Words.

    Returns
    -------
    Figure
        One line.
    """
    series = (("series-1", text("way.distance")),)
    known = [(one.step, one.distance_to_end) for one in report.checkpoints]
    points = tuple((series[0][1], step, far, f"{step}: {number(far)}") for step, far in known)
    shape = Curves(
        series, points, text("run.steps"), text("way.distance_axis"), marks=_marks(report)
    )
    alt = text("way.distance_alt", values=_listed(list(known)))
    return Figure(shape, text("way.distance_figure"), alt, legend=series)


def cosine_figure(report: TrajectoryReport, text: Text) -> Figure | None:
    """Show the cosine of every two displacements.

    Parameters
    ----------
    report
        The report.
    text
        Words.

    Returns
    -------
    Figure or None
        None where none is known.
    """
    ends = [one.last_step for one in report.intervals]
    every = max(1, -(-len(ends) // _MOST_CELLS))
    places = range(0, len(ends), every)
    cells = tuple(
        (str(ends[i]), str(ends[j]), value, f"{ends[i]} · {ends[j]}: {number(value)}")
        for i in places
        for j in places
        if (value := report.cosines[i][j]) is not None
    )
    if not cells:
        return None
    near = [
        (after, report.cosines[k][k + 1]) for k, after in enumerate(ends[1:]) if k + 1 < len(ends)
    ]
    alt = text("way.cosine_alt", values=_listed(near))
    shape = HeatMap(tuple(str(ends[k]) for k in places), cells)
    return Figure(shape, text("way.cosine_figure"), alt, caption=text("way.cosine_caption"))


def loss_figure(report: TrajectoryReport, text: Text) -> Figure | None:
    """Show the logged loss, and the losses noted with the checkpoints.

    Parameters
    ----------
    report
        The report.
    text
        Words.

    Returns
    -------
    Figure or None
        None where no log bears a loss.
    """
    series = (("series-1", text("log_of.series")), ("series-6", text("log_of.noted")))
    logged = [
        (one.step, one.loss) for log in report.logs for one in log.points if one.loss is not None
    ]
    if not logged:
        return None
    noted = [(one.step, one.loss) for one in report.checkpoints if one.loss is not None]
    points = tuple(
        (name, step, value, f"{name}, {step}: {number(value, 3)}")
        for name, values in ((series[0][1], logged), (series[1][1], noted))
        for step, value in values
    )
    shape = Curves(series, points, text("run.steps"), text("log_of.axis"))
    alt = text("log_of.alt", first=number(logged[0][1], 3), last=number(logged[-1][1], 3))
    return Figure(shape, text("log_of.figure"), alt, legend=series)


def reference_figure(report: TrajectoryReport, text: Text) -> Figure | None:
    """Show how each checkpoint correlates with known models.

    Parameters
    ----------
    report
        The report.
    text
        Words.

    Returns
    -------
    Figure or None
        None where nothing could be laid side by side.
    """
    held = [one for one in report.references if one.points][:_N_COLOURS]
    if not held:
        return None
    series = tuple((f"series-{k + 1}", one.reference) for k, one in enumerate(held))
    points = tuple(
        (one.reference, p.step, p.pearson, f"{one.reference}, {p.step}: {number(p.pearson, 3)}")
        for one in held
        for p in one.points
    )
    shape = Curves(series, points, text("run.steps"), text("references_of.axis"))
    values = _listed([(p.step, p.pearson) for p in held[0].points])
    alt = text("references_of.alt", values=values)
    return Figure(shape, text("references_of.figure"), alt, legend=series)
