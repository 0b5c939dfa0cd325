"""Known models laid beside step 0, beside the end, and beside what lies between.

The module asks the existing comparisons; it adds no test of its own but the plain correlation,
which is exact for a start that is random.
"""

from __future__ import annotations

import itertools
import math
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from dokja.arch.align import align, align_components
from dokja.arch.resolve import resolve
from dokja.comparison.base import BUILTIN
from dokja.comparison.collect import collect
from dokja.document.audit import DigestEvidence, SwapEvidence, UnitsEvidence
from dokja.document.trajectory import ReferenceFacts, ReferencePoint
from dokja.numerics.moments import pooled
from dokja.trajectory.findings import finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from dokja.arch.role import ResolvedCheckpoint
    from dokja.comparison.collect import PairData
    from dokja.document.trajectory import TrajectoryFinding
    from dokja.io.checkpoint import Checkpoint
    from dokja.trajectory.context import Context

__all__ = ["compare_reference"]

_LOG10_P: Final = -6.0
_SHARE: Final = 0.01
"""Units found in place without which an accusation rests on nothing."""
_Z: Final = 7.0
_PEARSON: Final = 0.01
_SEEN: Final = 0.05
"""Correlation from which a reference is said to have come in."""
_FEWEST_POINTS: Final = 4
_MARGIN: Final = 0.02
"""Correlation by which one checkpoint has to be likelier than another to count as such."""
_ALIKE: Final = 0.25
"""Part of the highest correlation that a first checkpoint has with a model made of a later one."""
_LEAP: Final = 0.6
"""Part of the whole rise in one interval from which a model came in there."""
_BAND: Final = 2**22


@dataclass(frozen=True, slots=True)
class _Likeness:
    """What a checkpoint of the run has in common with a reference."""

    pearson: float
    n: int
    n_pairs: int
    n_equal: int
    log10_p: float | None
    in_place: float

    @property
    def z(self) -> float:
        return self.pearson * math.sqrt(max(self.n, 1))

    @property
    def shows(self) -> bool:
        """Whether units were found in place beyond doubt."""
        return self.log10_p is not None and self.log10_p < _LOG10_P and self.in_place > _SHARE


def compare_reference(
    context: Context,
    ends: tuple[Checkpoint, Checkpoint],
    reference: Checkpoint,
    *,
    name: str,
    digest: str = "",
    seed: int = 0,
) -> tuple[ReferenceFacts, list[TrajectoryFinding]]:
    """Lay a known model beside a run.

    Parameters
    ----------
    context
        The run.
    ends
        Its first and last checkpoint.
    reference
        The known model.
    name
        How it is called.
    digest
        Its digest; empty if it was not taken.
    seed
        Of every random choice.

    Returns
    -------
    facts : ReferenceFacts
        What they have in common, step by step where names agree.
    findings : list of TrajectoryFinding
        Where the known model is in a run that is declared to be without it.
    """
    resolved = resolve(reference.records, reference.config)
    start = _likeness(context, ends[0], (reference, resolved), name, seed)
    end = _likeness(context, ends[1], (reference, resolved), name, seed)
    points = _points(context, reference, start, end)
    facts = ReferenceFacts(
        reference=name,
        digest=digest,
        n_tensors=start.n_pairs,
        points=points,
        n_equal=start.n_equal,
        log10_p=start.log10_p,
    )
    return facts, list(_findings(context, name, start, end, points))


def _likeness(
    context: Context,
    checkpoint: Checkpoint,
    other: tuple[Checkpoint, ResolvedCheckpoint],
    name: str,
    seed: int,
) -> _Likeness:
    reference, resolved = other
    totals, n_pairs, n_equal = [], 0, 0
    log10_p: float | None = None
    in_place = 0.0
    for one, counterpart in align_components(
        resolve(checkpoint.records, checkpoint.config), resolved
    ):
        if counterpart is None or _is_given(context, [t.view.record for t in one.tensors]):
            continue
        rng = np.random.default_rng((seed, zlib.crc32(one.component.encode())))
        data = collect(checkpoint, reference, name, align(one, counterpart), rng)
        pairs = [pair for pair in data.pairs if _counts(context, pair.subject)]
        totals += [pair.moments for pair in pairs]
        n_pairs += len(pairs)
        p, share, equal = _evidence(data, rng)
        n_equal += equal
        in_place = max(in_place, share)
        log10_p = p if log10_p is None else min(log10_p, p if p is not None else 0.0)
    total = pooled(totals)
    return _Likeness(total.pearson or 0.0, total.n, n_pairs, n_equal, log10_p, in_place)


