"""The tables of a pair: key figures, roles, layers, leftovers, tensors.

The module knows which columns a reader needs and how many rows a page can bear, never what the
figures mean. A page that would grow too large folds its tensors; the document keeps every one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dokja.report.digits import correlation, count, decimal, log10_p, share
from dokja.report.figures import Block, Table
from dokja.report.names import kind_of, sentence, show

if TYPE_CHECKING:
    from dokja.document.audit import (
        Aggregated,
        ComponentResult,
        Leftover,
        MomentsEvidence,
        TensorFigures,
    )
    from dokja.report.text import Text

__all__ = [
    "MOST_ROWS",
    "RowBudget",
    "key_figures_block",
    "leftover_block",
    "role_block",
    "tensor_block",
]

MOST_ROWS = 4000
"""Rows of tensors that one page can bear, all pairs together."""
_MOST_FOLDED = 1500
_MOST_LEFTOVERS = 400
_LONGEST_NAME = 120


class RowBudget:
    """How many more rows of tensors the page can bear; pairs are served as they stand.

    Parameters
    ----------
    n_rows
        How many there are to take.
    """

    def __init__(self, n_rows: int = MOST_ROWS) -> None:
        self._left = n_rows

    def take(self, n_rows: int) -> bool:
        """Take rows if so many are left.

        Parameters
        ----------
        n_rows
            How many are wanted.

        Returns
        -------
        bool
            Whether they were granted.
        """
        if n_rows > self._left:
            return False
        self._left -= n_rows
        return True


def _both(figure: Aggregated) -> tuple[str, str]:
    return correlation(figure.unweighted), correlation(figure.weighted)


def key_figures_block(
    result: ComponentResult, moments: tuple[int, MomentsEvidence] | None, text: Text
) -> Block:
    """Give cosine and Pearson under both aggregations, and what they cover.

    Parameters
    ----------
    result
        One component against one reference.
    moments
        The figures over matrices alone with their place in the evidence, if they are stored.
    text
        Language of the reader.

    Returns
    -------
    Block
        A table of figures and a list of shares.
    """
    figures = {"cosine": result.cosine, "pearson": result.pearson}
    if moments is not None:
        figures |= {
            "matrix_cosine": moments[1].matrix_cosine,
            "matrix_pearson": moments[1].matrix_pearson,
        }
    rows = tuple((text(f"evidence.{name}"), *_both(value)) for name, value in figures.items())
    columns = (text("evidence.figure"), text("evidence.unweighted"), text("evidence.weighted"))
    shares = (
        (text("evidence.relation"), result.relation.value),
        (text("evidence.equal_share"), share(result.equal_share)),
        (text("evidence.coverage_tensors"), share(result.coverage.tensors)),
        (text("evidence.coverage_parameters"), share(result.coverage.parameters)),
        (text("evidence.log10_p"), log10_p(result.log10_p)),
    )
    return Block(
        "figures",
        text("evidence.figures"),
        tables=(Table(columns, rows, numeric=(1, 2)), Table(("", ""), shares, numeric=(1,))),
        caption=text("evidence.aggregation"),
        anchors=() if moments is None else (moments[0],),
    )


def _figure_columns(text: Text) -> tuple[str, ...]:
    return tuple(
        text(f"roles.{name}")
        for name in (
            "tensors",
            "parameters",
            "cosine",
            "cosine_weighted",
            "pearson",
            "pearson_weighted",
        )
    )


def role_block(result: ComponentResult, text: Text) -> Block | None:
    """Give the figures by group of roles and by layer.

    Parameters
    ----------
    result
        One component against one reference.
    text
        Language of the reader.

    Returns
    -------
    Block or None
        Two tables; None where there is nothing.
    """
    roles = tuple(
        (
            text.either(f"roles.{row.role}", show(row.role, text, longest=60)),
            count(row.n_tensors),
            count(row.n_parameters),
            *_both(row.cosine),
            *_both(row.pearson),
        )
        for row in result.by_role
    )
    layers = tuple(
        (
            text("roles.outside") if row.layer is None else str(row.layer),
            text("page.unknown") if row.reference_layer is None else str(row.reference_layer),
            count(row.n_tensors),
            count(row.n_parameters),
            *_both(row.cosine),
            *_both(row.pearson),
        )
        for row in result.by_layer
    )
    columns = _figure_columns(text)
    tables = []
    if roles:
        tables.append(Table((text("roles.role"), *columns), roles, numeric=tuple(range(1, 7))))
    if layers:
        names = (text("roles.layer"), text("roles.reference_layer"), *columns)
        tables.append(Table(names, layers, numeric=tuple(range(8))))
    if not tables:
        return None
    return Block("roles", text("roles.title"), tables=tuple(tables), folded=True)


def leftover_block(result: ComponentResult, text: Text) -> Block:
    """Name the tensors that found no counterpart, with the reason.

    Parameters
    ----------
    result
        One component against one reference.
    text
        Language of the reader.

    Returns
    -------
    Block
        The coverage in words, and a table where something was left over.
    """
    lead = text(
        "leftovers.lead",
        tensors=share(result.coverage.tensors),
        parameters=share(result.coverage.parameters),
    )
    rows = tuple(_leftover(item, text) for item in result.leftovers[:_MOST_LEFTOVERS])
    columns = tuple(
        text(f"leftovers.{name}") for name in ("side", "name", "tensors", "parameters", "reason")
    )
    hidden = len(result.leftovers) - len(rows)
    paragraphs = [lead] if rows or result.coverage.parameters < 1 else [text("leftovers.none")]
    return Block(
        "leftovers",
        text("leftovers.title"),
        tuple(paragraphs),
        tables=(Table(columns, rows, numeric=(2, 3)),) if rows else (),
        caption=text("page.more", n=count(hidden)) if hidden else "",
    )


def _leftover(item: Leftover, text: Text) -> tuple[str, ...]:
    return (
        text(f"leftovers.{item.side}"),
        show(item.name, text, longest=_LONGEST_NAME),
        count(item.n_tensors),
        count(item.n_parameters),
        sentence(item.reason.text(text.language), text),
    )


def tensor_block(result: ComponentResult, budget: RowBudget, text: Text) -> Block | None:
    """Give every tensor, or fold them by layer and role where a page cannot bear them.

    Parameters
    ----------
    result
        One component against one reference.
    budget
        Rows that are left for the page.
    text
        Language of the reader.

    Returns
    -------
    Block or None
        One table; None where there are no tensors.
    """
    n = len(result.tensors)
    if n == 0:
        return None
    if budget.take(n):
        return Block(
            "tensors", text("tensors.title"), tables=(_tensors(result, text),), folded=True
        )
    folded = _folded(result.tensors, text)
    if len(folded.rows) <= _MOST_FOLDED and budget.take(len(folded.rows)):
        caption = text("tensors.folded", n=count(n))
        title = text("tensors.title_folded")
        return Block("tensors", title, tables=(folded,), caption=caption, folded=True)
    return Block("tensors", text("tensors.title"), (text("tensors.folded_group", n=count(n)),))


def _tensors(result: ComponentResult, text: Text) -> Table:
    columns = (
        "name",
        "role",
        "layer",
        "shape",
        "parameters",
        "cosine",
        "pearson",
        "slope",
        "residual",
        "equal",
        "largest",
    )
    rows = tuple(_tensor(tensor, text) for tensor in result.tensors)
    names = tuple(text(f"tensors.{name}") for name in columns)
    return Table(names, rows, numeric=(2, *range(4, 11)), sortable=True)


def _tensor(tensor: TensorFigures, text: Text) -> tuple[str, ...]:
    notes = []
    if tensor.fixed:
        notes.append(text("tensors.fixed"))
    if tensor.n_nonfinite:
        notes.append(text("tensors.nonfinite", n=count(tensor.n_nonfinite)))
    name = show(tensor.subject, text, longest=_LONGEST_NAME)
    kind = show(kind_of(tensor.role), text, longest=60)
    if tensor.expert is not None:
        kind += f" [{tensor.expert}]"
    return (
        f"{name} ({', '.join(notes)})" if notes else name,
        kind,
        text("page.unknown") if tensor.layer is None else str(tensor.layer),
        " × ".join(map(str, tensor.shape[:8])) or "1",
        count(tensor.n_parameters),
        correlation(tensor.cosine),
        correlation(tensor.pearson),
        decimal(tensor.slope),
        decimal(tensor.relative_residual),
        share(tensor.equal_share),
        decimal(tensor.max_abs_difference),
    )


def _folded(tensors: tuple[TensorFigures, ...], text: Text) -> Table:
    parts: dict[tuple[int | None, str], list[TensorFigures]] = {}
    for tensor in tensors:
        parts.setdefault((tensor.layer, kind_of(tensor.role)), []).append(tensor)
    rows = tuple(
        (
            show(kind, text, longest=60),
            text("page.unknown") if layer is None else str(layer),
            count(len(part)),
            count(sum(tensor.n_parameters for tensor in part)),
            *(correlation(_weighted(part, name)) for name in ("cosine", "pearson")),
            *(correlation(_lowest(part, name)) for name in ("cosine", "pearson")),
        )
        for (layer, kind), part in parts.items()
    )
    names = (
        "role",
        "layer",
        "count",
        "parameters",
        "cosine",
        "pearson",
        "lowest_cosine",
        "lowest_pearson",
    )
    columns = tuple(text(f"tensors.{name}") for name in names)
    return Table(columns, rows, numeric=tuple(range(1, 8)), sortable=True)


def _weighted(tensors: list[TensorFigures], name: str) -> float | None:
    known = [(getattr(t, name), t.n_parameters) for t in tensors if getattr(t, name) is not None]
    total = sum(weight for _, weight in known)
    return sum(value * weight for value, weight in known) / total if total else None


def _lowest(tensors: list[TensorFigures], name: str) -> float | None:
    return min((getattr(t, name) for t in tensors if getattr(t, name) is not None), default=None)
