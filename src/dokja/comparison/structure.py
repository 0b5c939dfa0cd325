"""What the search for a re-indexed copy reads of two components, and where it may begin.

The module reads whole MLPs of some layers, which the other tests do without. It searches nothing.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from dokja.comparison.canonical import (
    MAX_ROWS,
    Place,
    gains_of,
    indexed_rows,
    indexed_sizes,
    load_shapes,
    mlp_groups,
)
from dokja.numerics.bases import Basis, shared_basis
from dokja.numerics.directions import agreement_table, seen
from dokja.numerics.unit_shapes import UnitShapes, match_by_invariants

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from dokja.arch.align import ComponentAlignment
    from dokja.arch.role import UnitGroup
    from dokja.comparison.vocabulary import Vocabulary
    from dokja.io.checkpoint import Checkpoint

__all__ = ["ShapePair", "StructureData", "collect_structure"]

MAX_PAIRS = 8
"""Pairs of layers that are read: half to fit, half to judge."""
MAX_UNITS = {"subject": 3072, "reference": 2048}
"""Units of an MLP that are kept; more of the subject, so that the order of norms may change."""
MIN_MAP_AGREEMENT = 0.6
"""Share of mutual matches by invariants from which a layer is taken to be another's counterpart;
points without any relation reach about 0.35 in five dimensions."""
MAX_MAPPED_LAYERS = 128
MIN_MAP_EFFECT = 0.15
"""The same by effect in a shared basis; strangers reach 0.05."""
MAP_UNITS = 256
MIN_ROWS = 16
TOKENS = "token_embedding.weight"
MAX_EXPERTS = 64
"""Experts of a layer that are tried as counterparts."""


@dataclass(frozen=True, slots=True, eq=False)
class ShapePair:
    """Two MLPs that are laid side by side."""

    subject_place: Place
    reference_place: Place
    subject: UnitShapes
    reference: UnitShapes


@dataclass(frozen=True, slots=True, eq=False)
class StructureData:
    """What the search may know of a component and its counterpart."""

    pairs: tuple[ShapePair, ...]
    """In the order of the subject's layers."""
    rows: Mapping[str, tuple[NDArray[np.float32], NDArray[np.float32]]]
    """Rows whose index means the same in both, subject first, by kind of tensor."""
    gains_reset: bool
    """Whether the subject's gains are all alike although the reference's are not."""
    mapped: bool
    """Whether layers were laid side by side by what they look like, not by their number."""


def collect_structure(
    subject: Checkpoint,
    reference: Checkpoint,
    alignment: ComponentAlignment,
    rng: np.random.Generator,
    vocabulary: Vocabulary | None = None,
) -> StructureData | None:
    """Read what the search for a re-indexed copy needs.

    Parameters
    ----------
    subject, reference
        The checkpoints to read from.
    alignment
        Which components face each other.
    rng
        Chooses units and rows where there are more than are needed.
    vocabulary
        Which rows of tokens face each other; those of one number where it is not known.

    Returns
    -------
    StructureData or None
        None unless both have two MLPs at least, and as many matrices in each.

    Notes
    -----
    Layers face each other as they are numbered; where the invariants of their units say otherwise,
    as after layers were dropped or moved, by those. The map is chosen by what the judged layers
    look like, but never by the basis they are judged in: it is one more alignment among few, and
    the effect sizes leave room for it.
    """
    first, second = mlp_groups(alignment.subject), mlp_groups(alignment.reference)
    if len(first) < 2 or len(second) < 2:
        return None
    reader = _Reader(subject, reference, alignment, rng, vocabulary)
    places, mapped = reader.choose()
    pairs = _of_one_width([p for place in places if (p := reader.pair(*place)) is not None])
    if len(pairs) < 2:
        return None
    return StructureData(pairs, reader.rows(), reader.gains_reset(), mapped)


def _of_one_width(pairs: list[ShapePair]) -> tuple[ShapePair, ...]:
    """Keep the layers of the commonest width: stages of others have a stream of their own."""
    widths = Counter((pair.subject.width, pair.reference.width) for pair in pairs)
    kept = widths.most_common(1)[0][0] if widths else (0, 0)
    return tuple(p for p in pairs if (p.subject.width, p.reference.width) == kept)


