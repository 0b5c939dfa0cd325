"""Figures of a run in the shapes of the report.

The module writes down what was measured; it judges nothing.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from dokja.document.common import NamedValue
from dokja.document.trajectory import (
    CheckpointFacts,
    IntervalFacts,
    LogFacts,
    LogPoint,
    TensorMovement,
)
from dokja.trajectory import continuity, jumps, start, ways
from dokja.trajectory.log_check import loss_at
from dokja.trajectory.log_times import shown_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dokja.document.trajectory import BoundKind
    from dokja.trajectory.context import Context
    from dokja.trajectory.directions import Directions
    from dokja.trajectory.logs import LogTable
    from dokja.trajectory.reading import Stack

__all__ = ["checkpoint_facts", "interval_facts", "log_facts", "matrix_of", "norm_of", "thresholds"]

_POINTS: Final = 400
_STANDING_OUT: Final = 6


def checkpoint_facts(
    context: Context, directions: Directions, tables: Sequence[LogTable]
) -> tuple[CheckpointFacts, ...]:
    """Write down the figures of every checkpoint.

    Parameters
    ----------
    context
        The run.
    directions
        Of its matrices.
    tables
        Its logs.

    Returns
    -------
    tuple of CheckpointFacts
        In the order of the steps.
    """
    whole = float(directions.distances[0, -1]) or 1.0
    matrices = context.matrices()
    rows = []
    for k, entry in enumerate(context.recipe.checkpoints):
        kept = context.pooled(matrices, 0, k) if k else None
        rows.append(
            CheckpointFacts(
                step=entry.step,
                path=entry.path,
                time=None if entry.time is None else entry.time.isoformat(),
                digest=context.run.checkpoint_digests[k],
                n_bytes=sum(stack.records[k].n_bytes for stack in context.stacks),
                n_parameters=sum(stack.n_elements for stack in context.stacks),
                norm=norm_of(context, k),
                distance_to_end=float(directions.distances[k, -1]) / whole,
                kept_start=1.0 if k == 0 else (None if kept is None else kept.slope),
                expected_kept=1.0 if k == 0 else (None if kept is None else kept.expected),
                loss=entry.loss,
                logged_loss=loss_at(tables, entry.step),
            )
        )
    return tuple(rows)


def norm_of(context: Context, k: int) -> float:
    """Return the norm of all weights of a checkpoint.

    Parameters
    ----------
    context
        The run.
    k
        Number of the checkpoint.

    Returns
    -------
    float
        At least 0.
    """
    return math.sqrt(sum(context.move(stack).square(k) for stack in context.stacks))


def interval_facts(context: Context, directions: Directions) -> tuple[IntervalFacts, ...]:
    """Write down the figures of every interval.

    Parameters
    ----------
    context
        The run.
    directions
        Of its matrices.

    Returns
    -------
    tuple of IntervalFacts
        In the order of the steps.
    """
    cosines = [None, *directions.next_cosines()]
    return tuple(_interval(context, k, cosines[k - 1]) for k in range(1, context.n_checkpoints))


def _interval(context: Context, k: int, cosine: float | None) -> IntervalFacts:
    n = sum(stack.n_elements for stack in context.stacks) or 1
    change = sum(context.move(stack).change(k) for stack in context.stacks)
    before = sum(context.move(stack).square(k - 1) for stack in context.stacks)
    kept = context.pooled(context.matrices(), k - 1, k)
    kind, used, by = _used(context, k)
    return IntervalFacts(
        first_step=context.steps[k - 1],
        last_step=context.steps[k],
        lr_sum=context.bounds.lr_sum(k),
        bound=kind,
        used=used,
        used_by=by,
        rms_change=math.sqrt(change / n),
        relative_change=math.sqrt(change / before) if before > 0.0 else None,
        kept=None if kept is None else kept.slope,
        kept_low=None if kept is None else kept.low,
        kept_high=None if kept is None else kept.high,
        cosine=cosine,
        unchanged=_unchanged(context, k),
        tensors=_standing_out(context, k),
    )


def _unchanged(context: Context, k: int) -> float:
    """Share of weights that are equal, each tensor's by its sample."""
    equal = total = 0.0
    for stack in context.stacks:
        sample = context.run.samples[stack.name]
        if sample.shape[1]:
            equal += stack.n_elements * float((sample[k] == sample[k - 1]).mean())
            total += stack.n_elements
    return min(equal / total, 1.0) if total else 0.0