def _counts(context: Context, tensor: object) -> bool:
    view, shape = tensor.view, tensor.view.shape  # type: ignore[attr-defined]
    return len(shape) >= 2 and not _is_given(context, [view.record])


def _is_given(context: Context, names: Sequence[str]) -> bool:
    """Tell whether most of some tensors are declared to come from elsewhere."""
    given = 0
    for name in names:
        rule = next((r for r in context.recipe.initialiser if context.chooser.fits(r, name)), None)
        said = any(
            part.source is not None and context.chooser.fits(part, name)
            for part in context.recipe.frozen
        )
        given += said or (rule is not None and rule.distribution == "given")
    return 2 * given > len(names)


def _evidence(data: PairData, rng: np.random.Generator) -> tuple[float | None, float, int]:
    """Run the exact tests; the least p-value is paid for once for each."""
    found, share, n_equal = [], 0.0, 0
    for test in ("digest", "units", "swap"):
        for item in BUILTIN.get(test).run(data, rng):
            if isinstance(item, DigestEvidence):
                n_equal += item.n_equal
            elif isinstance(item, UnitsEvidence):
                found.append(item.log10_p)
                share = max(share, item.in_place_share)
            elif isinstance(item, SwapEvidence):
                found.append(item.log10_p)
                share = max(share, item.effect)
    if not found:
        return None, share, n_equal
    return min(0.0, min(found) + math.log10(len(found))), share, n_equal


def _points(
    context: Context, reference: Checkpoint, start: _Likeness, end: _Likeness
) -> tuple[ReferencePoint, ...]:
    """Correlate every checkpoint, on the sampled weights of matrices of one name and shape."""
    kept, wanted = [], []
    for stack in context.matrices():
        record = reference.records.get(stack.name)
        if record is None or record.shape != stack.shape or _is_given(context, [stack.name]):
            continue
        kept.append(context.run.samples[stack.name].astype(np.float64))
        wanted.append(_chosen(reference, stack.name, stack.chosen).astype(np.float64))
    steps = context.steps
    if not kept:
        ends = ((steps[0], start), (steps[-1], end))
        return tuple(_point(step, one.pearson, one.z) for step, one in ends if one.n)
    return tuple(
        _point(step, r, r * math.sqrt(n))
        for step, (r, n) in zip(steps, _correlations(kept, wanted), strict=True)
    )


def _correlations(
    kept: list[NDArray[np.float64]], wanted: list[NDArray[np.float64]]
) -> Iterator[tuple[float, int]]:
    """Correlate within tensors, so that unlike spreads of tensors count for nothing."""
    for k in range(len(kept[0])):
        product = left = right = 0.0
        for sample, other in zip(kept, wanted, strict=True):
            a, b = sample[k] - sample[k].mean(), other - other.mean()
            size = math.sqrt(float(a @ a) * float(b @ b))
            if size > 0.0:
                scale = a.size / size
                product += float(a @ b) * scale
                left += a.size
                right += a.size
        yield (product / left if left else 0.0), int(right)


