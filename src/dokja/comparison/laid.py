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
    from collections.abc import Mapping, Sequence

    from dokja.arch.role import TensorRole
    from dokja.comparison.vocabulary import Vocabulary

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
    """Replace pairs of tensors with one row a token by pairs of rows, and add heads that are tied.

    Parameters
    ----------
    data
        What was read of the two components.
    pairs
        Pairs of tensors as they stand.

    Returns
    -------
    tuple of TensorPair
        The same where rows face each other as they stand and the same tables are stored; in the
        order of the subject's roles.
    """
    vocabulary = data.vocabulary
    if vocabulary is None or not (vocabulary.is_laid or vocabulary.is_as_numbered):
        return tuple(pairs)
    found = {(pair.subject.role, pair.reference.role): pair for pair in pairs}
    ours = {role.kind: role for role in data.subject.tokens}
    theirs = {role.kind: role for role in data.reference_side.tokens}
    facing = _tied(ours, theirs, data)
    if vocabulary.is_laid:
        facing += [(ours[kind], theirs[kind]) for kind in ours if kind in theirs]
    for roles in facing:
        pair = _pair(data, vocabulary, *roles)
        if pair is not None:
            found[roles] = pair
    return tuple(found[roles] for roles in sorted(found))


def _tied(
    ours: Mapping[str, TensorRole], theirs: Mapping[str, TensorRole], data: PairData
) -> list[tuple[TensorRole, TensorRole]]:
    """Lay a head that one side stores beside the table the other side uses for it."""
    sides = (data.alignment.subject, theirs), (data.alignment.reference, ours)
    partners = [
        {one: other for pair in component.tied for one, other in (pair, pair[::-1])}
        for component, _ in sides
    ]
    found = [
        (role, theirs[partners[1][kind]])
        for kind, role in ours.items()
        if kind not in theirs and partners[1].get(kind) in theirs
    ]
    found += [
        (ours[partners[0][kind]], role)
        for kind, role in theirs.items()
        if kind not in ours and partners[0].get(kind) in ours
    ]
    return found


def _pair(
    data: PairData, vocabulary: Vocabulary, role: TensorRole, other: TensorRole
) -> TensorPair | None:
    ours, theirs = data.subject.tokens[role], data.reference_side.tokens[other]
    subject = data.alignment.subject.by_role[role]
    reference = data.alignment.reference.by_role[other]
    widths = (
        subject.n_parameters // max(len(ours), 1),
        reference.n_parameters // max(len(theirs), 1),
    )
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
    laid = [pair for pair in data.pairs if pair.n_laid is not None]
    roles = {
        "subject": {pair.subject.role for pair in laid},
        "reference": {pair.reference.role for pair in laid},
    }
    left = [
        (leftover, leftover.tensor.n_parameters)
        for leftover in data.alignment.leftovers
        if leftover.tensor.role not in roles[leftover.side]
    ]
    # A table that faces two, as one that is tied does, has the same rows left over by both.
    rest = {}
    for pair in laid:
        for part in (
            AlignmentLeftover("subject", pair.subject, TOKENS_WITHOUT_COUNTERPART),
            AlignmentLeftover("reference", pair.reference, TOKENS_WITHOUT_COUNTERPART),
        ):
            key = part.side, part.tensor.role
            rest[key] = part, part.tensor.n_parameters - pair.n_parameters
    return (*left, *((part, n) for part, n in rest.values() if n > 0))