def _trained(context: Context, k: int) -> list[Stack]:
    return [
        stack
        for stack in context.stacks
        if stack.name not in context.chooser.fixed and not context.is_frozen(stack.name, k)
    ]


def _used(context: Context, k: int) -> tuple[BoundKind, float | None, str | None]:
    kinds = {context.bounds.allowance(one.name, one.shape, k).kind for one in _trained(context, k)}
    kind: BoundKind = next((one for one in ("element", "tensor", "model") if one in kinds), "none")
    if kind == "model":
        return kind, context.model_used(k), None
    found = [
        (used, stack.name)
        for stack in _trained(context, k)
        if (used := context.used(stack, k)) is not None
    ]
    if not found:
        return kind, None, None
    used, name = max(found)
    return kind, used, name


def _standing_out(context: Context, k: int) -> tuple[TensorMovement, ...]:
    scored = []
    for stack in _trained(context, k):
        if len(stack.shape) < 2:
            continue
        kept, used = context.kept(stack, k - 1, k), context.used(stack, k)
        scored.append((used or 0.0, stack, kept, used))
    scored.sort(key=lambda one: (-one[0], one[1].name))
    return tuple(
        TensorMovement(
            name=stack.name,
            used=used,
            kept=None if kept is None else kept.slope,
            relative_change=_relative(context, stack, k),
        )
        for _, stack, kept, used in scored[:_STANDING_OUT]
    )


def _relative(context: Context, stack: Stack, k: int) -> float | None:
    move = context.move(stack)
    before = move.square(k - 1)
    return math.sqrt(move.change(k) / before) if before > 0.0 else None


def matrix_of(directions: Directions) -> tuple[tuple[float | None, ...], ...]:
    """Write down the cosines of all displacements.

    Parameters
    ----------
    directions
        Of the matrices.

    Returns
    -------
    tuple of tuple
        None where a displacement is hardly more than rounding.
    """
    return tuple(
        tuple(None if np.isnan(one) else float(one) for one in row) for row in directions.cosines
    )


def log_facts(tables: Sequence[LogTable]) -> tuple[LogFacts, ...]:
    """Write down what was read of the logs.

    Parameters
    ----------
    tables
        The logs.

    Returns
    -------
    tuple of LogFacts
        In the order of the recipe.
    """
    return tuple(_log(table) for table in tables)


def _log(table: LogTable) -> LogFacts:
    _, times = table.known("time")
    held = [name for name in table.values if table.has(name)]
    chosen = np.unique(np.linspace(0, table.step.size - 1, _POINTS).astype(int))
    loss, lr = table.values["loss"], table.values["lr"]
    return LogFacts(
        path=table.path,
        format=table.format,
        digest=table.digest,
        n_rows=int(table.step.size),
        first_step=int(table.step.min()),
        last_step=int(table.step.max()),
        first_time=shown_time(float(times.min())) if times.size else None,
        last_time=shown_time(float(times.max())) if times.size else None,
        columns=("step", *held),
        points=tuple(
            LogPoint(
                step=int(table.step[k]),
                loss=_known(loss[k]),
                lr=_known(lr[k]),
            )
            for k in chosen
        ),
    )


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def thresholds() -> tuple[NamedValue, ...]:
    """Return the thresholds that a judgement rests on.

    Returns
    -------
    tuple of NamedValue
        By name.
    """
    held = {
        "kept_lost": continuity.LOST,
        "bound_used": jumps.USED,
        "outlier": jumps.OUTLIER,
        "gap_share": ways.WIDE,
        "gap_intervals": float(ways.FEWEST),
        "start_log10_p": start.MAX_LOG10_P,
        "start_distance": start.MIN_DISTANCE,
        "start_spread": start.MAX_SPREAD,
    }
    return tuple(NamedValue(name=name, value=value) for name, value in held.items())