def _chosen(reference: Checkpoint, name: str, chosen: NDArray[np.int64]) -> NDArray[np.float32]:
    record = reference.records[name]
    width = max(math.prod(record.shape[1:]), 1)
    step = max(1, _BAND // width)
    parts = []
    for row in range(0, record.shape[0], step):
        stop = min(row + step, record.shape[0])
        low, high = np.searchsorted(chosen, (row * width, stop * width))
        if high > low:
            band = reference.read(name, row, stop).reshape(-1)
            parts.append(band[chosen[low:high] - row * width].astype(np.float32))
    return np.concatenate(parts) if parts else np.empty(0, np.float32)


def _point(step: int, pearson: float, z: float) -> ReferencePoint:
    return ReferencePoint(step=step, pearson=min(max(pearson, -1.0), 1.0), z=z)


def _findings(
    context: Context,
    name: str,
    start: _Likeness,
    end: _Likeness,
    points: Sequence[ReferencePoint],
) -> Iterator[TrajectoryFinding]:
    shown = name[:120]
    first, last = context.steps[0], context.steps[-1]
    alike = start.z > _Z and start.pearson > _PEARSON
    if not start.n_equal and _descends(context, points):
        yield finding(
            "borrowed_start",
            "open",
            f"{shown} resembles the later checkpoints more than the first, and more from one to "
            "the next: it descends from this run, or the checkpoints were made to lead to it, and "
            "the weights do not say which. Show when it was made; leave out what you made of the "
            "run yourself.",
            f"{shown}는 첫 체크포인트보다 뒤의 것과 더 닮았고 갈수록 더 닮습니다. 이 학습에서 나온 "
            "것이거나, 체크포인트를 그 모델로 이어지게 만든 것이며, 가중치로는 어느 쪽인지 알 수 "
            "없습니다. 그 모델이 언제 만들어졌는지 보이고, 이 학습으로 직접 만든 것은 빼십시오.",
            steps=(first, last),
        )
    elif alike or start.n_equal or start.shows:
        yield finding(
            "borrowed_start",
            "contradiction",
            f"The first checkpoint is not independent of {shown}: its matrices correlate by "
            f"{start.pearson:.3f} (z = {start.z:.0f}), {start.n_equal} tensors are equal. A "
            "random start knows no other model.",
            f"첫 체크포인트가 {shown}와 독립이 아닙니다. 행렬의 상관은 {start.pearson:.3f}(z = "
            f"{start.z:.0f}), 같은 텐서는 {start.n_equal}개입니다. 무작위 시작점은 다른 모델을 "
            "알지 못합니다.",
            steps=(first,),
        )
    elif end.shows or end.pearson > 0.3:
        came = _came_in(context, points)
        begin = came[0] == 1
        low, high = context.steps[came[0] - 1], context.steps[came[1]]
        yield finding(
            "pasted_start" if begin else "swap",
            "contradiction",
            f"The last checkpoint shares weights with {shown}, the first does not: that model "
            f"came in between step {low} and step {high}.",
            f"마지막 체크포인트는 {shown}와 가중치를 나누지만 첫 체크포인트는 그렇지 않습니다. 그 "
            f"모델은 {low} 스텝과 {high} 스텝 사이에 들어왔습니다.",
            steps=(first, last) if low == high else (low, high),
        )


def _descends(context: Context, points: Sequence[ReferencePoint]) -> bool:
    """Tell whether a model came out of a run, and not the run, or a part of it, out of the model.

    What a run began from is likest to its first checkpoint; what came in between makes one leap.
    A model made of the run's own weights is likest to those it was made of, and the less like the
    others the further off they are.
    """
    if len(points) != context.n_checkpoints or len(points) < _FEWEST_POINTS:
        return False
    values = [one.pearson for one in points]
    peak = int(np.argmax(values))
    rises = [after - before for before, after in itertools.pairwise(values[: peak + 1])]
    total = values[peak] - values[0]
    if peak == 0 or total <= _MARGIN or values[peak] <= _SEEN:
        return False
    gradual = values[0] > _ALIKE * values[peak] or max(rises) < _LEAP * total
    return gradual and min(rises) > -_MARGIN


def _came_in(context: Context, points: Sequence[ReferencePoint]) -> tuple[int, int]:
    """Find the interval in which the correlation rises most; the whole run if it is not known."""
    if len(points) != context.n_checkpoints:
        return 1, context.n_checkpoints - 1
    rises = [after.pearson - before.pearson for before, after in itertools.pairwise(points)]
    k = int(np.argmax(rises)) + 1
    return (k, k) if rises[k - 1] > _SEEN else (1, context.n_checkpoints - 1)
