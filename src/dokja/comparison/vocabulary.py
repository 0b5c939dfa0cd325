"""Which rows of two vocabularies face each other: by token string, by number, or searched for.

Fitted on one half of the channels, judged on the other. The module lays rows side by side and
measures how alike they are; what that means is said elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from dokja.comparison.channels import (
    channel_similarity,
    signed_ranks,
    stacked_channels,
    swap_sums,
)
from dokja.comparison.neighbours import match_similarity
from dokja.numerics.combine import bonferroni
from dokja.numerics.moments import Moments, moments
from dokja.numerics.relabelling import single_group_log10_p, swap_statistic
from dokja.numerics.token_rows import (
    MAX_GEOMETRY,
    MAX_MATCHED,
    MAX_VALUE,
    geometry,
    halves,
    match_rows,
    row_effect,
    spread,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dokja.arch.role import TensorRole
    from dokja.io.tokenizer import TokenizerInfo

__all__ = ["Alignment", "Vocabulary", "lay_rows", "lay_vocabularies", "row_moments"]

Matrix = NDArray[np.float32]
Indices = NDArray[np.int64]
Route = Literal["by_string", "by_number", "found"]

TABLES = ("token_embedding.weight", "head.weight")
MIN_ROWS = 16
MIN_SEARCHED = 32
BETTER = 0.05
"""By how much rows of one number must be more alike in geometry, to leave the strings aside."""
ALIKE = 0.1
"""Effect from which rows are taken to face each other already, so that none are searched for."""
ALIKE_GEOMETRY = 0.2
MIN_FOUND_EFFECT = 0.4
MAX_FOUND_LOG10_P = -6.0
"""Rows that were searched for must be alike on channels that had no part in it; strangers reach
0.09, strangers whose channels were renumbered to fit the rows 0.36."""
N_TESTS = 2
MAX_EFFECT = 16_384
"""Rows by which the effect of a whole table is told."""


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """Rows that face each other, and how alike they are.

    `subject` and `reference` have shape ``(n,)``; no row stands twice.
    """

    route: Route
    subject: Indices
    reference: Indices
    stands_for: int | None = None
    """Rows these stand for, where only some of many were looked for."""
    effect: float | None = None
    geometry: float | None = None
    log10_p: float | None = None

    @property
    def n_moved(self) -> int:
        """Rows that bear another number."""
        return int(np.count_nonzero(self.subject != self.reference))


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """The token tables of two components side by side."""

    rows: Alignment
    by_number: Alignment
    n_rows: int
    n_reference_rows: int
    tables: tuple[TensorRole, TensorRole]
    tokenizers: tuple[TokenizerInfo, TokenizerInfo] | None = None

    @property
    def is_as_numbered(self) -> bool:
        """Whether tables of one size face each other row by row as they stand."""
        same_size = self.n_rows == self.n_reference_rows == len(self.rows.subject)
        return same_size and not self.rows.n_moved

    @property
    def is_laid(self) -> bool:
        """Whether the rows are worth laying side by side otherwise than as whole tables."""
        if self.is_as_numbered or len(self.rows.subject) < MIN_ROWS:
            return False
        if self.rows.route != "by_number":
            return True
        likeness = (self.rows.effect or 0.0, self.rows.geometry or 0.0)
        return likeness[0] >= ALIKE or likeness[1] >= ALIKE_GEOMETRY


def lay_vocabularies(
    subject: Mapping[TensorRole, Matrix],
    reference: Mapping[TensorRole, Matrix],
    tokenizers: tuple[TokenizerInfo | None, TokenizerInfo | None],
    rng: np.random.Generator,
    *,
    same_columns: bool,
) -> Vocabulary | None:
    """Lay the token tables of two components side by side.

    Parameters
    ----------
    subject, reference
        What was kept of every tensor with one row a token, shape ``(n_rows, n_columns)``.
    tokenizers
        Those beside the two checkpoints, where there are any.
    rng
        Divides the channels, and chooses rows where there are many.
    same_columns
        Whether the columns of both are the same channels of streams of one width.

    Returns
    -------
    Vocabulary or None
        None where either has no such table.
    """
    tables = _table(subject), _table(reference)
    if tables[0] is None or tables[1] is None:
        return None
    ours, theirs = subject[tables[0]], reference[tables[1]]
    held = tokenizers if tokenizers[0] is not None and tokenizers[1] is not None else None
    numbers = None if held is None else _by_string(held, len(ours), len(theirs))
    rows, by_number = lay_rows(ours, theirs, numbers, rng, same_columns=same_columns)
    return Vocabulary(
        rows,
        by_number,
        len(ours),
        len(theirs),
        (tables[0], tables[1]),
        held,  # type: ignore[arg-type]
    )


def _table(kept: Mapping[TensorRole, Matrix]) -> TensorRole | None:
    by_kind = {role.kind: role for role in kept if role.layer is None}
    return next((by_kind[kind] for kind in TABLES if kind in by_kind), None)


def _by_string(
    tokenizers: tuple[TokenizerInfo | None, TokenizerInfo | None], n: int, m: int
) -> tuple[Indices, Indices] | None:
    """Rows of the tokens both spell alike; rows behind the last token face those of their number.

    Embeddings are padded to a round number of rows, which no string names.
    """
    first, second = tokenizers
    assert first is not None
    assert second is not None
    ours, theirs = first.ids, second.ids
    pairs = [
        (row, theirs[token])
        for token, row in ours.items()
        if row < n and token in theirs and theirs[token] < m
    ]
    named = set(ours.values()), set(theirs.values())
    pairs += [(row, row) for row in range(min(n, m)) if row not in named[0] and row not in named[1]]
    if len(pairs) < MIN_ROWS:
        return None
    table = np.array(sorted(pairs), dtype=np.int64)
    return table[:, 0], table[:, 1]


def lay_rows(
    subject: Matrix,
    reference: Matrix,
    by_string: tuple[Indices, Indices] | None,
    rng: np.random.Generator,
    *,
    same_columns: bool,
) -> tuple[Alignment, Alignment]:
    """Choose which rows of two tables face each other.

    Parameters
    ----------
    subject, reference
        Shape ``(n, d)`` and ``(m, e)``.
    by_string
        Rows that bear the same token string, if strings are known.
    rng
        Divides the channels, and chooses rows where there are many.
    same_columns
        Whether columns of one place are the same channel.

    Returns
    -------
    tuple of Alignment
        The one that was chosen, and the one by number for comparison.

    Notes
    -----
    Strings before numbers, unless the rows' geometry says that the strings do not belong to them.
    Where neither fits and the streams have one width, rows are matched by their nearest on half of
    the channels and judged on the other half: by their mean cosine, and by the exact test of
    residual channels, of which strangers pass neither.
    """
    fit, judge = halves(subject.shape[1], rng)
    sides = _Tables(subject, reference, fit, judge, same_columns=same_columns)
    n = min(len(subject), len(reference))
    numbered = _described("by_number", (np.arange(n), np.arange(n)), sides)
    chosen = numbered
    if by_string is not None:
        chosen = _described("by_string", by_string, sides)
        if (numbered.geometry or 0.0) > (chosen.geometry or 0.0) + BETTER:
            chosen = numbered
    if same_columns and (chosen.effect or 0.0) < ALIKE:
        found = _search(subject, reference, (fit, judge), rng)
        chosen = found or chosen
    return chosen, numbered


@dataclass(frozen=True, slots=True, eq=False)
class _Tables:
    """Two tables, and which of their columns lay rows and which judge how they lie."""

    subject: Matrix
    reference: Matrix
    fit: Indices
    judge: Indices
    same_columns: bool


def _described(route: Route, rows: tuple[Indices, Indices], sides: _Tables) -> Alignment:
    """Say how alike rows are, those of very long tables by some spread over all."""
    effect = None
    if sides.same_columns:
        kept = spread(len(rows[0]), MAX_EFFECT)
        judged = (sides.subject, rows[0][kept]), (sides.reference, rows[1][kept])
        effect = row_effect(*(table[np.ix_(chosen, sides.judge)] for table, chosen in judged))
    few = spread(len(rows[0]), MAX_GEOMETRY)
    ours = sides.subject[np.ix_(rows[0][few], sides.fit)]
    theirs = sides.reference[rows[1][few]]
    return Alignment(
        route,
        *rows,
        effect=effect,
        geometry=geometry(ours, theirs[:, sides.fit] if sides.same_columns else theirs),
    )


def _search(
    subject: Matrix,
    reference: Matrix,
    channels: tuple[Indices, Indices],
    rng: np.random.Generator,
) -> Alignment | None:
    """Match rows on half of the channels, and keep the match if the other half bears it out."""
    fit, judge = channels
    match = match_rows(subject[:, fit], reference[:, fit], rng)
    if len(match.subject) < MIN_SEARCHED:
        return None
    ours, theirs = subject[match.subject], reference[match.reference]
    effect = row_effect(ours[:, judge], theirs[:, judge])
    log10_p = _channels_log10_p(ours[:, judge], theirs[:, judge], rng)
    if effect is None or effect < MIN_FOUND_EFFECT or log10_p > MAX_FOUND_LOG10_P:
        return None
    whole = match_rows(subject, reference, rng)
    few = spread(len(whole.subject), MAX_GEOMETRY)
    described = Alignment(
        "found",
        whole.subject,
        whole.reference,
        geometry=geometry(
            subject[np.ix_(whole.subject[few], fit)], reference[np.ix_(whole.reference[few], fit)]
        ),
    )
    share = len(whole.subject) / min(len(subject), MAX_MATCHED)
    stands_for = round(share * min(len(subject), len(reference)))
    return replace(
        described,
        stands_for=max(stands_for, len(whole.subject)),
        effect=effect,
        log10_p=log10_p,
    )


def _channels_log10_p(subject: Matrix, reference: Matrix, rng: np.random.Generator) -> float:
    """Test whether channels are more alike in place than exchanged, given the rows."""
    tensors = [(_channels(subject), _channels(reference))]
    pairing = rng.permutation(subject.shape[1])
    _, swapped = swap_statistic(signed_ranks(swap_sums(tensors, pairing).cross))
    match = match_similarity(channel_similarity(*stacked_channels(tensors, rng)))
    found = single_group_log10_p(match.n, match.n_mutual, match.n_in_place)
    return bonferroni(min(swapped, found), N_TESTS)


def _channels(rows: Matrix) -> Matrix:
    """Lay rows on their side, each centred over its channels."""
    finite = np.where(np.abs(rows) <= MAX_VALUE, rows, np.float32(0.0))
    centred = finite - finite.mean(axis=1, keepdims=True, dtype=np.float64)
    return np.ascontiguousarray(centred.T, dtype=np.float32)


def row_moments(
    subject: Matrix, reference: Matrix, rows: Alignment, widths: tuple[int, int]
) -> tuple[Moments, int] | None:
    """Measure two tables over the rows that face each other.

    Parameters
    ----------
    subject, reference
        What was kept of each, shape ``(n_rows, n_columns)``, the same columns.
    rows
        Which rows face each other.
    widths
        Columns of the whole tables.

    Returns
    -------
    tuple or None
        Moments, ``a`` the reference and ``b`` the subject, and the parameters they stand for:
        where only some columns or rows were read, totals are those of all. None where the
        widths differ or too few rows face each other.
    """
    inside = (rows.subject < len(subject)) & (rows.reference < len(reference))
    ours, theirs = subject[rows.subject[inside]], reference[rows.reference[inside]]
    if (
        widths[0] != widths[1]
        or ours.shape != theirs.shape
        or len(ours) < MIN_ROWS
        or not ours.size
    ):
        return None
    found = moments(np.ascontiguousarray(theirs), np.ascontiguousarray(ours))
    n_rows = max(rows.stands_for or 0, len(ours))
    return _scaled(found, n_rows * widths[0] / ours.size), n_rows * widths[0]


def _scaled(found: Moments, factor: float) -> Moments:
    if factor == 1.0:
        return found
    return replace(
        found,
        **{name: round(getattr(found, name) * factor) for name in _counts()},
        **{name: getattr(found, name) * factor for name in _sums()},
    )


def _counts() -> Iterable[str]:
    return ("n", "n_equal", "n_nonfinite")


def _sums() -> Iterable[str]:
    return ("centred_aa", "centred_bb", "centred_ab", "sum_dd")
