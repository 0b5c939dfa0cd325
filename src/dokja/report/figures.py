"""What a figure shows, as plain values, and the blocks of text and tables around it.

The module knows the parts a view is made of, never how they are drawn or where they come from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = [
    "Block",
    "Figure",
    "HeatMap",
    "Interval",
    "LayerMap",
    "NormPanel",
    "NullFigure",
    "NullPoint",
    "Record",
    "Table",
]

Cell: TypeAlias = tuple[str, str, float | None, int, int]
"""Column, row, value, tensors, parameters."""


@dataclass(frozen=True, slots=True)
class HeatMap:
    """One figure by layer and kind of tensor."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[str, ...]
    cells: tuple[Cell, ...]
    alt: str


@dataclass(frozen=True, slots=True)
class NullPoint:
    """Units found in one layer, or by one control, against what chance gives."""

    place: float
    layer: str
    series: str
    found: int
    expected: float
    n_units: int | None

    @property
    def ratio(self) -> float:
        """Found as a multiple of expected; 0 where nothing could be expected."""
        return self.found / self.expected if self.expected > 0 else 0.0


@dataclass(frozen=True, slots=True)
class NullFigure:
    """Units found in place, layer by layer, with both controls."""

    points: tuple[NullPoint, ...]
    last_layer: int
    alt: str


@dataclass(frozen=True, slots=True)
class NormPanel:
    """Three figures for each norm vector: place, layer, name of the figure, value, role."""

    points: tuple[tuple[float, str, str, float, str], ...]
    last_layer: int
    series: tuple[str, str, str]
    alt: str


@dataclass(frozen=True, slots=True)
class Interval:
    """Ratios with their limits: label, ratio, low, high."""

    rows: tuple[tuple[str, float, float, float], ...]
    alt: str


@dataclass(frozen=True, slots=True)
class LayerMap:
    """Where layers find their units: layer, layer of the reference, share in place."""

    cells: tuple[tuple[int, int, float], ...]
    alt: str


Figure: TypeAlias = HeatMap | NullFigure | NormPanel | Interval | LayerMap


@dataclass(frozen=True, slots=True)
class Table:
    """A table of text; `numeric` names the columns that are set to the right."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[int, ...] = ()
    sortable: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """One thing with named fields; `anchors` are its places in the document's evidence."""

    title: str
    fields: tuple[tuple[str, str], ...]
    anchors: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """One titled part of the evidence for a pair."""

    kind: str
    title: str
    paragraphs: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    records: tuple[Record, ...] = ()
    tables: tuple[Table, ...] = ()
    figures: tuple[Figure, ...] = ()
    caption: str = ""
    anchors: tuple[int, ...] = ()
    tone: Literal["plain", "good", "bad"] = "plain"
    folded: bool = False
