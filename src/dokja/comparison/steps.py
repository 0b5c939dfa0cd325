"""What lies between two that are kin: how large a step, of what rank, where, and of what kind.

Measures without a null hypothesis, told only where kinship was found. The module judges nothing.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dokja import engine
from dokja.comparison.base import identity, not_applicable
from dokja.comparison.rows import RowPair, choose_matrices, read_row_pairs
from dokja.document.audit import ChangeFigures, Evidence, Grid, StepsEvidence
from dokja.numerics.lattice import Lattice, find_lattice, rounded_share
from dokja.numerics.ranks import chance_larger
from dokja.numerics.small_change import SmallChange, carried_share, small_change, spacing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from dokja.arch.align import ComponentAlignment
    from dokja.comparison.collect import PairData, TensorPair
    from dokja.io.checkpoint import Checkpoint

    Matrix = NDArray[np.float32]

__all__ = ["COMPARISON", "StepsData", "StepsOfKin", "collect_steps"]

GROUP_ORDER = ("embedding", "attention", "mlp", "router", "conv", "norm", "bias", "head", "other")
MAX_LAYERS = 512
RANK_COLUMNS = 4096
_MAX_RANKED = 20_000
_LEAST_LATTICE = 0.5


@dataclass(frozen=True, slots=True)
class _MatrixStep:
    """What the rows of one pair of matrices showed."""

    change: SmallChange | None
    subject_lattice: Lattice | None
    reference_lattice: Lattice | None
    rounded: float
    """Values of the one on a lattice that are the other's, rounded."""
    zeros: tuple[float, float]
    """Shares of the subject and the reference."""
    zeros_smallest: float | None
    two_of_four: float | None


@dataclass(frozen=True, slots=True)
class StepsData:
    """What was measured of sampled rows."""

    matrices: tuple[_MatrixStep, ...]


def collect_steps(
    subject: Checkpoint,
    reference: Checkpoint,
    alignment: ComponentAlignment,
    rng: np.random.Generator,
) -> StepsData:
    """Read rows of some matrices and measure what lies between them.

    Parameters
    ----------
    subject, reference
        The checkpoints to read from.
    alignment
        Which tensors face each other.
    rng
        Chooses matrices and rows.

    Returns
    -------
    StepsData
        Of at most 24 matrices, 256 rows each, one in memory at a time.
    """
    pairs = choose_matrices(alignment, rng)
    held = read_row_pairs(subject, reference, pairs, rng)
    return StepsData(tuple(engine.map_ordered(_measured, held)))


class StepsOfKin:
    """Rank, place and kind of the change between two that are kin.

    Notes
    -----
    Sizes of change and frozen tensors come from the pass over all values; rank, lattices, zeros
    and whiteness from rows of at most 24 matrices. Nothing here is cubic in a width: the rank is
    that of at most 256 rows.
    """

    name = "steps"
    version = "1"
    null_hypothesis = None
    invariances = ("resharded", "renamed")

    def run(self, data: PairData, rng: np.random.Generator) -> tuple[Evidence, ...]:
        """Tell the step.

        Parameters
        ----------
        data
            What was read of the two components.
        rng
            Not used.

        Returns
        -------
        tuple of Evidence
            One item.
        """
        del rng
        if data.steps is None:
            return not_applicable(
                data,
                self.name,
                "Only where the two were found to be kin is it asked what lies between them.",
                "두 모델이 친족으로 확인된 경우에만 그 사이의 변화를 살펴봅니다.",
            )
        return (_evidence(data, data.steps.matrices),)


# -- one matrix -----------------------------------------------------------------------------------


def _measured(rows: RowPair) -> _MatrixStep:
    ours, theirs = rows.subject, rows.reference
    lattices = find_lattice(ours, rows.subject_bits), find_lattice(theirs, rows.reference_bits)
    zeros = float(np.mean(ours == 0.0)), float(np.mean(theirs == 0.0))
    emptied, other = (ours, theirs) if zeros[0] >= zeros[1] else (theirs, ours)
    return _MatrixStep(
        change=_change(rows),
        subject_lattice=lattices[0],
        reference_lattice=lattices[1],
        rounded=_rounded(ours, theirs, lattices),
        zeros=zeros,
        zeros_smallest=_zeros_smallest(emptied, other) if zeros[0] != zeros[1] else None,
        two_of_four=_two_of_four(emptied),
    )


def _change(rows: RowPair) -> SmallChange | None:
    a = rows.subject[:, :RANK_COLUMNS].astype(np.float64)
    b = rows.reference[:, :RANK_COLUMNS].astype(np.float64)
    bits = min(rows.subject_bits, rows.reference_bits)
    least = 2.0**-24 if bits == 10 else 0.0
    return small_change(a, b, spacing(np.maximum(np.abs(a), np.abs(b)), bits, least))


def _rounded(ours: Matrix, theirs: Matrix, lattices: tuple[Lattice | None, ...]) -> float:
    first, second = lattices
    if first is not None:
        return rounded_share(ours, theirs, first)
    return rounded_share(theirs, ours, second) if second is not None else 0.0


