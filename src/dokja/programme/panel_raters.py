"""The part of a panel's report that is about its raters: severity and agreement.

The module knows raters by name and the figures on them, never what their marks decide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import numpy as np

from dokja.document.panel import AgreementFigures, RaterFigures, View
from dokja.programme.agreement import krippendorff_alpha
from dokja.programme.panel_words import no_alpha
from dokja.programme.raters import rater_severity

if TYPE_CHECKING:
    from typing import Literal

    from numpy.typing import NDArray

    from dokja.document.panel import PanelFile
    from dokja.programme.agreement import Level
    from dokja.programme.panel_tables import PanelTables
    from dokja.programme.raters import Severity

__all__ = ["agreement_figures", "fitted", "rater_figures"]


def fitted(tables: PanelTables) -> Severity | None:
    """Fit the additive model of teams, items and raters to the marks.

    Parameters
    ----------
    tables
        The marks as shares of their scales.

    Returns
    -------
    Severity or None
        None where there are no marks at all.
    """
    flat = tables.flat
    return None if np.isnan(flat).all() else rater_severity(flat)


def rater_figures(
    panel: PanelFile,
    tables: PanelTables,
    model: Severity | None,
    changes: NDArray[np.bool_] | None,
) -> tuple[RaterFigures, ...]:
    """Return what is to be known about each rater.

    Parameters
    ----------
    panel
        The panel.
    tables
        Its marks.
    model
        The additive model, if there are marks.
    changes
        Whether each rater's absence changes some place.

    Returns
    -------
    tuple of RaterFigures
        In the order of the panel.
    """
    figures = []
    for number, rater in enumerate(panel.raters):
        own = tables.shares[number]
        held = own[~np.isnan(own)]
        group = -1 if model is None else int(model.group[number])
        figures.append(
            RaterFigures(
                rater=rater.id,
                group=rater.group,
                n_marks=len(held),
                # Alone in a group, a rater can be compared with nobody.
                leniency=_comparable(model, number, "leniency"),
                standard_error=_comparable(model, number, "standard_error"),
                comparable_group=None if group < 0 else group,
                all_marks_equal=len(held) > 1 and bool(np.all(held == held[0])),
                changes_ranks=None if changes is None else bool(changes[number]),
            )
        )
    return tuple(figures)


def agreement_figures(panel: PanelFile, tables: PanelTables) -> tuple[AgreementFigures, ...]:
    """Return how far the raters agree, on marks and on each view of independence.

    Parameters
    ----------
    panel
        The panel.
    tables
        Its marks.

    Returns
    -------
    tuple of AgreementFigures
        Ordinal and interval for marks; nominal for each view that has ticks.
    """
    figures = []
    flat = tables.flat
    if panel.items:
        levels: tuple[Level, ...] = ("ordinal", "interval")
        figures += [_agreement("marks", level, flat) for level in levels]
    views: tuple[View, ...] = get_args(View)
    for view in views:
        ticks = tables.ticks(panel.forms, panel.teams, view)
        if not np.isnan(ticks).all():
            figures.append(_agreement(view, "nominal", ticks))
    return tuple(figures)


def _comparable(
    model: Severity | None, number: int, name: Literal["leniency", "standard_error"]
) -> float | None:
    if model is None or (model.group == model.group[number]).sum() < 2:
        return None
    value = float(getattr(model, name)[number])
    return None if np.isnan(value) else value


def _agreement(
    about: Literal["marks", "technical", "policy", "ethical"],
    level: Level,
    marks: NDArray[np.float64],
) -> AgreementFigures:
    found = krippendorff_alpha(marks, level)
    return AgreementFigures(
        about=about,
        level=level,
        alpha=found.alpha,
        standard_error=found.standard_error,
        n_units=found.n_units,
        n_marks=found.n_marks,
        reason=None if found.alpha is not None else no_alpha(found.n_units),
    )
