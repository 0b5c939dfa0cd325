"""Rows of token embeddings: which face each other, how alike they are, which were never trained.

The module knows two tables of rows; it knows no token and no tokenizer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from dokja.numerics.matching import mutual_nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "BLOCK",
    "MAX_GEOMETRY",
    "MAX_MATCHED",
    "MAX_VALUE",
    "RowMatch",
    "drawn_rows",
    "geometry",
    "halves",
    "match_rows",
    "row_cosine",
    "row_effect",
    "spread",
    "unit_rows",
]

Matrix = NDArray[np.float32]
Indices = NDArray[np.int64]

MAX_MATCHED: Final = 2048
"""Rows of the subject that are looked for among all of the reference."""
MAX_GEOMETRY: Final = 512
"""Rows by which a geometry is told."""
BLOCK: Final = 8192
"""Rows that are worked on at once."""
MAX_PROBES: Final = 512
MAX_COLUMNS: Final = 128
"""Columns by which a cluster of drawn rows is told."""
TAIL: Final = 64
N_CLOSE: Final = 16
"""Rows that have to lie close together before a cluster of drawn rows is looked for."""
RADIUS_SDS: Final = 4.0
MAX_ROUNDS: Final = 20
MAX_VALUE: Final = 1e15
"""Larger values, whose squares leave single precision, count as broken as those not finite do."""


@dataclass(frozen=True, slots=True, eq=False)
class RowMatch:
    """Rows of two tables that were matched without looking at their numbers.

    `subject` and `reference` have shape ``(n,)``: row ``subject[i]`` of the one belongs to row
    ``reference[i]`` of the other.
    """

    subject: Indices
    reference: Indices


def unit_rows(rows: Matrix) -> Matrix:
    """Take the mean over the rows away and give each row norm one.

    Parameters
    ----------
    rows
        Shape ``(n, d)``.

    Returns
    -------
    NDArray[float32]
        Shape ``(n, d)``; rows that equal the mean, and those with values that are not finite,
        are zero.
    """
    broken = ~_whole(rows)
    kept = rows.astype(np.float32)
    kept[broken] = 0.0
    mean = kept.sum(axis=0, dtype=np.float64) / max(len(rows) - int(broken.sum()), 1)
    kept -= mean.astype(np.float32)
    kept[broken] = 0.0
    norms = np.sqrt(np.einsum("ij,ij->i", kept, kept, dtype=np.float64))[:, None]
    scale = np.divide(1.0, norms, out=np.zeros_like(norms), where=norms > 0.0)
    kept *= scale.astype(np.float32)
    return kept


def _whole(rows: Matrix) -> NDArray[np.bool_]:
    """Which rows hold numbers that can be reckoned with throughout."""
    found = np.zeros(len(rows), dtype=np.bool_)
    for start, block in _blocks(rows):
        found[start : start + len(block)] = (np.abs(block) <= MAX_VALUE).all(axis=1)
    return found


def spread(n: int, n_kept: int) -> Indices:
    """Return places spread evenly over a length.

    Parameters
    ----------
    n
        The length.
    n_kept
        Most places.

    Returns
    -------
    NDArray[int64]
        Sorted, distinct, in ``range(n)``; all of them where they are few.
    """
    return np.unique(np.linspace(0, n - 1, min(n, n_kept)).round().astype(np.int64))


def halves(n: int, rng: np.random.Generator) -> tuple[Indices, Indices]:
    """Divide channels at random into those that are fitted and those that judge.

    Parameters
    ----------
    n
        Number of channels.
    rng
        Source of randomness.

    Returns
    -------
    tuple of NDArray[int64]
        Two sorted halves.
    """
    order = rng.permutation(n).astype(np.int64)
    return np.sort(order[: n // 2]), np.sort(order[n // 2 :])


def row_cosine(subject: Matrix, reference: Matrix) -> float | None:
    """Mean cosine of rows that face each other, each about the mean of its side.

    Parameters
    ----------
    subject, reference
        Shape ``(n, d)``.

    Returns
    -------
    float or None
        None where there are fewer than two rows.
    """
    if len(subject) < 2:
        return None
    return float(np.einsum("ij,ij->", unit_rows(subject), unit_rows(reference)) / len(subject))


def row_effect(subject: Matrix, reference: Matrix) -> float | None:
    """Mean cosine of rows that face each other, less the mean over all pairs of rows.

    Parameters
    ----------
    subject, reference
        Shape ``(n, d)``.

    Returns
    -------
    float or None
        About 0 between strangers, whatever common direction each side's rows may have; None where
        there are fewer than two rows.
    """
    if len(subject) < 2:
        return None
    ours, theirs = unit_rows(subject), unit_rows(reference)
    facing = float(np.einsum("ij,ij->", ours, theirs)) / len(ours)
    return facing - float(ours.mean(axis=0) @ theirs.mean(axis=0))


def geometry(subject: Matrix, reference: Matrix) -> float | None:
    """Correlate which rows are close to each other on either side.

    Parameters
    ----------
    subject, reference
        Shape ``(n, d)`` and ``(n, e)``: the same rows, in any two bases. Of many rows, some spread
        over all are taken.

    Returns
    -------
    float or None
        Pearson's correlation of the cosines between rows; None where it is undefined.

    Notes
    -----
    Does not change when either side is rotated or its channels are renumbered. Training on like
    text makes like geometry, so that strangers reach 0.98: it tells which rows face each other
    and never whether two models are kin.
    """
    if len(subject) < 4:
        return None
    kept = spread(len(subject), MAX_GEOMETRY)
    ours, theirs = unit_rows(subject[kept]), unit_rows(reference[kept])
    above = np.triu_indices(len(kept), 1)
    first, second = (ours @ ours.T)[above], (theirs @ theirs.T)[above]
    if not float(first.std()) or not float(second.std()):
        return None
    return float(np.corrcoef(first, second)[0, 1])


def match_rows(subject: Matrix, reference: Matrix, rng: np.random.Generator) -> RowMatch:
    """Match rows that are each other's nearest, in the basis both tables are in.

    Parameters
    ----------
    subject, reference
        Shape ``(n, d)`` and ``(m, d)``.
    rng
        Chooses the rows that are looked for where there are many.

    Returns
    -------
    RowMatch
        Of at most 2,048 rows of the subject, those with a mutual strict nearest neighbour.

    Notes
    -----
    Always finds something: strangers' rows have nearest neighbours too. What is found must be
    judged on channels that had no part in it. Where rows are many, a neighbour is mutual among the
    rows that were looked for. Cost: 2,048 times the reference's rows times the channels.
    """
    if not min(len(subject), len(reference)):
        return RowMatch(np.zeros(0, np.int64), np.zeros(0, np.int64))
    kept = np.arange(len(subject), dtype=np.int64)
    if len(kept) > MAX_MATCHED:
        kept = np.sort(rng.choice(kept, size=MAX_MATCHED, replace=False))
    ours, theirs = unit_rows(subject)[kept], unit_rows(reference)
    near = np.full(len(kept), -1, dtype=np.int64)
    best = np.full(len(kept), -np.inf, dtype=np.float32)
    for start, block in _blocks(theirs):
        similarity = np.ascontiguousarray(ours @ block.T)
        nearest = similarity.max(axis=1)
        near[nearest >= best] = -1  # a nearer row than any before, or a tie with it
        best = np.maximum(best, nearest)
        found = mutual_nearest(similarity)
        nearer = found.similarity >= best[found.subject_index]
        near[found.subject_index[nearer]] = found.reference_index[nearer] + start
    held = near >= 0
    return RowMatch(kept[held], near[held])


def _blocks(rows: Matrix) -> Iterator[tuple[int, Matrix]]:
    for start in range(0, len(rows), BLOCK):
        yield start, rows[start : start + BLOCK]


def drawn_rows(rows: Matrix, rng: np.random.Generator) -> Indices:
    """Find the rows that still lie as they were drawn: those of tokens nobody trained.

    Parameters
    ----------
    rows
        Shape ``(n, d)`` of one model.
    rng
        Chooses where to look.

    Returns
    -------
    NDArray[int64]
        Sorted; possibly none.

    Notes
    -----
    Rows that are never trained alone keep what they were drawn as, up to decay and to what all of
    them get alike (where the head is tied, the softmax pushes all unused rows the same way), while
    training scatters the others: so drawn rows are the densest cluster, a ball of one radius. It
    begins at the row with the nearest sixteen others and takes in what lies within four standard
    deviations of the radius that independent numbers have in ``d`` dimensions. That such tokens
    betray themselves by their rows is the finding of [1]_. Rows that are copies of another are
    left out, since they name no neighbour. Cost: at most 576 rows times all rows times 128 columns.

    References
    ----------
    .. [1] Land and Bartolo, Fishing for Magikarp: automatically detecting under-trained tokens in
       large language models, arXiv:2405.05417.
    """
    places = _singles(rows)
    if len(places) <= N_CLOSE:
        return np.zeros(0, np.int64)
    held = np.ascontiguousarray(rows[:, :: -(-rows.shape[1] // MAX_COLUMNS)][places])
    members = _closest(held, rng)
    limit = 1.0 + RADIUS_SDS * math.sqrt(2.0 / held.shape[1])
    for _ in range(MAX_ROUNDS):
        centre = held[members].mean(axis=0, dtype=np.float64).astype(np.float32)
        away = held - centre
        distances = np.einsum("ij,ij->i", away, away, dtype=np.float64)
        taken = np.flatnonzero(distances <= limit * np.median(distances[members]))
        if np.array_equal(taken, members):
            break
        members = taken
    return np.asarray(places[members], dtype=np.int64)


def _singles(rows: Matrix) -> Indices:
    """Places of rows that are finite, not zero and equal to no other."""
    alive = np.flatnonzero(_whole(rows) & rows.any(axis=1))
    keys = _keys(rows)[alive]
    _, back, counts = np.unique(keys, return_inverse=True, return_counts=True)
    return np.asarray(alive[counts[back] == 1], dtype=np.int64)


def _keys(rows: Matrix) -> NDArray[np.uint64]:
    """Return a number for each row that equal rows share, and others do not but for accidents.

    An accident, which happens to one in thousands of millions of tables of a hundred thousand rows,
    would leave two rows out.
    """
    factors = np.random.default_rng(0).integers(2**64, size=rows.shape[1], dtype=np.uint64) | 1
    found = np.zeros(len(rows), dtype=np.uint64)
    for start, block in _blocks(rows):
        bits = np.ascontiguousarray(block, dtype=np.float32).view(np.uint32).astype(np.uint64)
        bits *= bits + factors
        bits ^= bits >> np.uint64(29)
        bits *= factors
        found[start : start + len(block)] = bits.sum(axis=1, dtype=np.uint64)
    return found


def _nth_least(table: Matrix, n: int) -> Matrix:
    """Return the n-th least value of each row.

    That of the least values of stretches of a row is a bound, beyond which nothing need be sorted.
    """
    minima = np.minimum.reduceat(table, np.arange(0, table.shape[1], 64), axis=1)
    if minima.shape[1] < n:
        return np.asarray(np.partition(table, n - 1, axis=1)[:, n - 1])
    bounds = np.partition(minima, n - 1, axis=1)[:, n - 1]
    few = [row[row <= bound] for row, bound in zip(table, bounds, strict=True)]
    return np.array([np.partition(held, n - 1)[n - 1] for held in few], dtype=table.dtype)


def _closest(rows: Matrix, rng: np.random.Generator) -> Indices:
    """Rows around the one whose sixteen nearest lie nearest."""
    # Reserved and padded tokens stand at the end as a rule, so that some of these are tried.
    tail = np.arange(max(0, len(rows) - TAIL), len(rows))
    probes = np.union1d(rng.permutation(len(rows))[:MAX_PROBES], tail)
    # About the mean, so that single precision is enough for distances.
    rows = rows - rows.mean(axis=0, dtype=np.float64).astype(np.float32)
    squares = np.einsum("ij,ij->i", rows, rows)
    best, members = math.inf, np.zeros(0, np.int64)
    for probe in np.array_split(probes, max(1, len(probes) // 64)):
        distances = rows[probe] @ rows.T
        distances *= -2.0
        distances += squares
        distances += squares[probe][:, None]
        distances[np.arange(len(probe)), probe] = np.inf
        near = _nth_least(distances, N_CLOSE)
        place = int(near.argmin())
        if near[place] < best:
            best = float(near[place])
            members = np.argsort(distances[place], kind="stable")[:N_CLOSE].astype(np.int64)
    return np.sort(members)
