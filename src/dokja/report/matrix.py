"""The table of all pairs: every component against every reference.

The module knows which side of the table goes down the page, never what a relation means.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dokja.document.audit import Relation
    from dokja.report.pair import Pair
    from dokja.report.text import Text

__all__ = ["Matrix", "MatrixCell", "make_matrix"]

_MOST_COLUMNS = 4
"""More references than that go down the page, unless components are more still."""


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """One pair in the table of all pairs that could be compared."""

    relation: Relation
    word: str
    pearson: str
    slug: str


@dataclass(frozen=True, slots=True)
class Matrix:
    """The table of all pairs, the longer of its sides downwards."""

    corner: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[MatrixCell | None, ...]], ...]


def make_matrix(
    references: Sequence[str], components: Sequence[tuple[str, Sequence[Pair]]], text: Text
) -> Matrix | None:
    """Lay out every pair that could be compared.

    Parameters
    ----------
    references
        Their names.
    components
        Name of each component, and its pairs that could be compared.
    text
        Language of the reader.

    Returns
    -------
    Matrix or None
        None where there is but one reference.
    """
    if len(references) < 2:
        return None
    cells: dict[tuple[str, str | None], MatrixCell] = {}
    for part, pairs in components:
        for pair in pairs:
            cell = MatrixCell(pair.relation, pair.word, pair.pearson[1], pair.slug)
            cells.setdefault((part, pair.reference), cell)
    parts = tuple(part for part, _ in components)
    if len(references) > max(_MOST_COLUMNS, len(parts)):
        rows = tuple(
            (name, tuple(cells.get((part, name)) for part in parts)) for name in references
        )
        return Matrix(text("matrix.reference"), parts, rows)
    rows = tuple((part, tuple(cells.get((part, name)) for name in references)) for part in parts)
    return Matrix(text("matrix.component"), tuple(references), rows)