@dataclass(frozen=True, slots=True)
class _Reader:
    subject: Checkpoint
    reference: Checkpoint
    alignment: ComponentAlignment
    rng: np.random.Generator
    vocabulary: Vocabulary | None

    def choose(self) -> tuple[list[tuple[Place, Place]], bool]:
        """Choose pairs of MLPs over the whole depth."""
        first, second = mlp_groups(self.alignment.subject), mlp_groups(self.alignment.reference)
        if not (_is_dense(first) and _is_dense(second)):
            return self._by_experts(first, second), False
        numbered = _numbered(sorted(first, key=_key), sorted(second, key=_key), self.alignment)
        if max(len(first), len(second)) <= MAX_MAPPED_LAYERS:
            mapped = self._map(sorted(first, key=_key), sorted(second, key=_key))
            if len(mapped) >= 2 and not set(mapped) <= set(numbered):
                return _spread(mapped), True
            if len(mapped) < 2 and len(first) != len(second):
                mapped = self._map_by_rows(sorted(first, key=_key), sorted(second, key=_key))
                if len(mapped) >= 2:
                    return _spread(mapped), True
        return _spread(numbered), False

    def _by_experts(
        self, first: Mapping[Place, UnitGroup], second: Mapping[Place, UnitGroup]
    ) -> list[tuple[Place, Place]]:
        """Lay the first expert of each layer beside the one that looks most like it.

        Experts of one layer bear no order, and one that was made from a dense MLP has none to
        keep: which faces which is told by numbers no re-indexing changes.
        """
        ours = {layer: (layer, expert) for layer, expert in sorted(first, key=_key, reverse=True)}
        theirs: dict[int, list[Place]] = {}
        for place in sorted(second, key=_key):
            theirs.setdefault(place[0], []).append(place)
        places = _numbered(
            [(layer, None) for layer in sorted(ours)],
            [(layer, None) for layer in sorted(theirs)],
            self.alignment,
        )
        found = []
        for (layer, _), (other, _) in _spread(places):
            subject = self._invariants("subject", first[ours[layer]])
            rows = theirs[other][:MAX_EXPERTS]
            agreement = [
                _agreement(subject, self._invariants("reference", second[place])) for place in rows
            ]
            found.append((ours[layer], rows[int(np.argmax(agreement))]))
        return found

    def _map(self, first: list[Place], second: list[Place]) -> list[tuple[Place, Place]]:
        """Lay layers side by side whose units look alike, by numbers no re-indexing changes."""
        groups = mlp_groups(self.alignment.subject), mlp_groups(self.alignment.reference)
        ours = [self._invariants("subject", groups[0][place]) for place in first]
        theirs = [self._invariants("reference", groups[1][place]) for place in second]
        table = np.array([[_agreement(a, b) for b in theirs] for a in ours])
        found = []
        for i, row in enumerate(table):
            j = int(row.argmax())
            others = np.delete(row, j)
            if row[j] >= MIN_MAP_AGREEMENT and row[j] >= 1.5 * np.median(others):
                found.append((first[i], second[j]))
        return found

    def _map_by_rows(self, first: list[Place], second: list[Place]) -> list[tuple[Place, Place]]:
        """Lay layers side by side that agree in the basis of tokens, positions or pixels.

        After long training the invariants of units no longer say which layer is which; the rows
        whose index means the same on both sides still give the basis.
        """
        rows = self.rows()
        if not rows:
            return []
        kind = max(rows, key=lambda name: len(rows[name][0]))
        basis = shared_basis(*rows[kind], self.rng)
        groups = mlp_groups(self.alignment.subject), mlp_groups(self.alignment.reference)
        ours = [self._few("subject", groups[0][place], basis.subject) for place in first]
        theirs = [self._few("reference", groups[1][place], basis.reference) for place in second]
        if any(shapes is None for shapes in (*ours, *theirs)):
            return []
        held = [[shapes for shapes in side if shapes is not None] for side in (ours, theirs)]
        table = agreement_table(held[0], held[1], Basis(None, None))
        found = []
        for i, row in enumerate(table):
            j = int(row.argmax())
            others = np.delete(row, j)
            if row[j] >= MIN_MAP_EFFECT and row[j] >= 3.0 * max(float(np.median(others)), 0.0):
                found.append((first[i], second[j]))
        return found

    def _few(
        self,
        side: Literal["subject", "reference"],
        group: UnitGroup,
        projection: NDArray[np.float32] | None,
    ) -> UnitShapes | None:
        """Read a few units of an MLP, in coordinates that do not grow with its width."""
        checkpoint = self.subject if side == "subject" else self.reference
        component = self.alignment.subject if side == "subject" else self.alignment.reference
        shapes = load_shapes(checkpoint, component, group, max_units=MAP_UNITS)
        if shapes is None:
            return None
        return replace(shapes, directions=seen(shapes, projection))

    def _invariants(
        self, side: Literal["subject", "reference"], group: UnitGroup
    ) -> UnitShapes | None:
        shapes = self._load(side, group)
        return None if shapes is None else shapes.without_directions()

    def pair(self, subject: Place, reference: Place) -> ShapePair | None:
        """Read two MLPs."""
        first = mlp_groups(self.alignment.subject)[subject]
        second = mlp_groups(self.alignment.reference)[reference]
        a = self._load("subject", first)
        b = self._load("reference", second)
        if a is None or b is None or len(a.directions) != len(b.directions):
            return None
        return ShapePair(subject, reference, a, b)

    def _load(self, side: Literal["subject", "reference"], group: UnitGroup) -> UnitShapes | None:
        checkpoint = self.subject if side == "subject" else self.reference
        component = self.alignment.subject if side == "subject" else self.alignment.reference
        return load_shapes(checkpoint, component, group, max_units=MAX_UNITS[side])

    def rows(self) -> dict[str, tuple[NDArray[np.float32], NDArray[np.float32]]]:
        """Read the rows of tokens, positions and pixels both sides have."""
        first, second = (
            indexed_sizes(self.alignment.subject),
            indexed_sizes(self.alignment.reference),
        )
        draws = {}
        for kind in first:
            faced = self._facing(kind, first[kind], second.get(kind))
            if len(faced) >= MIN_ROWS:
                draws[kind] = faced[np.sort(self.rng.permutation(len(faced))[:MAX_ROWS])]
        held = [{kind: faced[:, side] for kind, faced in draws.items()} for side in (0, 1)]
        ours = indexed_rows(self.subject, self.alignment.subject, held[0])
        theirs = indexed_rows(self.reference, self.alignment.reference, held[1])
        return {kind: (ours[kind], theirs[kind]) for kind in ours if kind in theirs}

    def _facing(self, kind: str, n: int, m: int | None) -> NDArray[np.int64]:
        """Rows that mean the same in both, subject first: shape ``(n_rows, 2)``."""
        if kind == TOKENS and self.vocabulary is not None and self.vocabulary.is_laid:
            rows = self.vocabulary.rows
            return np.stack([rows.subject, rows.reference], axis=1)
        numbers = np.arange(n if n == m else 0)
        return np.stack([numbers, numbers], axis=1)

    def gains_reset(self) -> bool:
        """Whether gains were folded away: all alike here, and trained there."""
        ours = gains_of(self.subject, self.alignment.subject)
        theirs = gains_of(self.reference, self.alignment.reference)
        return bool(ours) and bool(theirs) and _flat(ours) and not _flat(theirs)


