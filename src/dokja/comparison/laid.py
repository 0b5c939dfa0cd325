"""Tensors with one row a token, measured over the rows that face each other.

The module replaces pairs of tensors by pairs of rows; which face each other was decided before.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dokja.arch.align import AlignmentLeftover
from dokja.arch.role import Reason
from dokja.comparison.collect import PairData, TensorPair
from dokja.comparison.vocabulary import row_moments

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dokja.arch.role import TensorRole

__all__ = ["lay_tokens", "rows_left", "with_token_rows"]

TOKENS_WITHOUT_COUNTERPART = Reason(
    "tokens_without_counterpart",
    "rows of tokens that the other vocabulary does not have",
    "상대 어휘에 없는 토큰의 행",
)


def lay_tokens(data: PairData) -> PairData:
    """Measure tensors with one row a token over the rows that face each other.

    Parameters
    ----------
    data
        As it was read.

    Returns
    -------
    PairData
        The same where rows face each other as they stand.
    """
    return replace(data, pairs=with_token_rows(data, data.pairs))


def with_token_rows(data: PairData, pairs: Sequence[TensorPair]) -> tuple[TensorPair, ...]:
    """Replace pairs of tensors with one row a token by pairs of rows.

    Parameters
    ----------
    data
        What was read of the two components.
    pairs
        Pairs of tensors as they stand.

    Returns
    -------
    tuple of TensorPair
        The same where rows face each other as they stand; in the order of the subject's roles.
    """
    vocabulary = data.vocabulary
    if vocabulary is None or not vocabulary.is_laid:
        return tuple(pairs)
    found = {pair.subject.role: pair for pair in pairs}
    theirs = {role.kind: role for role in data.reference_side.tokens}
    for role in data.subject.tokens:
        pair = _pair(data, role, theirs[role.kind]) if role.kind in theirs else None
        if pair is not None:
            found[role] = pair
    return tuple(found[role] for role in sorted(found))


def _pair(data: PairData, role: TensorRole, other: TensorRole) -> TensorPair | None:
    vocabulary = data.vocabulary
    assert vocabulary is not None
    ours, theirs = data.subject.tokens[role], data.reference_side.tokens[other]
    subject = data.alignment.subject.by_role[role]
    reference = data.alignment.reference.by_role[other]
    widths = subject.n_parameters // len(ours), reference.n_parameters // len(theirs)
    laid = row_moments(ours, theirs, vocabulary.rows, widths)
    if laid is None:
        return None
    moments, n_laid = laid
    constant = moments.variance_a == 0.0 or moments.variance_b == 0.0
    return TensorPair(subject, reference, moments, constant, n_laid)


def rows_left(data: PairData) -> tuple[tuple[AlignmentLeftover, int], ...]:
    """Say of every tensor, or part of one, that stands in no pair, why.

    Parameters
    ----------
    data
        With the rows of tokens laid.

    Returns
    -------
    tuple
        What is left over, with its parameters.
    """
    laid = {
        side: {getattr(pair, side).role: pair for pair in data.pairs if pair.n_laid is not None}
        for side in ("subject", "reference")
    }
    left = [
        (leftover, leftover.tensor.n_parameters)
        for leftover in data.alignment.leftovers
        if leftover.tensor.role not in laid[leftover.side]
    ]
    for pair in (pair for pair in data.pairs if pair.n_laid is not None):
        sides = (
            AlignmentLeftover("subject", pair.subject, TOKENS_WITHOUT_COUNTERPART),
            AlignmentLeftover("reference", pair.reference, TOKENS_WITHOUT_COUNTERPART),
        )
        left += [
            (side, rest)
            for side in sides
            if (rest := side.tensor.n_parameters - pair.n_parameters) > 0
        ]
    return tuple(left)