def _zeros_smallest(emptied: Matrix, other: Matrix) -> float | None:
    step = max(1, -(-emptied.size // _MAX_RANKED))
    gone = (emptied.ravel()[::step] == 0.0) & (other.ravel()[::step] != 0.0)
    size = np.abs(other.ravel()[::step])
    return chance_larger(size[emptied.ravel()[::step] != 0.0], size[gone])


def _two_of_four(values: Matrix) -> float | None:
    if values.shape[1] % 4:
        return None
    n_zero = np.count_nonzero(values.reshape(-1, 4) == 0.0, axis=1)
    return float(np.mean(n_zero >= 2))


# -- all matrices ---------------------------------------------------------------------------------


def _evidence(data: PairData, matrices: Sequence[_MatrixStep]) -> StepsEvidence:
    pairs = [pair for pair in data.pairs if not pair.subject.fixed]
    changes = [held.change for held in matrices if held.change is not None]
    spread = [np.log(change.relative) for change in changes]
    carried = carried_share([change.step for change in changes])
    n_layers, frozen = _frozen_layers(pairs)
    return StepsEvidence(
        **identity(data),
        n_matrices=len(matrices),
        n_changed=len(changes),
        frozen_share=_frozen_share(pairs),
        frozen_layers=frozen,
        n_layers=n_layers,
        changes=(*_by_layer(pairs), *_by_group(pairs)),
        rank=_median([change.rank for change in changes]),
        rank_limit=_median([change.limit for change in changes]),
        low_rank_share=_mean([float(change.is_low) for change in changes]),
        rounding_share=_median([change.rounding_share for change in changes]),
        white_ratio=_median([change.white_ratio for change in changes]),
        spread=float(np.std(spread)) if len(spread) > 1 else None,
        subject_grid=_grid([held.subject_lattice for held in matrices], matrices),
        reference_grid=_grid([held.reference_lattice for held in matrices], matrices),
        zero_share=_mean([held.zeros[0] for held in matrices]),
        reference_zero_share=_mean([held.zeros[1] for held in matrices]),
        zeros_smallest=_mean([held.zeros_smallest for held in matrices]),
        two_of_four_share=_mean([held.two_of_four for held in matrices]),
        carried=carried[0] if carried is not None else None,
        carried_low=carried[1] if carried is not None else None,
        carried_high=carried[2] if carried is not None else None,
    )


def _grid(found: Sequence[Lattice | None], matrices: Sequence[_MatrixStep]) -> Grid | None:
    counts = Counter(lattice for lattice in found if lattice is not None)
    if not counts or counts.total() < _LEAST_LATTICE * len(found):
        return None
    lattice = counts.most_common(1)[0][0]
    rounded = [held.rounded for held, one in zip(matrices, found, strict=True) if one is not None]
    return Grid(
        format=lattice.format,
        group=lattice.group,
        share=counts.total() / len(found),
        rounded_share=float(np.mean(rounded)),
    )


def _is_frozen(pair: TensorPair) -> bool:
    return pair.moments.n > 0 and pair.moments.n_equal == pair.moments.n


def _frozen_share(pairs: Sequence[TensorPair]) -> float:
    total = sum(pair.subject.n_parameters for pair in pairs)
    frozen = sum(pair.subject.n_parameters for pair in pairs if _is_frozen(pair))
    return frozen / total if total else 0.0


def _layered(pairs: Iterable[TensorPair]) -> dict[int | None, list[TensorPair]]:
    found: dict[int | None, list[TensorPair]] = {}
    for pair in pairs:
        found.setdefault(pair.subject.role.layer, []).append(pair)
    return dict(sorted(found.items(), key=lambda item: -1 if item[0] is None else item[0]))


def _frozen_layers(pairs: Sequence[TensorPair]) -> tuple[int, tuple[int, ...]]:
    layers = {layer: held for layer, held in _layered(pairs).items() if layer is not None}
    frozen = [layer for layer, held in layers.items() if all(map(_is_frozen, held))]
    return len(layers), tuple(frozen)


def _by_layer(pairs: Sequence[TensorPair]) -> list[ChangeFigures]:
    layered = list(_layered(pairs).items())[:MAX_LAYERS]
    return [_figures(held, layer, None) for layer, held in layered]


def _by_group(pairs: Sequence[TensorPair]) -> list[ChangeFigures]:
    grouped = [
        (group, [pair for pair in pairs if pair.subject.role.group == group])
        for group in GROUP_ORDER
    ]
    return [_figures(held, None, group) for group, held in grouped if held]


def _figures(pairs: Sequence[TensorPair], layer: int | None, group: str | None) -> ChangeFigures:
    square = sum(pair.moments.sum_dd for pair in pairs)
    own = sum(pair.moments.sum_aa for pair in pairs)
    return ChangeFigures(
        layer=layer,
        group=group,
        relative_change=float(np.sqrt(square / own)) if own > 0.0 else None,
        n_parameters=sum(pair.subject.n_parameters for pair in pairs),
        frozen=all(map(_is_frozen, pairs)),
    )


def _median(values: Sequence[float]) -> float | None:
    return float(np.median(values)) if values else None


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


COMPARISON = StepsOfKin()