def _flat(gains: Sequence[NDArray[np.float32]]) -> bool:
    return all(float(gain.std()) <= 1e-3 * max(abs(float(gain.mean())), 1e-12) for gain in gains)


def _agreement(a: UnitShapes | None, b: UnitShapes | None) -> float:
    if a is None or b is None or a.invariants.shape[1] != b.invariants.shape[1]:
        return 0.0
    return match_by_invariants(a, b)[2]


def _is_dense(groups: Mapping[Place, object]) -> bool:
    return all(expert is None for _, expert in groups)


def _key(place: Place) -> tuple[int, int]:
    return place[0], -1 if place[1] is None else place[1]


def _numbered(
    first: list[Place], second: list[Place], alignment: ComponentAlignment
) -> list[tuple[Place, Place]]:
    """Lay MLPs side by side by number, or by relative depth where the depths differ."""
    depths = max(alignment.subject.n_layers, 1), max(alignment.reference.n_layers, 1)
    known = set(second)
    pairs = []
    for layer, expert in first:
        place = (layer * depths[1] // depths[0], expert)
        if place in known:
            pairs.append(((layer, expert), place))
    return pairs


def _spread(pairs: list[tuple[Place, Place]]) -> list[tuple[Place, Place]]:
    if len(pairs) <= MAX_PAIRS:
        return pairs
    return [pairs[i] for i in np.linspace(0, len(pairs) - 1, MAX_PAIRS).round().astype(int)]
