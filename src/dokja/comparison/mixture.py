"""A component as a combination of several references of one audit, and the test of a minor parent.

Null hypothesis of the test: the reference's hidden units, renumbered, were equally likely, given
the subject and the other references. The module reads nothing: it keeps what each pair has brought.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from dokja.comparison.guards import examine
from dokja.comparison.residual import NOTHING_TAKEN, Leftover, units_left
from dokja.comparison.units import paired_groups
from dokja.document.audit import MixtureEvidence, MixtureLayer
from dokja.numerics.changes import OneFactor, TaskChange, one_factor, task_change
from dokja.numerics.mixture import (
    Mixture,
    Products,
    Weight,
    fit_mixture,
    gain_ratios,
    relative_to,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from dokja.arch.role import TensorRole
    from dokja.comparison.collect import GroupFeatures, PairData
    from dokja.comparison.units import GroupPair

    Matrix = NDArray[np.float32]

__all__ = ["MixtureParts"]

MIN_LIKENESS = 0.05
"""Correlation of matrices from which two of them have something in common; strangers reach 0.01."""
MIN_CLUSTER = 0.5
"""The same, from which a reference may be what a change was added to."""
MAX_BYTES = 768 * 2**20
"""Bytes that are kept of all references of a component together."""
MAX_GROUPS = 96
"""Groups of units that are kept of each reference."""


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """What is kept of one reference."""

    component: str
    reference: str
    reference_component: str
    groups: tuple[GroupPair, ...]
    channels: Mapping[TensorRole, Matrix]
    """By role of the subject."""
    exchangeable: bool
    """Whether its own units stand in random order."""
    likeness: float

    @property
    def n_bytes(self) -> int:
        kept = sum(values.nbytes for values in self.channels.values())
        return kept + sum(reference.features.nbytes for _, reference in self.groups)


@dataclass(slots=True)
class MixtureParts:
    """What the pairs of one component with its references brought, as far as it can be combined.

    Examples
    --------
    >>> MixtureParts().evidence()
    ()
    """

    _parts: list[_Part] = field(default_factory=list)
    _subject: dict[TensorRole, Matrix] = field(default_factory=dict)
    _groups: dict[tuple[object, ...], GroupFeatures] = field(default_factory=dict)

    def add(self, data: PairData) -> None:
        """Keep what is needed of a pair.

        Parameters
        ----------
        data
            What was read of the component and one reference. Nothing is kept where layers are not
            paired as they stand.
        """
        channels = self._channels(data) if data.alignment.layers_paired else {}
        if not channels:
            return
        part = _Part(
            data.component,
            data.reference,
            data.reference_component,
            self._paired(data),
            channels,
            examine(data.reference_side.groups).passed,
            abs(_likeness(self._subject, channels)),
        )
        self._parts.append(part)
        while len(self._parts) > 1 and sum(kept.n_bytes for kept in self._parts) > MAX_BYTES:
            # What has least in common with the subject can have had the smallest part in it.
            self._parts.remove(min(self._parts, key=lambda kept: kept.likeness))

    def _channels(self, data: PairData) -> dict[TensorRole, Matrix]:
        found = {}
        for pair in data.pairs:
            ours = data.subject.channels.get(pair.subject.role)
            theirs = data.reference_side.channels.get(pair.reference.role)
            if ours is None or theirs is None or pair.subject.fixed or pair.constant:
                continue
            if pair.n_laid is not None:
                continue  # rows of one number are not the same tokens
            known = self._subject.setdefault(pair.subject.role, ours)
            # Rows are sampled by sizes alone; where sizes differ, other rows were read.
            if ours.shape == theirs.shape and _same(known, ours):
                found[pair.subject.role] = theirs
        return found

    def _paired(self, data: PairData) -> tuple[GroupPair, ...]:
        pairs = paired_groups(data)
        step = max(1, -(-len(pairs) // MAX_GROUPS))
        kept = []
        for ours, theirs in pairs[::step]:
            known = self._groups.setdefault(_place(ours), ours)
            if ours.kinds == known.kinds and _same(known.features, ours.features):
                kept.append((known, theirs))
        return tuple(kept)

    def evidence(self) -> tuple[MixtureEvidence, ...]:
        """Write the subject's component as a combination of all that was kept.

        Returns
        -------
        tuple of MixtureEvidence
            One item for each reference; none with fewer than two, or if none of them has anything
            in common with the subject.

        Notes
        -----
        Weights are a measure: least squares over sampled rows of all matrices that every reference
        has. The test takes away, unit by unit, what the *other* references explain, and looks
        whether what is left agrees with this one's units in place. What is taken away is chosen by
        the subject and the others alone, so that this one's numbers stay exchangeable and the
        p-value is exact; it is given up where this one is kin of what was taken away.
        """
        parts = self._parts
        if len(parts) < 2 or max(part.likeness for part in parts) < MIN_LIKENESS:
            return ()
        blocks = _blocks(self._subject, [part.channels for part in parts])
        if not blocks.matrices:
            return ()
        fit = fit_mixture(list(blocks.matrices.values()))
        if fit is None:
            return ()
        total = sum(blocks.matrices.values(), start=Products(np.zeros((len(parts) + 1,) * 2)))
        found = _Found(parts, blocks, fit, total.correlations)
        change = found.change(self._subject)
        return tuple(found.evidence(place, change) for place in range(len(parts)))


def _same(first: Matrix, second: Matrix) -> bool:
    return first is second or np.array_equal(first, second)


def _place(features: GroupFeatures) -> tuple[object, ...]:
    group = features.group
    return (group.units, group.layer, group.expert, group.part)


def _likeness(subject: Mapping[TensorRole, Matrix], other: Mapping[TensorRole, Matrix]) -> float:
    blocks = _blocks(subject, [other]).matrices.values()
    total = sum(blocks, start=Products(np.zeros((2, 2))))
    return float(total.correlations[0, 1])


@dataclass(frozen=True, slots=True)
class _Blocks:
    """Sums over the tensors that the subject and every reference have, by layer."""

    matrices: dict[int, Products]
    gains: dict[int, Products]


def _blocks(
    subject: Mapping[TensorRole, Matrix], others: Sequence[Mapping[TensorRole, Matrix]]
) -> _Blocks:
    found = _Blocks({}, {})
    for role, ours in subject.items():
        if any(role not in held for held in others):
            continue
        kept = found.matrices if ours.shape[1] > 1 else found.gains
        if ours.shape[1] == 1 and role.group != "norm":
            continue
        sums = Products.from_tensors([ours, *(held[role] for held in others)])
        layer = -1 if role.layer is None else role.layer
        if sums is not None:
            kept[layer] = kept[layer] + sums if layer in kept else sums
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """The combination, and what is needed to tell each reference's part in it."""

    parts: Sequence[_Part]
    blocks: _Blocks
    fit: Mixture
    correlations: NDArray[np.float64]
    """The subject first."""

    def evidence(self, place: int, change: _Change | None) -> MixtureEvidence:
        part, weight = self.parts[place], self.fit.weights[place]
        left = self._left(place)
        values = [held.value for held in self.fit.weights]
        ratio = self._gain_ratio(place, weight)
        told = change.weights.get(place) if change is not None else None
        factor = change.factors.get(place) if change is not None else None
        return MixtureEvidence(
            component=part.component,
            reference=part.reference,
            reference_component=part.reference_component,
            beside=tuple(other.reference for other in self.parts if other is not part),
            weight=weight.value,
            low=weight.low,
            high=weight.high,
            gain_ratio=ratio[0],
            gain_ratio_low=ratio[1],
            gain_ratio_high=ratio[2],
            weight_sum=float(sum(values)),
            least_weight=min(values),
            largest_weight=max(values),
            residual_share=self.fit.residual_share,
            added_share=weight.added_share,
            condition=self.fit.condition,
            alike=tuple(self.parts[other].reference for other in self._alike(place)),
            norm_ratio=self.fit.norm_ratio,
            layers=self._layers(place),
            base=self.parts[change.base].reference if change is not None else None,
            change_weight=told.value if told is not None else None,
            change_low=told.low if told is not None else None,
            change_high=told.high if told is not None else None,
            unchanged_share=change.task.unchanged_share if change is not None else None,
            kept_largest=change.task.kept_largest if change is not None else None,
            one_factor=factor.factor if factor is not None else None,
            one_factor_share=factor.share if factor is not None else None,
            taken_away=left.taken_away,
            log10_p=left.log10_p,
            statistic=left.statistic,
            expected=left.expected,
            n_units=left.n_units,
            in_place_share=left.in_place_share,
            in_place_cosine=left.in_place_cosine,
            off_map_cosine=left.off_map_cosine,
        )

    def _alike(self, place: int) -> list[int]:
        row = np.abs(self.correlations[place + 1, 1:])
        return [int(other) for other in np.flatnonzero(row >= MIN_LIKENESS) if other != place]

    def _layers(self, place: int) -> tuple[MixtureLayer, ...]:
        found = []
        for layer, row in zip(self.blocks.matrices, self.fit.by_block, strict=True):
            if np.isfinite(row[place]):
                named = None if layer < 0 else layer
                found.append(MixtureLayer(layer=named, weight=float(row[place])))
        return tuple(found)

    def _gain_ratio(
        self, place: int, weight: Weight
    ) -> tuple[float | None, float | None, float | None]:
        matrices, gains = self.blocks.matrices, self.blocks.gains
        shared = [layer for layer in matrices if layer in gains]
        if not shared or weight.low is None or weight.low <= 0.0:
            return (None, None, None)
        found = gain_ratios([matrices[n] for n in shared], [gains[n] for n in shared])[place]
        return found if found is not None else (None, None, None)

    def _left(self, place: int) -> Leftover:
        """Test what the others leave of the subject; they are chosen without looking at this."""
        likeness = np.abs(self.correlations[0, 1:])
        others = [int(n) for n in np.argsort(-likeness, kind="stable") if n != place]
        others = [n for n in others if likeness[n] >= MIN_LIKENESS]
        kin = set(others) & set(self._alike(place))
        if not others or kin or not self.parts[place].exchangeable:
            return NOTHING_TAKEN
        return units_left(
            self.parts[place].groups,
            {self.parts[n].reference: self.parts[n].groups for n in others},
        )

    def change(self, subject: Mapping[TensorRole, Matrix]) -> _Change | None:
        """Tell the combination as changes added to one reference, where they are kin."""
        members = [int(n) for n in np.flatnonzero(self.correlations[0, 1:] >= MIN_CLUSTER)]
        if len(members) < 2:
            return None
        roles = [
            role
            for role, values in subject.items()
            if values.shape[1] > 1 and all(role in part.channels for part in self.parts)
        ]
        tensors = [
            [subject[role], *(self.parts[n].channels[role] for n in members)] for role in roles
        ]
        among = self.correlations[1:, 1:][np.ix_(members, members)]
        task = task_change(tensors, int(np.argmax(among.sum(axis=0))))
        if task is None or (len(members) < 3 and not task.is_sparse):
            return None
        kept = [0, *(n + 1 for n in members)]
        sums = [Products(block.sums[np.ix_(kept, kept)]) for block in self.blocks.matrices.values()]
        fit = fit_mixture(relative_to(sums, task.base))
        if fit is None:
            return None
        others = {n: place for place, n in enumerate(members) if place != task.base}
        factors = {n: one_factor(tensors, task.base, place) for n, place in others.items()}
        weights = dict(zip(others, fit.weights, strict=True))
        return _Change(members[task.base], task, weights, factors)


@dataclass(frozen=True, slots=True)
class _Change:
    """A subject as one reference plus weighted changes."""

    base: int
    task: TaskChange
    weights: Mapping[int, Weight]
    factors: Mapping[int, OneFactor | None]
