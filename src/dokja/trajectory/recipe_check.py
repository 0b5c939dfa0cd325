"""Recipes that contradict themselves: every place at which one does.

The module knows what a recipe may say, never whether it is true.
"""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dokja.document.recipe import Initialiser, OptimiserGroup, Recipe, Schedule
    from dokja.trajectory.paths import Root

__all__ = ["defects_of"]

Defect = tuple[tuple[str | int, ...], str]

_SLACK = dt.timedelta(days=1)
"""Clocks and zones differ; a date is in the future only beyond this."""
_RATES = ("constant", "linear", "cosine", "wsd", "inverse_sqrt", "milestones")


def defects_of(recipe: Recipe, root: Root, *, now: dt.datetime) -> list[Defect]:
    """Find what a recipe says twice over, or says of what is not there.

    Parameters
    ----------
    recipe
        What was read.
    root
        Folder that its paths are kept in.
    now
        What counts as the present.

    Returns
    -------
    list of (path, words)
        Every defect with its place.
    """
    found: list[Defect] = []
    for part in (_paths(recipe, root), _dates(recipe, now), _steps(recipe), _parts(recipe)):
        found.extend(part)
    found.extend(_rules(recipe))
    found.extend(_schedule(recipe.schedule))
    found.extend(_optimisers(recipe))
    return found


def _paths(recipe: Recipe, root: Root) -> Iterator[Defect]:
    named: list[tuple[tuple[str | int, ...], str]] = [
        (("checkpoints", place, "path"), one.path) for place, one in enumerate(recipe.checkpoints)
    ]
    named += [(("logs", place, "path"), one.path) for place, one in enumerate(recipe.logs)]
    named += [
        (("data", place, "path"), one.path)
        for place, one in enumerate(recipe.data)
        if one.path is not None
    ]
    if recipe.submission is not None:
        named.append((("submission", "path"), recipe.submission.path))
    for path, words in named:
        defect = root.defect(words)
        if defect is not None:
            yield path, f"{words[:80]!r} {defect}"


def _dates(recipe: Recipe, now: dt.datetime) -> Iterator[Defect]:
    stated: list[tuple[tuple[str | int, ...], dt.datetime | None]] = [
        (("started",), recipe.started),
        (("finished",), recipe.finished),
    ]
    stated += [
        (("checkpoints", place, "time"), one.time) for place, one in enumerate(recipe.checkpoints)
    ]
    stated += [(("data", place, "made"), one.made) for place, one in enumerate(recipe.data)]
    for path, moment in stated:
        if moment is not None and moment > now + _SLACK:
            yield path, f"{moment.isoformat()} lies in the future"
    if recipe.started and recipe.finished and recipe.finished < recipe.started:
        yield ("finished",), "the run ends before it begins"


def _steps(recipe: Recipe) -> Iterator[Defect]:
    seen: dict[int, int] = {}
    for place, one in enumerate(recipe.checkpoints):
        path = ("checkpoints", place, "step")
        if one.step > recipe.steps:
            yield path, f"step {one.step} comes after the last one, {recipe.steps}"
        if one.step in seen:
            yield path, f"there are two checkpoints of step {one.step}"
        seen.setdefault(one.step, place)
    for before, after in pairwise(recipe.checkpoints):
        if after.step < before.step:
            place = recipe.checkpoints.index(after)
            yield ("checkpoints", place, "step"), "checkpoints must stand in the order of steps"


def _parts(recipe: Recipe) -> Iterator[Defect]:
    for place, resume in enumerate(recipe.resumes):
        if resume.step > recipe.steps:
            yield ("resumes", place, "step"), f"comes after the last step, {recipe.steps}"
        if resume.stopped_at is not None and resume.stopped_at < resume.step:
            words = f"the run stopped at {resume.stopped_at}, before it went on at {resume.step}"
            yield ("resumes", place, "stopped_at"), words
    for place, part in enumerate(recipe.frozen):
        if part.last_step is not None and part.last_step < part.first_step:
            yield ("frozen", place, "last_step"), "lies before first_step"


def _rules(recipe: Recipe) -> Iterator[Defect]:
    for place, rule in enumerate(recipe.initialiser):
        for field, words in _rule(rule):
            yield ("initialiser", place, field), words


def _rule(rule: Initialiser) -> Iterator[tuple[str, str]]:
    kind = rule.distribution
    if kind == "uniform" and (rule.low is None or rule.high is None or rule.low >= rule.high):
        yield "high", "a uniform distribution needs low and high, low below high"
    if kind == "truncated_normal" and (rule.cut is None or rule.std is None):
        yield "cut", "a truncated normal needs std and cut, in standard deviations"
    if kind == "constant" and rule.value is None:
        yield "value", "a constant needs its value"
    if kind == "given" and rule.source is None:
        yield "source", "weights that were given need a source"
    if rule.scaled_by == "depth" and rule.n_layers is None:
        yield "n_layers", "a spread scaled by depth needs the number of layers"
    if rule.scaled_by is not None and kind not in {"normal", "truncated_normal"}:
        yield "scaled_by", f"{kind} takes no scale"


def _schedule(schedule: Schedule) -> Iterator[Defect]:
    if schedule.kind in _RATES and schedule.peak is None:
        yield ("schedule", "peak"), f"a schedule of kind {schedule.kind} needs its peak"
    if schedule.kind == "points":
        steps = [step for step, _ in schedule.points]
        if not steps or steps != sorted(set(steps)):
            yield ("schedule", "points"), "points must be there, and in the order of steps"
    if schedule.kind == "wsd" and schedule.decay_start is None:
        yield ("schedule", "decay_start"), "a schedule of kind wsd needs the step of its decay"
    if schedule.kind == "milestones" and not schedule.milestones:
        yield ("schedule", "milestones"), "a schedule of kind milestones needs some"


def _optimisers(recipe: Recipe) -> Iterator[Defect]:
    whole = recipe.optimiser
    if whole.name in {"adam", "adamw", "lion"} and whole.betas is None:
        yield ("optimiser", "betas"), f"{whole.name} needs its betas"
    for place, group in enumerate(whole.groups):
        if _lacks_betas(group, whole.name):
            yield ("optimiser", "groups", place, "betas"), f"{group.name} needs its betas"


def _lacks_betas(group: OptimiserGroup, whole: str) -> bool:
    needed = group.name in {"adam", "adamw", "lion"} and group.name != whole
    return needed and group.betas is None
